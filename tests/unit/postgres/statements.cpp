#include "sink/postgres/statements.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;
using sluice::transform::column_array;
using sluice::transform::oid;
using sluice::transform::row_batch;
using path = row_batch::path;

namespace {

const target_table logins{
    "public",
    "user_logins",
    {{"user_id", "text", "", "varchar(128)"}, {"tags", "text", "int4[]", "int4[]"}},
};

row_batch batch_of(std::size_t rows, std::size_t letters)
{
    row_batch batch;
    batch.columns.emplace_back(oid::text);
    batch.columns.emplace_back(oid::text);
    batch.rows.resize(rows);
    batch.letter_entries.resize(letters);
    return batch;
}

} // namespace

TEST_CASE("statements: rows are plain inserts of arrays, side by side")
{
    const statements sql(logins);
    CHECK(sql.get(statement::ledger).sql ==
          "INSERT INTO sluice.ledger (message_id) SELECT unnest($1::uuid[])");
    CHECK(sql.get(statement::rows).sql ==
          R"(INSERT INTO "public"."user_logins" ("user_id", "tags") )"
          R"(SELECT unnest($1::text[]), unnest($2::text[])::int4[])");
}

TEST_CASE("statements: the careful one stores only what the ledger has not seen")
{
    const std::string sql = statements(logins).get(statement::careful).sql;
    CHECK_THAT(sql, Catch::Contains("ON CONFLICT DO NOTHING RETURNING message_id"));
    CHECK_THAT(sql, Catch::Contains(R"(JOIN fresh ON fresh.message_id = entry." key")"));
    CHECK_THAT(sql, Catch::Contains("letter.key IN (SELECT message_id FROM fresh)"));
}

TEST_CASE("statements: only where the order is kept does the careful one sort")
{
    CHECK(statements(logins).get(statement::careful).sql.find("ORDER BY") == std::string::npos);
    const statements in_order(logins, true);
    CHECK_THAT(in_order.get(statement::careful).sql,
               Catch::Contains(R"(unnest($2::uuid[]) AS " key", generate_series()") &&
                   Catch::Contains(R"(fresh.message_id = entry." key" ORDER BY entry." place")"));
    CHECK(in_order.get(statement::rows).sql == statements(logins).get(statement::rows).sql);
}

TEST_CASE("statements: a fast segment has only what the batch needs")
{
    using order = std::vector<statement>;
    CHECK(segment_of(batch_of(2, 0), path::fast) == order{statement::ledger, statement::rows});
    CHECK(segment_of(batch_of(0, 1), path::fast) == order{statement::ledger, statement::letters});
    CHECK(segment_of(batch_of(2, 1), path::fast) ==
          order{statement::ledger, statement::rows, statement::letters});
}

TEST_CASE("statements: a careful segment reads the floor first, and ends with the barrier")
{
    CHECK(segment_of(batch_of(2, 1), path::careful) ==
          std::vector<statement>{statement::floor, statement::careful, statement::barrier});
}

TEST_CASE("statements: each has as many parameters as its SQL names")
{
    const statements sql(logins);
    const batch_identity identity{"logins", "hash", "host/1/0"};
    for (const prepared_statement& prepared : sql.all()) {
        row_batch batch = batch_of(1, 1);
        const std::size_t count = parameters_of(prepared.which, batch, identity).size();
        CAPTURE(prepared.sql, count);
        CHECK((count == 0 || prepared.sql.find('$' + std::to_string(count)) != std::string::npos));
        CHECK(prepared.sql.find('$' + std::to_string(count + 1)) == std::string::npos);
    }
}
