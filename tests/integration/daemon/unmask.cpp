#include "bench.hpp"
#include "core/byte_buffer.hpp"
#include "transform/mask/sealer.hpp"

#include <filesystem>

using namespace sluice::daemon::tests;
using sluice::config::tests::replaced;
namespace mask = sluice::mask;

namespace {

class unmask_bench : public command_bench
{
public:
    unmask_bench() { REQUIRE(run_sluice({"migrate", "-c", path}).code == 0); }

    std::string seal(const std::string& clear, const std::string& ring) const
    {
        const mask::keyring keys = mask::keyring::load(ring);
        mask::seal_engine engine(keys);
        mask::sealer sealer(engine, "public.user_logins.masked_ip");
        sluice::byte_buffer out;
        REQUIRE(sealer.seal(mask::content::text, clear, out));
        return std::string(out.view());
    }
    std::string seal(const std::string& clear) const { return seal(clear, keyring); }

    void store(const std::string& user, const std::string& masked)
    {
        database.run("INSERT INTO user_logins (user_id, masked_ip) VALUES ('" + user + "', '" +
                     masked + "')");
    }

    [[nodiscard]] long long audits()
    {
        return database.count("SELECT count(*) FROM sluice.unmask_audit");
    }

    std::string path = file(text());
};

// Nothing on standard output: nobody saw a value.
void check_nothing_shown(const ended& got, int code, const std::string& why)
{
    CHECK(got.code == code);
    CHECK(got.out.empty());
    CHECK(contains(got.err, why));
    CHECK(got.err.find('\n') == got.err.size() - 1);
    CHECK_FALSE(contains(got.err, "10.0.0."));
}

} // namespace

TEST_CASE("unmask: opens what is given, and keeps who asked and why")
{
    unmask_bench bench;
    const ended got = run_sluice({"unmask", "-c", bench.path, "--reason", "ticket 'x' 7",
                                  bench.seal("10.0.0.1"), bench.seal("10.0.0.2")});
    CHECK(got.err.empty());
    CHECK(got.code == 0);
    CHECK(got.out == "10.0.0.1\n10.0.0.2\n");
    const std::string key = mask::keyring::load(bench.keyring).primary().id;
    CHECK(bench.audits() == 1);
    CHECK(bench.database.ask("SELECT concat_ws('|', who, reason, source, asked, opened, key_ids) "
                             "FROM sluice.unmask_audit") ==
          bench.database.ask("SELECT session_user::text") + "|ticket 'x' 7|values given|2|2|{" +
              key + "}");
    CHECK(bench.database.ask("SELECT (os_user <> '' AND host <> '')::text FROM "
                             "sluice.unmask_audit") == "true");
}

TEST_CASE("unmask: reads values from standard input, one a line")
{
    unmask_bench bench;
    const ended got = run_sluice({"unmask", "-c", bench.path, "--reason", "r"},
                                 bench.seal("10.0.0.1") + "\r\n\n" + bench.seal("10.0.0.2"));
    CHECK(got.code == 0);
    CHECK(got.out == "10.0.0.1\n10.0.0.2\n");
}

TEST_CASE("unmask: a query's column is opened in its order, nulls left out")
{
    unmask_bench bench;
    bench.store("a", bench.seal("10.0.0.1"));
    bench.store("b", bench.seal("10.0.0.2"));
    bench.database.run("INSERT INTO user_logins (user_id) VALUES ('c')");
    const std::string query = "SELECT masked_ip FROM user_logins ORDER BY user_id DESC";
    const ended got = run_sluice({"unmask", "-c", bench.path, "--reason", "r", "--query", query});
    CHECK(got.err.empty());
    CHECK(got.code == 0);
    CHECK(got.out == "10.0.0.2\n10.0.0.1\n");
    CHECK(bench.database.ask("SELECT source FROM sluice.unmask_audit") == query);
}

TEST_CASE("unmask: what does not open is an empty line, a reason and exit code 1")
{
    unmask_bench bench;
    const std::string other = bench.folder.path("other.json");
    mask::generate_keyring(other, sluice::wall_time{});
    const std::string foreign = bench.seal("10.0.0.9", other);
    const ended got = run_sluice(
        {"unmask", "-c", bench.path, "--reason", "r", foreign, "plain", bench.seal("10.0.0.1")});
    CHECK(got.code == 1);
    CHECK(got.out == "\n\n10.0.0.1\n");
    CHECK(got.err == "value 1: was sealed with key " + mask::keyring::load(other).primary().id +
                         ", which the keyring does not hold; add that key\n"
                         "value 2: is no masked value; one looks like p1.<key id>.<text>\n");
    CHECK(bench.database.ask("SELECT concat_ws('|', asked, opened) FROM sluice.unmask_audit") ==
          "3|1");
}

TEST_CASE("unmask: a value stays on its line, and JSON tells it exactly")
{
    unmask_bench bench;
    const std::string tricky = bench.seal("a\nb\x1b[2J\u009b\"\\");
    CHECK(run_sluice({"unmask", "-c", bench.path, "--reason", "r", tricky}).out ==
          "a\\x0ab\\x1b[2J\\xc2\\x9b\"\\\n");
    CHECK(run_sluice({"unmask", "-c", bench.path, "--reason", "r", "--json", tricky, "no"}).out ==
          "\"a\\nb\\u001b[2J\\u009b\\\"\\\\\"\nnull\n");
}

TEST_CASE("unmask: nothing is shown when it cannot be audited")
{
    unmask_bench bench;
    bench.database.run("ALTER TABLE sluice.unmask_audit RENAME TO elsewhere");
    check_nothing_shown(
        run_sluice({"unmask", "-c", bench.path, "--reason", "r", bench.seal("10.0.0.1")}), 1,
        bench.path + ":16: pipelines.logins.sink.postgres.url: relation \"sluice.unmask_audit\" "
                     "does not exist (SQLSTATE 42P01); ");
    bench.database.run("ALTER TABLE sluice.elsewhere RENAME TO unmask_audit");
    bench.database.run("ALTER TABLE sluice.unmask_audit ADD CHECK (reason <> 'r')");
    check_nothing_shown(
        run_sluice({"unmask", "-c", bench.path, "--reason", "r", bench.seal("10.0.0.1")}), 1,
        "SQLSTATE 23514");
    CHECK(bench.audits() == 0);
    const std::string away = bench.file(bench.text_for(nobody_there));
    check_nothing_shown(run_sluice({"unmask", "-c", away, "--reason", "r", bench.seal("10.0.0.1")}),
                        1, "see that the server runs");
}

TEST_CASE("unmask: nothing is shown without a reason")
{
    unmask_bench bench;
    const std::string value = bench.seal("10.0.0.1");
    check_nothing_shown(run_sluice({"unmask", "-c", bench.path, value}), 2, "--reason");
    for (const char* const blank : {"", " ", "\t\n"})
        check_nothing_shown(run_sluice({"unmask", "-c", bench.path, "--reason", blank, value}), 2,
                            "--reason");
    check_nothing_shown(run_sluice({"unmask", "-c", bench.path, "--reason", "\xff", value}), 1,
                        "SQLSTATE 22021");
    CHECK(bench.audits() == 0);
}

TEST_CASE("unmask: a query that is no plain question for one column shows nothing")
{
    unmask_bench bench;
    bench.store("a", bench.seal("10.0.0.1"));
    const auto ask = [&](const std::string& query) {
        return run_sluice({"unmask", "-c", bench.path, "--reason", "r", "--query", query});
    };
    check_nothing_shown(ask("SELECT user_id, masked_ip FROM user_logins"), 2,
                        "--query: it returns 2 columns; select the sealed one alone");
    check_nothing_shown(ask("SELEKT"), 2, "--query: syntax error at or near \"SELEKT\"");
    check_nothing_shown(ask("SELECT masked_ip FROM no_such_table"), 2, "--query: relation ");
    check_nothing_shown(ask("SELECT masked_ip FROM user_logins; SELECT 1"), 2,
                        "--query: cannot insert multiple commands");
    check_nothing_shown(ask("DELETE FROM user_logins RETURNING masked_ip"), 2, "read-only");
    CHECK(bench.database.count("SELECT count(*) FROM user_logins") == 1);
    check_nothing_shown(run_sluice({"unmask", "-c", bench.path, "--reason", "r", "--query",
                                    "SELECT 1", bench.seal("10.0.0.1")}),
                        2, "--query excludes VALUE");
    CHECK(bench.audits() == 0);
}

TEST_CASE("unmask: nothing is shown without a keyring that can be read")
{
    unmask_bench bench;
    const std::string value = bench.seal("10.0.0.1");
    std::filesystem::permissions(bench.keyring, std::filesystem::perms::owner_all |
                                                    std::filesystem::perms::others_read);
    check_nothing_shown(run_sluice({"unmask", "-c", bench.path, "--reason", "r", value}), 2,
                        bench.keyring + ": ");
    std::filesystem::remove(bench.keyring);
    check_nothing_shown(run_sluice({"unmask", "-c", bench.path, "--reason", "r", value}), 2,
                        bench.keyring + ": ");
    const std::string none = bench.file(
        replaced(replaced(bench.text(), "keys: { keyring: " + bench.keyring + " }\n", ""),
                 ", mask: seal", ""));
    check_nothing_shown(run_sluice({"unmask", "-c", none, "--reason", "r", value}), 2,
                        none + ": keys.keyring: is not set; ");
    CHECK(bench.audits() == 0);
}
