#include "sink/postgres/verdict.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;

namespace {

struct ruling
{
    const char* sqlstate;
    statement where;
    bool has_constraint;
    verdict expected;
};

constexpr auto duplicate = verdict::duplicate;
constexpr auto again = verdict::try_again;
constexpr auto bad = verdict::row_is_bad;
constexpr auto sick = verdict::database_is_sick;
constexpr auto wrong = verdict::deployment_is_wrong;

const ruling rulings[] = {
    {"23505", statement::ledger, true, duplicate}, // the message is stored already
    {"23505", statement::rows, true, bad},         // the user's own unique key
    {"23505", statement::careful, true, bad},
    {"40001", statement::rows, false, again},
    {"40P01", statement::careful, false, again},
    {"55P03", statement::ledger, false, again},
    {"22001", statement::rows, false, bad}, // too long
    {"22021", statement::careful, false, bad},
    {"23502", statement::rows, false, bad},     // NOT NULL
    {"23503", statement::commit, true, bad},    // a deferred foreign key
    {"23514", statement::rows, true, bad},      // CHECK
    {"23514", statement::ledger, false, wrong}, // no partition for the day
    {"23514", statement::careful, false, wrong},
    {"54000", statement::rows, false, bad}, // index row too long
    {"54001", statement::rows, false, bad}, // jsonb too deep for the stack
    {"P0001", statement::rows, false, bad}, // RAISE in a trigger
    {"45000", statement::rows, false, bad}, // an SQLSTATE that PostgreSQL does not have
    {"U0001", statement::careful, false, bad},
    {"38000", statement::rows, false, bad}, // a function in another language
    {"45000", statement::ledger, false, sick},
    {"44000", statement::rows, false, bad}, // the CHECK OPTION of a view
    {"21000", statement::careful, false, bad},
    {"22001", statement::letters, false, wrong}, // no row of the user's is to blame for that
    {"54011", statement::rows, false, wrong},    // too many columns
    {"08006", statement::other, false, sick},
    {"53100", statement::rows, false, sick}, // disk full
    {"53300", statement::other, false, sick},
    {"57014", statement::rows, false, sick}, // statement_timeout
    {"57P01", statement::rows, false, sick},
    {"57P03", statement::other, false, sick},
    {"58030", statement::rows, false, sick},
    {"XX000", statement::rows, false, sick},
    {"25006", statement::rows, false, sick}, // read only: a standby
    {"25P02", statement::rows, false, sick},
    {"", statement::rows, false, sick}, // the connection was lost
    {"42P01", statement::rows, false, wrong},
    {"42501", statement::ledger, false, wrong},
    {"42703", statement::other, false, wrong},
    {"0A000", statement::rows, false, wrong}, // a cached plan must not change its type
    {"26000", statement::rows, false, wrong}, // the statement is gone: a pooler swapped the session
    {"28P01", statement::other, false, wrong},
    {"28000", statement::other, false, wrong},
    {"3D000", statement::other, false, wrong},
    {"3F000", statement::rows, false, wrong},
};

} // namespace

TEST_CASE("verdict: each SQLSTATE has its answer, by the statement that failed")
{
    for (const ruling& each : rulings) {
        CAPTURE(each.sqlstate, to_string(each.where));
        CHECK(to_string(judge(each.sqlstate, each.where, each.has_constraint)) ==
              to_string(each.expected));
    }
}

TEST_CASE("verdict: only the two statements that carry rows, and their commit, can blame a row")
{
    const auto where =
        GENERATE(statement::ledger, statement::letters, statement::barrier, statement::other);
    for (const ruling& each : rulings) {
        CAPTURE(each.sqlstate, to_string(where));
        CHECK(judge(each.sqlstate, where, each.has_constraint) != bad);
    }
}

TEST_CASE("verdict: a check violation without a constraint is a missing partition")
{
    CHECK(lacks_partition("23514", false));
    CHECK_FALSE(lacks_partition("23514", true));
    CHECK_FALSE(lacks_partition("23505", false));
    CHECK_FALSE(lacks_partition("", false));
}
