#include "integration/letters/letter_rig.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using sluice::test::letter_rig;
namespace json = boost::json;
using texts = std::vector<std::string>;

namespace {

const char* const plain = "{ type: text, max_length: 3, from: /name, required: true }";
const char* const sealed =
    "{ type: text, max_length: 90, from: /name, required: true, mask: seal }";
const char* const canary = "hidden-canary";

std::vector<std::int64_t> ids_of(const json::value& list)
{
    std::vector<std::int64_t> out;
    for (const json::value& each : list.at("letters").as_array())
        out.push_back(each.at("id").as_int64());
    return out;
}

} // namespace

TEST_CASE("letters: list shows the newest first, as many as the limit, and how many there are")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.add_letters(1, 5);
    const json::value all = rig.json("list", config, {"--limit", "2"});
    CHECK(ids_of(all) == std::vector<std::int64_t>{5, 4});
    CHECK(all.at("total").as_int64() == 5);
    const json::value& first = all.at("letters").at(0);
    CHECK(first.at("pipeline") == "items");
    CHECK(first.at("reason") == "too_long");
    CHECK(first.at("column") == "name");
    CHECK(first.at("state") == "new");
    CHECK(first.as_object().count("body") == 0);

    const auto text = rig.letters("list", config);
    CHECK(text.code == 0);
    CHECK_THAT(text.out, Catch::Contains("too_long") && Catch::Contains("max_length 1"));
    CHECK_THAT(text.err, Catch::Contains("5 of 5 letters"));
}

TEST_CASE("letters: list leaves what the filters ask for, all of them together")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.add_letters(1, 2, "too_long");
    rig.add_letters(3, 4, "missing");
    rig.database.run("UPDATE sluice.dead_letters SET state = 'discarded' WHERE id = 3");
    rig.database.run("UPDATE sluice.dead_letters SET stored_at = now() - interval '3 h' "
                     "WHERE id IN (1, 4)");
    rig.database.run("UPDATE sluice.dead_letters SET pipeline = 'other' WHERE id = 2");
    using list = std::vector<std::int64_t>;
    const auto ids = [&](texts filters) { return ids_of(rig.json("list", config, filters)); };
    CHECK(ids({}) == list{3, 4, 1});
    CHECK(ids({"--why", "missing"}) == list{3, 4});
    CHECK(ids({"--why", "missing", "--why", "too_long"}) == list{3, 4, 1});
    CHECK(ids({"--state", "discarded"}) == list{3});
    CHECK(ids({"--since", "2h"}) == list{3});
    CHECK(ids({"--since", "2000-01-01"}) == list{3, 4, 1});
    CHECK(ids({"--since", "2000-01-01T00:00:00Z", "--state", "new", "--why", "missing"}) ==
          list{4});
    CHECK(ids({"1", "4"}) == list{4, 1});
}

TEST_CASE("letters: what a caller wrote wrong is told in one line, and ends with 2")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    const auto [part, arguments, told] = GENERATE(table<std::string, texts, std::string>({
        {"list", {"--why", "to_long"}, "too_long"},
        {"list", {"--state", "old"}, "replayed"},
        {"list", {"--since", "yesterday"}, "is no time"},
        {"list", {"--since", "2026-02-30"}, "is no time"},
        {"list", {"--limit", "0"}, "--limit"},
        {"list", {"--pipeline", "item"}, "items"},
        {"show", {}, "ID"},
        {"show", {"7"}, "has no letter 7"},
        {"show", {"seven"}, "ID"},
        {"export", {"--reason", " "}, "say why"},
        {"discard", {"--yes"}, "--reason"},
        {"replay", {"--force"}, "--force"},
    }));
    const auto got = rig.letters(part, config, arguments);
    CAPTURE(part, told, got.err);
    CHECK(got.code == 2);
    CHECK(got.out.empty());
    CHECK_THAT(got.err, Catch::Contains(told));
    CHECK(got.err.find('\n') == got.err.size() - 1);
}

TEST_CASE("letters: a database without the tables is a failure that names them")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.database.run("DROP TABLE sluice.dead_letters");
    for (const char* const part : {"list", "export", "replay"}) {
        const auto got = rig.letters(part, config);
        CHECK(got.code == 1);
        CHECK_THAT(got.err, Catch::Contains("sluice.dead_letters"));
    }
}

TEST_CASE("letters: without a reason bodies are shown as they are sealed, and nobody is audited")
{
    letter_rig rig;
    const std::string config = rig.configure(sealed, true);
    rig.refuse(config, R"({"other":"hidden-canary"})");
    const json::value shown = rig.json("show", config, {"1"});
    CHECK_THAT(std::string(shown.at("body").as_string()), Catch::StartsWith("p1."));
    CHECK(shown.at("body_sealed").as_bool());
    const auto exported = rig.letters("export", config);
    CHECK(exported.code == 0);
    CHECK(json::parse(exported.out).at("body") == shown.at("body"));
    CHECK_THAT(exported.out + rig.letters("show", config, {"1"}).out, !Catch::Contains(canary));
    CHECK(rig.database.count("SELECT count(*) FROM sluice.unmask_audit") == 0);
}

TEST_CASE("letters: with a reason bodies are opened, and the audit says who saw which and why")
{
    letter_rig rig;
    const std::string config = rig.configure(sealed, true);
    rig.refuse(config, R"({"other":"hidden-canary"})");
    rig.refuse(config, "no JSON");
    const auto exported = rig.letters("export", config, {"--reason", "ticket 7"});
    CHECK(exported.code == 0);
    CHECK_THAT(exported.out, Catch::Contains(R"({\"other\":\"hidden-canary\"})") &&
                                 Catch::Contains(R"("body":"no JSON")"));
    CHECK(rig.database.ask("SELECT reason || '|' || source || '|' || asked || '|' || opened || "
                           "'|' || cardinality(key_ids) FROM sluice.unmask_audit") ==
          "ticket 7|letters export items: 1-2|2|2|1");
    const auto shown = rig.letters("show", config, {"2", "--reason", "ticket 8"});
    CHECK_THAT(shown.out, Catch::Contains("no JSON"));
    CHECK(rig.database.ask("SELECT source FROM sluice.unmask_audit ORDER BY id DESC") ==
          "letters show items: 2");
}

TEST_CASE("letters: what cannot be audited is not shown")
{
    letter_rig rig;
    const std::string config = rig.configure(sealed, true);
    rig.refuse(config, R"({"other":"hidden-canary"})");
    rig.database.run("ALTER TABLE sluice.unmask_audit RENAME TO elsewhere");
    for (const texts& arguments : {texts{"--reason", "x"}, texts{"1", "--reason", "x"}}) {
        const auto got = rig.letters(arguments.size() == 2 ? "export" : "show", config, arguments);
        CHECK(got.code == 1);
        CHECK(got.out.empty());
        CHECK_THAT(got.err, Catch::Contains("unmask_audit") && !Catch::Contains(canary));
    }
}

TEST_CASE("letters: a body that is stored in clear is not shown without a reason either")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.refuse(config, R"({"name":"hidden-canary"})");
    const auto without = rig.letters("export", config);
    CHECK(without.code == 0);
    CHECK_THAT(without.out, !Catch::Contains(canary) && Catch::Contains("give --reason"));
    const auto with = rig.letters("export", config, {"--reason", "x"});
    CHECK_THAT(with.out, Catch::Contains(canary));
    CHECK(rig.database.count("SELECT opened FROM sluice.unmask_audit") == 1);
}

TEST_CASE("letters: a body whose key is not in the keyring is told of, and ends with 1")
{
    letter_rig rig;
    const std::string config = rig.configure(sealed, true);
    rig.refuse(config, R"({"other":"hidden-canary"})");
    std::filesystem::rename(rig.keyring, rig.keyring + ".old");
    REQUIRE(rig.letters("list", config).code == 0);
    letter_rig other;
    std::filesystem::copy_file(other.keyring, rig.keyring);
    const auto got = rig.letters("export", config, {"--reason", "x"});
    CHECK(got.code == 1);
    CHECK(json::parse(got.out).at("body").is_null());
    CHECK_THAT(got.out, Catch::Contains("body_missing"));
}

TEST_CASE("letters: a body that is no UTF-8 is exported as base64")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.add_letters(1, 1);
    rig.database.run("UPDATE sluice.dead_letters SET body = '\\xff00'");
    const auto got = rig.letters("export", config, {"--reason", "x"});
    CHECK(json::parse(got.out).at("body_base64") == "/wA=");
}

TEST_CASE("letters: large bodies are exported a few at a time, each once")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.add_letters(1, 25);
    // The third alone is more than a page may hold.
    rig.database.run("UPDATE sluice.dead_letters SET body = convert_to(repeat('x', "
                     "CASE id WHEN 3 THEN 9 << 20 ELSE 1 << 20 END), 'UTF8')");
    const auto got = rig.letters("export", config, {"--reason", "x"});
    CHECK(got.code == 0);
    std::istringstream lines(got.out);
    std::int64_t id = 0;
    for (std::string line; std::getline(lines, line);)
        CHECK(json::parse(line).at("id").as_int64() == ++id);
    CHECK(id == 25);
    const long long pages = rig.database.count("SELECT count(*) FROM sluice.unmask_audit");
    CHECK(pages > 3);
    CHECK(rig.database.count("SELECT sum(asked) FROM sluice.unmask_audit") == 25);
}

TEST_CASE("letters: discard is a dry run unless told, marks the new ones alone, and is audited")
{
    letter_rig rig;
    const std::string config = rig.configure(plain);
    rig.add_letters(1, 3);
    rig.database.run("UPDATE sluice.dead_letters SET state = 'replayed' WHERE id = 1");
    const json::value dry = rig.json("discard", config, {"--reason", "test data"});
    CHECK(dry.at("dry_run").as_bool());
    CHECK(dry.at("letters").as_int64() == 2);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.dead_letters WHERE state = 'new'") == 2);

    CHECK(rig.json("discard", config, {"3", "--reason", "test data", "--yes"})
              .at("letters")
              .as_int64() == 1);
    CHECK(
        rig.json("discard", config, {"--reason", "test data", "--yes"}).at("letters").as_int64() ==
        1);
    CHECK(rig.database.list("SELECT state FROM sluice.dead_letters ORDER BY id") ==
          texts{"replayed", "discarded", "discarded"});
    CHECK(rig.database.list("SELECT letter_id || action || reason FROM sluice.letter_audit "
                            "ORDER BY id") == texts{"3discardedtest data", "2discardedtest data"});
}
