#include "bench.hpp"

using namespace sluice::daemon::tests;
using sluice::config::tests::replaced;

TEST_CASE("migrate: makes schema, days and table, and has nothing to do the second time")
{
    command_bench bench;
    const std::string file = bench.file(bench.text());
    const ended first = run_sluice({"migrate", "-c", file});
    CHECK(first.err.empty());
    CHECK(first.code == 0);
    CHECK(contains(first.out, "logins: schema sluice, version 1: "));
    CHECK(contains(first.out, "logins: table \"public\".\"user_logins\" made\n"));
    CHECK(bench.database.count("SELECT count(*) FROM sluice.migrations") >= 1);
    CHECK(bench.database.count("SELECT count(*) FROM pg_inherits "
                               "WHERE inhparent = 'sluice.ledger'::regclass") > 1);
    CHECK(bench.database.count("SELECT count(*) FROM public.user_logins") == 0);

    const ended second = run_sluice({"migrate", "-c", file});
    CHECK(second.err.empty());
    CHECK(second.code == 0);
    CHECK(second.out == "logins: nothing to do\n");
}

TEST_CASE("migrate: needs no queue and no keyring")
{
    command_bench bench;
    std::string text = replaced(bench.text(), bench.keyring, "\"${env:NO_SUCH_RING}\"");
    text = replaced(text, "http://localhost:9324/1/logins", "${env:NO_SUCH_QUEUE}");
    CHECK(run_sluice({"migrate", "-c", bench.file(text)}).code == 0);
}

TEST_CASE("migrate: a table that does not fit is told at the line of the column")
{
    command_bench bench;
    bench.database.run("CREATE TABLE user_logins (user_id text, other text NOT NULL)");
    const std::string file = bench.file(bench.text());
    const ended got = run_sluice({"migrate", "-c", file});
    CHECK(got.code == 1);
    CHECK(contains(got.err, file + ":13: pipelines.logins.record.columns: table "
                                   "\"public\".\"user_logins\" has no column \"masked_ip\"; "));
    CHECK(contains(got.err, file + ":17: pipelines.logins.sink.postgres.table: column \"other\" of "
                                   "table \"public\".\"user_logins\" is NOT NULL without a "
                                   "default"));
    CHECK_FALSE(contains(got.out, "user_logins\" made"));
    CHECK(bench.database.count("SELECT count(*) FROM information_schema.columns "
                               "WHERE table_name = 'user_logins'") == 2);
}

TEST_CASE("migrate: a table that it may not make must be there")
{
    command_bench bench;
    const std::string table = "table: user_logins";
    const std::string file =
        bench.file(replaced(bench.text(), table, table + "\n        create: false"));
    const ended got = run_sluice({"migrate", "-c", file});
    CHECK(got.code == 1);
    CHECK(contains(got.err, "table \"public\".\"user_logins\" does not exist; "));
}

TEST_CASE("migrate: a database that is away or refuses us is told in one line")
{
    command_bench bench;
    const std::string file = bench.file(bench.text_for(nobody_there));
    const ended away = run_sluice({"migrate", "-c", file});
    CHECK(away.code == 1);
    CHECK(away.out.empty());
    CHECK(away.err.starts_with(file + ":16: pipelines.logins.sink.postgres.url: "));
    CHECK(away.err.ends_with("; see that the server runs and can be reached, and try again\n"));
    CHECK(away.err.find('\n') == away.err.size() - 1);

    std::string url = bench.database.url().reveal();
    const std::size_t at = url.find('@');
    url.replace(url.rfind(':', at) + 1, at - url.rfind(':', at) - 1, "wr0ngSecret");
    const ended refused = run_sluice({"migrate", "-c", bench.file(bench.text_for(url))});
    CHECK(refused.code == 1);
    CHECK(refused.err.ends_with(
        "; run sluice migrate, or correct the URL or what its role may do\n"));
    CHECK(refused.err.find('\n') == refused.err.size() - 1);
    CHECK_FALSE(contains(refused.err, "wr0ngSecret"));
}

TEST_CASE("migrate: a wrong configuration ends it before anything is done")
{
    command_bench bench;
    const std::string file = bench.file(replaced(bench.text(), "mask: seal", "mask: saal"));
    const ended got = run_sluice({"migrate", "-c", file});
    CHECK(got.code == 2);
    CHECK(contains(got.err, file + ":13: pipelines.logins.record.columns.masked_ip.mask: "));
    CHECK(bench.database.ask("SELECT count(*) FROM pg_namespace WHERE nspname = 'sluice'") == "0");
}
