#include "daemon/init/column_names.hpp"

#include <catch2/catch.hpp>

#include <string>

using sluice::daemon::column_names;

TEST_CASE("column names: each is given once")
{
    column_names names;
    CHECK(names.give("a") == "a");
    CHECK(names.give("a") == "a_2");
    CHECK(names.give("a_2") == "a_2_2");
    CHECK(names.give("a") == "a_3");
}

TEST_CASE("column names: what every table has is not given")
{
    column_names names;
    CHECK(names.give("xmin") == "xmin_2");
    CHECK(names.give("ctid") == "ctid_2");
}

TEST_CASE("column names: a long one is cut to what PostgreSQL keeps, between characters")
{
    column_names names;
    CHECK(names.give(std::string(70, 'a')) == std::string(63, 'a'));
    CHECK(names.give(std::string(70, 'a')) == std::string(61, 'a') + "_2");
    std::string wide = "a";
    for (int i = 0; i < 40; ++i)
        wide += "ж"; // two bytes
    CHECK(names.give(wide) == wide.substr(0, 63));
    CHECK(names.give(wide) == wide.substr(0, 61) + "_2");
}
