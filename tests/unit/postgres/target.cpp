#include "sink/postgres/target.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;

TEST_CASE("target: identifiers and literals are quoted, whatever they contain")
{
    CHECK(quote_identifier("user_logins") == R"("user_logins")");
    CHECK(quote_identifier(R"(a"; DROP TABLE x; --)") == R"("a""; DROP TABLE x; --")");
    CHECK(quote_literal("it's") == "'it''s'");
    CHECK(quote_literal("") == "''");
    const target_table target{"odd schema", "t\"b", {}};
    CHECK(target.quoted_name() == R"("odd schema"."t""b")");
}
