#include "daemon/letters/letter_options.hpp"

#include "daemon/letters/letter_text.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::daemon;
using namespace std::chrono_literals;

namespace {

const wall_time noon{std::chrono::sys_days{std::chrono::year{2026} / 1 / 31} + 12h};

} // namespace

TEST_CASE("letter_options: --since is a time ago, a date, or a time, in UTC unless it says so")
{
    CHECK(read_since("30m", noon) == noon - 30min);
    CHECK(read_since("48h", noon) == noon - 48h);
    CHECK(read_since("2026-01-31", noon) == noon - 12h);
    CHECK(read_since("2026-01-31T12:00:00Z", noon) == noon);
    CHECK(read_since("2026-01-31 12:00", noon) == noon);
    CHECK(read_since("2026-01-31T14:00:00+02:00", noon) == noon);
}

TEST_CASE("letter_options: --since takes nothing else")
{
    for (const char* const text : {"", "yesterday", "2h ago", "-2h", "2026-02-30",
                                   "2026-01-31T25:00", "2026", "12:00", "1000000h"}) {
        CAPTURE(text);
        CHECK_FALSE(read_since(text, noon));
    }
}

TEST_CASE("letter_text: times are told in UTC, to the millisecond")
{
    CHECK(time_text(noon + 1ms) == "2026-01-31T12:00:00.001Z");
    CHECK(time_text(wall_time{} - 1ms) == "1969-12-31T23:59:59.999Z");
}

TEST_CASE("letter_text: nothing of a letter can leave its line or speak to the terminal")
{
    postgres::letter one;
    one.id = 7;
    one.reason = "missing";
    one.detail = "a\nb\x1b[2J\u009b";
    const shown_letter shown{.body = {.text = "x\r\ny", .sealed = false, .why_not = {}},
                             .attributes = {}};
    const std::string table = table_of({one});
    CHECK(std::count(table.begin(), table.end(), '\n') == 2);
    CHECK(table.find('\x1b') == std::string::npos);
    CHECK(table.find("\u009b") == std::string::npos);
    const std::string page = page_of(one, shown);
    CHECK(page.find('\r') == std::string::npos);
    CHECK(page.find('\x1b') == std::string::npos);
    CHECK(page.ends_with("y\n"));
}

TEST_CASE("letter_text: JSON has every field, and says why a text is missing")
{
    postgres::letter one;
    one.id = 7;
    one.column = "name";
    const shown_letter shown{.body = {.text = {}, .sealed = false, .why_not = "was not kept"},
                             .attributes = {.text = "p1.x", .sealed = true, .why_not = {}}};
    const auto json = to_json(one, shown);
    CHECK(json.at("id") == 7);
    CHECK(json.at("column") == "name");
    CHECK(json.at("sqlstate").is_null());
    CHECK(json.at("body").is_null());
    CHECK(json.at("body_missing") == "was not kept");
    CHECK(json.at("attributes") == "p1.x");
    CHECK(json.at("attributes_sealed").as_bool());
}
