#include "integration/letters/letter_rig.hpp"

#include <catch2/catch.hpp>

#include <chrono>
#include <random>
#include <thread>

using sluice::test::letter_rig;
using sluice::test::process;
namespace json = boost::json;
using texts = std::vector<std::string>;

namespace {

const char* const strict = "{ type: text, max_length: 3, from: /name, required: true }";
const char* const wide = "{ type: text, max_length: 20, from: /name, required: true }";

std::int64_t number_of(const json::value& of, const char* name)
{
    return of.at(name).as_int64();
}

} // namespace

TEST_CASE("replay: a dry run tells what would happen, and changes nothing")
{
    letter_rig rig;
    rig.add_letters(1, 3);
    rig.add_letters(1000, 1001);
    const json::value told = rig.json("replay", rig.configure(strict));
    CHECK(told.at("dry_run").as_bool());
    CHECK(number_of(told, "letters") == 5);
    CHECK(number_of(told, "rows") == 3);
    REQUIRE(told.at("refused").as_array().size() == 2);
    const json::value& refused = told.at("refused").at(0);
    CHECK(refused.at("reason") == "too_long");
    CHECK(refused.at("column") == "name");
    CHECK_THAT(std::string(refused.at("detail").as_string()), Catch::Contains("max_length 3"));
    CHECK(rig.database.count("SELECT count(*) FROM items") == 0);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.dead_letters WHERE state = 'new'") == 5);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.letter_audit") == 0);
}

TEST_CASE("replay: letters that fit become rows once, the others stay and say why")
{
    letter_rig rig;
    rig.add_letters(1, 3);
    rig.add_letters(1000, 1001);
    const std::string config = rig.configure(strict);
    const auto first = rig.letters("replay", config, {"--yes"});
    CHECK(first.code == 1);
    CHECK_THAT(first.out, Catch::Contains("3 became rows, 2 still do not fit") &&
                              Catch::Contains("letter 4: too_long name: max_length 3"));
    CHECK(rig.database.list("SELECT name FROM items ORDER BY 1") == texts{"n1", "n2", "n3"});
    CHECK(rig.database.list("SELECT state FROM sluice.dead_letters ORDER BY id") ==
          texts{"replayed", "replayed", "replayed", "new", "new"});
    CHECK(rig.database.count("SELECT count(*) FROM sluice.letter_audit WHERE action = 'replayed' "
                             "AND letter_id BETWEEN 1 AND 3") == 3);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.ledger") == 0);

    const json::value second = rig.json("replay", rig.configure(wide), {"--yes"});
    CHECK(number_of(second, "letters") == 2);
    CHECK(number_of(second, "rows") == 2);
    CHECK(number_of(rig.json("replay", rig.configure(wide), {"--yes"}), "letters") == 0);
    CHECK(rig.database.count("SELECT count(*) FROM items") == 5);
}

TEST_CASE("replay: takes the letters that are named alone, never one that was discarded")
{
    letter_rig rig;
    rig.add_letters(1, 4);
    rig.add_letters(5, 5, "missing");
    const std::string config = rig.configure(wide);
    CHECK(number_of(rig.json("replay", config, {"2", "--yes"}), "rows") == 1);
    CHECK(number_of(rig.json("replay", config, {"--why", "missing", "--yes"}), "rows") == 1);
    rig.letters("discard", config, {"3", "--reason", "x", "--yes"});
    CHECK(number_of(rig.json("replay", config, {"3", "--yes"}), "letters") == 0);
    CHECK(rig.database.list("SELECT name FROM items ORDER BY 1") == texts{"n2", "n5"});
}

TEST_CASE("replay: sealed letters are opened, and masked as their columns are today")
{
    letter_rig rig;
    const char* const masked =
        "{ type: text, max_length: 90, from: /other, required: true, mask: seal }";
    rig.refuse(rig.configure("{ type: text, max_length: 90, from: /name, required: true, "
                             "mask: seal }",
                             true),
               R"({"other":"hidden-canary"})");
    const json::value told = rig.json("replay", rig.configure(masked, true), {"--yes"});
    CHECK(number_of(told, "rows") == 1);
    CHECK_THAT(rig.database.ask("SELECT name FROM items"), Catch::StartsWith("p1."));
    // Without the keyring a sealed letter stays.
    rig.database.run("UPDATE sluice.dead_letters SET state = 'new'");
    const auto without = rig.letters("replay", rig.configure(wide), {"--yes"});
    CHECK(without.code == 1);
    CHECK_THAT(without.out, Catch::Contains("cannot_open") && Catch::Contains("keys.keyring"));
}

TEST_CASE("replay: a row has the message group that the message had")
{
    letter_rig rig;
    const bool sealed = GENERATE(false, true);
    rig.refuse(rig.configure(strict, sealed), R"({"name":"too long"})", R"(acct-\"7\")");
    rig.refuse(rig.configure(strict, sealed), R"({"name":"too long"})");
    const std::string config =
        rig.configure(R"({ type: text, from: "@group_id", default: none })", sealed);
    CHECK(number_of(rig.json("replay", config, {"--yes"}), "rows") == 2);
    CHECK(rig.database.list("SELECT name FROM items ORDER BY 1") == texts{"acct-\"7\"", "none"});
}

TEST_CASE("replay: a row that the database refuses does not keep the others from being stored")
{
    letter_rig rig;
    rig.add_letters(1, 250);
    rig.database.run("ALTER TABLE items ADD CONSTRAINT no_seven CHECK (name <> 'n7')");
    const auto yes = GENERATE(false, true);
    const json::value told = json::parse(
        rig.letters("replay", rig.configure(wide), yes ? texts{"--yes", "--json"} : texts{"--json"})
            .out);
    CHECK(number_of(told, "rows") == 249);
    REQUIRE(told.at("refused").as_array().size() == 1);
    const json::value& refused = told.at("refused").at(0);
    CHECK(refused.at("id").as_int64() == 7);
    CHECK(refused.at("reason") == "database_refused");
    CHECK(refused.at("detail") == "SQLSTATE 23514, constraint no_seven");
    CHECK(rig.database.count("SELECT count(*) FROM items") == (yes ? 249 : 0));
}

TEST_CASE("replay: a constraint that is checked at the commit is met by the dry run too")
{
    letter_rig rig;
    rig.add_letters(1, 2);
    rig.database.run("INSERT INTO items VALUES ('n1'); ALTER TABLE items ADD CONSTRAINT late "
                     "UNIQUE (name) DEFERRABLE INITIALLY DEFERRED");
    const auto yes = GENERATE(false, true);
    const json::value told = json::parse(
        rig.letters("replay", rig.configure(wide), yes ? texts{"--yes", "--json"} : texts{"--json"})
            .out);
    CHECK(number_of(told, "rows") == 1);
    CHECK(told.at("refused").as_array().size() == 1);
    CHECK(rig.database.count("SELECT count(*) FROM items") == (yes ? 2 : 1));
    CHECK(rig.database.count("SELECT count(*) FROM sluice.dead_letters WHERE state = 'new'") ==
          (yes ? 1 : 2));
}

TEST_CASE("replay: a wrong deployment stops it with 1, and no letter is blamed")
{
    letter_rig rig;
    rig.add_letters(1, 2);
    rig.database.run("ALTER TABLE items RENAME COLUMN name TO other");
    const auto got = rig.letters("replay", rig.configure(wide), {"--yes"});
    CHECK(got.code == 1);
    CHECK_THAT(got.err, Catch::Contains("42703") && Catch::Contains("replay again"));
    CHECK_THAT(got.out, Catch::Contains("0 still do not fit"));
    CHECK(rig.database.count("SELECT count(*) FROM sluice.dead_letters WHERE state = 'new'") == 2);
}

TEST_CASE("replay: many at once make each letter one row, and none fails")
{
    constexpr int letters = 3000;
    letter_rig rig;
    rig.add_letters(1, letters);
    const std::string config = rig.configure(wide);
    {
        std::vector<std::unique_ptr<process>> all;
        for (int i = 0; i < 4; ++i)
            all.push_back(
                std::make_unique<process>(texts{"letters", "replay", "-c", config, "--yes"}));
        for (const auto& each : all)
            CHECK(each->wait() == 0);
    }
    CHECK(rig.database.count("SELECT count(*) FROM items") == letters);
    CHECK(rig.database.count("SELECT count(DISTINCT name) FROM items") == letters);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.letter_audit") == letters);
}

TEST_CASE("replay: killed again and again, and beside another, it still makes each letter one row")
{
    constexpr int letters = 6000;
    constexpr int kills_max = 60;
    letter_rig rig;
    rig.add_letters(1, letters);
    const std::string config = rig.configure(wide);
    const texts arguments{"letters", "replay", "-c", config, "--yes"};
    const auto rows = [&] { return rig.database.count("SELECT count(*) FROM items"); };
    std::mt19937 random(5);
    int in_the_middle = 0;
    for (int i = 0; i < kills_max && rows() < letters; ++i) {
        // Each is killed once it has stored some more, at a moment of no one's choosing.
        const long long before = rows();
        const long long after = before + 1 + static_cast<long long>(random() % 400);
        process one(arguments);
        process other(arguments);
        while (rows() < std::min<long long>(after, letters) && one.running())
            std::this_thread::yield();
        one.kill();
        other.kill();
        in_the_middle += one.wait() + other.wait() == -2 && rows() < letters ? 1 : 0;
        CHECK(rig.database.ask("SELECT (SELECT count(*) FROM items) = (SELECT count(*) FROM "
                               "sluice.dead_letters WHERE state = 'replayed')") == "t");
    }
    CHECK(in_the_middle > 3);
    CHECK(process(arguments).wait() == 0);
    CHECK(rows() == letters);
    CHECK(rig.database.count("SELECT count(DISTINCT name) FROM items") == letters);
    CHECK(rig.database.count("SELECT count(*) FROM sluice.letter_audit") == letters);
}

TEST_CASE("replay: a connection that is cut leaves no letter half done")
{
    constexpr int letters = 4000;
    letter_rig rig;
    rig.add_letters(1, letters);
    const std::string config = rig.configure(wide);
    const auto rows = [&] { return rig.database.count("SELECT count(*) FROM items"); };
    int cut = 0;
    for (int i = 0; i < 20 && rows() < letters; ++i) {
        const long long after = std::min<long long>(rows() + 150, letters);
        process one({"letters", "replay", "-c", config, "--yes"});
        while (rows() < after && one.running())
            std::this_thread::yield();
        rig.database.kill_sessions();
        cut += one.wait() == 1 ? 1 : 0;
    }
    CHECK(cut > 0);
    CHECK(process({"letters", "replay", "-c", config, "--yes"}).wait() == 0);
    CHECK(rows() == letters);
    CHECK(rig.database.count("SELECT count(DISTINCT name) FROM items") == letters);
}
