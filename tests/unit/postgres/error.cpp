#include "sink/postgres/error.hpp"

#include <catch2/catch.hpp>

using namespace sluice::postgres;

TEST_CASE("error: a class that PostgreSQL does not have is no label of its own")
{
    CHECK(sqlstate_class_of("23505") == "23");
    CHECK(sqlstate_class_of("XX000") == "XX");
    CHECK(sqlstate_class_of("") == "none");
    for (const char* const made_up : {"99999", "AB123", "1", "ZZZZZ"}) {
        CAPTURE(made_up);
        CHECK(sqlstate_class_of(made_up) == "other");
    }
}

TEST_CASE("error: a long text is cut between characters")
{
    const std::string short_text(error_bytes_max, 'x');
    CHECK(bounded(short_text) == short_text);
    CHECK(bounded(short_text + "y") == short_text + "...");
    std::string wide;
    while (wide.size() <= error_bytes_max)
        wide += "\u20ac"; // three bytes, of which no multiple is the limit
    const std::string cut = bounded(wide);
    CHECK(cut.size() <= error_bytes_max + 3);
    CHECK((cut.size() - 3) % 3 == 0);
}

TEST_CASE(
    "error: what a function raises is said of its row, unless it hands on a trouble of the world")
{
    server_error error;
    error.raised = true;
    for (const char* const sqlstate : {"P0001", "45000", "42501", "28000", "0A000", "22000"}) {
        error.sqlstate = sqlstate;
        CHECK(judge(error, statement::rows) == verdict::row_is_bad);
        CHECK(judge(error, statement::ledger) != verdict::row_is_bad);
    }
    for (const char* const sqlstate : {"53100", "57014", "58030", "XX000", "08006"}) {
        error.sqlstate = sqlstate;
        CHECK(judge(error, statement::rows) == verdict::database_is_sick);
    }
    error.raised = false;
    error.sqlstate = "42501";
    CHECK(judge(error, statement::rows) == verdict::deployment_is_wrong);
}

TEST_CASE("error: a server without transaction ids is told from a row too long for an index")
{
    CHECK(told_apart("54000", "index_form_tuple") == "54000");
    CHECK(told_apart("54000", "_bt_check_third_page") == "54000");
    const auto sick = told_apart("54000", "GetNewTransactionId");
    CHECK(judge(sick, statement::careful, false) == verdict::database_is_sick);
    CHECK(judge(sick, statement::other, false) == verdict::database_is_sick);
    CHECK(told_apart("23505", "GetNewTransactionId") == "23505");
}
