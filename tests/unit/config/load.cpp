#include "config/load.hpp"

#include "files.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <utility>

using namespace sluice::config;
using namespace sluice::config::tests;
using namespace std::chrono_literals;

namespace {

settings good(std::string_view text, references how = references::leave)
{
    const loaded got = load_text(text, "f.yaml", how);
    INFO((got.findings.empty() ? "" : to_string("f.yaml", got.findings.front())));
    REQUIRE(got.findings.empty());
    return got.value;
}

// The column that stands in place of user_id.
column good_column(const std::string& spelling)
{
    return good(replaced(good_text(), "{ type: text, from: /user_id, required: true }", spelling))
        .pipelines.front()
        .record.columns.front();
}

} // namespace

TEST_CASE("load: every key of a file reaches its setting")
{
    const settings all = good(R"(
pipelines:
  logins:
    source:
      sqs:
        queue_url: https://sqs.eu-west-1.amazonaws.com/111122223333/login-queue
        endpoint: http://127.0.0.1:9324
        region: eu-west-1
        fetchers: { min: 2, max: 8 }
        wait: 5s
        visibility: 2m
        max_hold: 1h
        delete: { linger: 25ms }
    record:
      format: json
      unknown_fields: reject
      columns:
        user_id: { type: text, from: /user_id, required: true, max_length: 128, mask: token, domain: users }
        at: { type: "timestamptz[]", from: "@sent_at" }
    sink:
      postgres:
        url: postgresql://localhost/logins
        table: export.user_logins
        create: false
        batch: { rows: 500, bytes: 64KiB, linger: 1s }
        connections: 2
        timeouts: { statement: 20s, lock: 5s }
        pipeline_depth: 3
        dedup: ledger
    on_error: { record: dead_letter, brake: { share: 5%, count: 10, window: 2m } }
    limits: { in_flight_messages: 100, in_flight_bytes: 2MiB, json_depth: 8, duplicate_keys: last_wins }
    scale: { target_age: 5m, max: 7 }
    tests:
      - { in: '{"user_id":"u1"}', row: { user_id: u1, at: null } }
      - { in: '{}', dead_letter: missing user_id }
      - { in: '{"a":1}', row: {} }
keys: { keyring: /etc/sluice/keyring.json }
workers: 3
admin: { listen: "[::1]:1234", token: abc }
shutdown: { deadline: 7s }
log: { level: debug, format: json }
)");
    CHECK(all.file == "f.yaml");
    CHECK(all.keyring == "/etc/sluice/keyring.json");
    CHECK(all.workers == 3);
    CHECK(all.admin.address == "::1");
    CHECK(all.admin.port == 1234);
    CHECK(all.admin.token.reveal() == "abc");
    CHECK(all.shutdown_deadline == 7s);
    CHECK(all.log_level == sluice::log::level::debug);
    CHECK(all.log_format == sluice::log::format::json);

    REQUIRE(all.pipelines.size() == 1);
    const pipeline& one = all.pipelines[0];
    CHECK(one.name == "logins");
    CHECK(one.line == 3);
    CHECK(one.source.line == 5);
    CHECK(one.source.queue_url == "https://sqs.eu-west-1.amazonaws.com/111122223333/login-queue");
    CHECK(one.source.endpoint == "http://127.0.0.1:9324");
    CHECK(one.source.region == "eu-west-1");
    CHECK(one.source.fetchers.min == 2);
    CHECK(one.source.fetchers.max == 8);
    CHECK(one.source.wait == 5s);
    CHECK(one.source.visibility == 120s);
    CHECK(one.source.max_hold == 1h);
    CHECK(one.source.delete_linger == 25ms);

    CHECK(one.record.line == 14);
    CHECK(one.record.unknown == unknown_fields::reject);
    REQUIRE(one.record.columns.size() == 2);
    const column& user = one.record.columns[0];
    CHECK(user.name == "user_id");
    CHECK(user.line == 18);
    CHECK(user.type == column_type::text);
    CHECK_FALSE(user.is_array);
    CHECK(user.required);
    CHECK(user.max_length == 128);
    CHECK(user.mask == mask_kind::token);
    CHECK(user.domain == "users");
    CHECK(one.record.columns[1].type == column_type::timestamptz);
    CHECK(one.record.columns[1].is_array);
    CHECK(std::get<metadata_source>(one.record.columns[1].from).which == metadata::sent_at);

    CHECK(one.sink.line == 21);
    CHECK(one.sink.url.reveal() == "postgresql://localhost/logins");
    CHECK(one.sink.schema == "export");
    CHECK(one.sink.table == "user_logins");
    CHECK_FALSE(one.sink.create);
    CHECK(one.sink.batch.rows == 500);
    CHECK(one.sink.batch.bytes == 65536);
    CHECK(one.sink.batch.linger == 1s);
    CHECK(one.sink.connections == 2);
    CHECK(one.sink.statement_timeout == 20s);
    CHECK(one.sink.lock_timeout == 5s);
    CHECK(one.sink.pipeline_depth == 3);

    CHECK(one.brake.on);
    CHECK(one.brake.share_percent == 5);
    CHECK(one.brake.count == 10);
    CHECK(one.brake.window == 2min);
    CHECK(one.limits.in_flight_messages == 100);
    CHECK(one.limits.in_flight_bytes == std::size_t{2} << 20);
    CHECK(one.scale.target_age == 5min);
    CHECK(one.scale.max == 7);
    CHECK(one.limits.json_depth == 8);
    CHECK_FALSE(one.limits.duplicate_keys_rejected);

    REQUIRE(one.tests.size() == 3);
    CHECK(one.tests[0].in == R"({"user_id":"u1"})");
    CHECK(one.tests[0].row == decltype(record_test::row){{"user_id", "u1"}, {"at", std::nullopt}});
    CHECK(one.tests[0].dead_letter == std::nullopt);
    CHECK(one.tests[0].line == 34);
    CHECK(one.tests[1].dead_letter == "missing user_id");
    CHECK(one.tests[2].row.empty());
    CHECK(one.tests[2].dead_letter == std::nullopt);
}

TEST_CASE("load: what is left out has its default")
{
    const settings all = good(R"(
pipelines:
  logins:
    source: { sqs: { queue_url: "http://localhost/1/q" } }
    record: { columns: { user_id: { type: text, from: /user_id } } }
    sink: { postgres: { url: "postgresql://", table: logins } }
)");
    const settings fresh;
    CHECK(all.keyring.empty());
    CHECK(all.workers == fresh.workers);
    CHECK(all.admin.port == fresh.admin.port);
    CHECK(all.admin.token.empty());
    CHECK(all.shutdown_deadline == fresh.shutdown_deadline);
    const pipeline& one = all.pipelines.at(0);
    CHECK(one.source.endpoint.empty());
    CHECK(one.source.wait == 20s);
    CHECK(one.source.visibility == std::nullopt);
    CHECK(one.sink.schema == "public");
    CHECK(one.sink.create);
    CHECK(one.record.columns[0].mask == mask_kind::none);
    CHECK(one.record.columns[0].max_length == std::nullopt);
    CHECK(one.tests.empty());
}

TEST_CASE("load: pipelines and columns keep the order of the file")
{
    const std::string one = R"(
    source: { sqs: { queue_url: "http://localhost/1/NAME" } }
    record: { columns: { z: { type: text, from: /z }, a: { type: text, from: /a }, m: { type: text, from: /m } } }
    sink: { postgres: { url: "postgresql://", table: t } }
)";
    const settings all = good("pipelines:\n  zebra:" + replaced(one, "NAME", "z") +
                              "  ant:" + replaced(one, "NAME", "a"));
    REQUIRE(all.pipelines.size() == 2);
    CHECK(all.pipelines[0].name == "zebra");
    CHECK(all.pipelines[1].name == "ant");
    std::string names;
    for (const column& each : all.pipelines[0].record.columns)
        names += each.name;
    CHECK(names == "zam");
}

TEST_CASE("load: every type is known, alone and as an array")
{
    const std::array<std::pair<const char*, column_type>, 12> types{{
        {"text", column_type::text},
        {"integer", column_type::integer},
        {"bigint", column_type::bigint},
        {"numeric", column_type::numeric},
        {"double", column_type::double_precision},
        {"boolean", column_type::boolean},
        {"date", column_type::date},
        {"timestamp", column_type::timestamp},
        {"timestamptz", column_type::timestamptz},
        {"uuid", column_type::uuid},
        {"inet", column_type::inet},
        {"bytea", column_type::bytea},
    }};
    for (const auto& [name, type] : types) {
        INFO(name);
        const std::string spelling = "{ type: \"" + std::string(name) + "\", from: /user_id }";
        CHECK(good_column(spelling).type == type);
        const column list = good_column(replaced(spelling, "\",", "[]\","));
        CHECK(list.type == type);
        CHECK(list.is_array);
    }
    CHECK(good_column("{ type: jsonb, from: /user_id }").type == column_type::jsonb);
}

TEST_CASE("load: every mask is known")
{
    const auto mask = [](const std::string& name) {
        return good_column("{ type: text, from: /user_id, mask: " + name + " }").mask;
    };
    CHECK(mask("none") == mask_kind::none);
    CHECK(mask("seal") == mask_kind::seal);
    CHECK(mask("token") == mask_kind::token);
    CHECK(mask("redact") == mask_kind::redact);
    CHECK(mask("truncate_ip") == mask_kind::truncate_ip);
    CHECK(mask("drop") == mask_kind::drop);
}

TEST_CASE("load: parse is a verb, a pattern, or a list of these")
{
    const auto steps = [](const std::string& spelling) {
        return good_column("{ type: text, from: /user_id, parse: " + spelling + " }").parse;
    };
    const std::array<std::pair<const char*, parse_verb>, 7> verbs{{
        {"version_major", parse_verb::version_major},
        {"version_packed", parse_verb::version_packed},
        {"epoch_s", parse_verb::epoch_s},
        {"epoch_ms", parse_verb::epoch_ms},
        {"trim", parse_verb::trim},
        {"lower", parse_verb::lower},
        {"upper", parse_verb::upper},
    }};
    for (const auto& [name, verb] : verbs) {
        REQUIRE(steps(name).size() == 1);
        CHECK(steps(name)[0].verb == verb);
    }
    const auto pattern = steps("{ format: \"%Y-%m-%d\" }");
    REQUIRE(pattern.size() == 1);
    CHECK(pattern[0].verb == parse_verb::format);
    CHECK(pattern[0].pattern == "%Y-%m-%d");
    const auto list = steps("[trim, { format: \"%d.%m.%Y\" }]");
    REQUIRE(list.size() == 2);
    CHECK(list[0].verb == parse_verb::trim);
    CHECK(list[1].pattern == "%d.%m.%Y");
}

TEST_CASE("load: checks of a column keep the text that was written")
{
    const column one = good_column("{ type: numeric, from: /user_id, min: -1.50, max: 1e3, one_of: "
                                   "[1, '2', x y], matches: '^a$' }");
    CHECK(one.min == "-1.50");
    CHECK(one.max == "1e3");
    CHECK(one.one_of == std::vector<std::string>{"1", "2", "x y"});
    CHECK(one.matches == "^a$");
}

TEST_CASE("load: a default is text or null, and null in quotes is text")
{
    const auto fallback = [](const std::string& spelling) {
        return good_column("{ type: text, from: /user_id, default: " + spelling + " }").fallback;
    };
    CHECK(fallback("unknown")->text == "unknown");
    CHECK(fallback("''")->text.empty());
    CHECK_FALSE(fallback("''")->is_null);
    CHECK(fallback("null")->is_null);
    CHECK(fallback("~")->is_null);
    CHECK_FALSE(fallback("'null'")->is_null);
    CHECK(fallback("'null'")->text == "null");
    CHECK(good_column("{ type: text, from: /user_id }").fallback == std::nullopt);
}

TEST_CASE("load: a section without keys is as good as none")
{
    CHECK(good(replaced(good_text(), "shutdown: { deadline: 20s }", "shutdown: {}"))
              .shutdown_deadline == 20s);
    CHECK(
        good(replaced(good_text(), "shutdown: { deadline: 20s }", "shutdown:")).shutdown_deadline ==
        20s);
}

TEST_CASE("load: the hash is of the text of the file, and of nothing else")
{
    const std::string hash = good(good_text()).hash;
    CHECK(hash.size() == 16);
    CHECK(hash.find_first_not_of("0123456789abcdef") == std::string::npos);
    CHECK(good(good_text()).hash == hash);
    CHECK(good(good_text() + "# a word\n").hash != hash);
    // SHA-256 of "abc" (FIPS 180-2, B.1); that it is no configuration does not matter.
    CHECK(load_text("abc", "f.yaml", references::leave).value.hash == "ba7816bf8f01cfea");
}

TEST_CASE("load: a relative keyring lies beside the file")
{
    const std::string text =
        replaced(good_text(), "keyring: /etc/sluice/keyring.json", "keyring: keys/ring.json");
    CHECK(load_text(text, "/etc/x/f.yaml", references::leave).value.keyring ==
          "/etc/x/keys/ring.json");
    CHECK(load_text(text, "f.yaml", references::leave).value.keyring == "keys/ring.json");
    CHECK(load_text(good_text(), "/etc/x/f.yaml", references::leave).value.keyring ==
          "/etc/sluice/keyring.json");
}

TEST_CASE("load: a file is read from its path")
{
    const temporary_folder folder;
    const std::string path = folder.write("good.yaml", good_text());
    const loaded got = load(path, references::leave);
    CHECK(got.ok());
    CHECK(got.findings.empty());
    CHECK(got.value.file == path);
    CHECK(got.value.pipelines.size() == 1);
}

TEST_CASE("load: a file that cannot be read is one line")
{
    const temporary_folder folder;
    const auto told = [](const std::string& path) {
        const loaded got = load(path, references::leave);
        CHECK_FALSE(got.ok());
        REQUIRE(got.findings.size() == 1);
        return to_string("f.yaml", got.findings[0]);
    };
    const std::string missing = folder.path("missing.yaml");
    CHECK(told(missing) ==
          "f.yaml: cannot read " + missing + ": No such file or directory; check the path");
    CHECK(told(folder.path("")) == "f.yaml: cannot read " + folder.path("") +
                                       ": Is a directory; name a file that can be read");
    const std::string large = folder.write("large.yaml", "");
    std::filesystem::resize_file(large, std::uintmax_t{100} << 20);
    CHECK(told(large) == "f.yaml: " + large + " is longer than 1MiB; name the right file");
    CHECK(told(folder.write("empty.yaml", "")) ==
          "f.yaml: is empty; start from what sluice check --defaults prints");
}

TEST_CASE("load: what others find is told at its key, in the order of the file")
{
    loaded got =
        load_text(replaced(good_text(), "wait: 20s", "wait: 99s"), "f.yaml", references::leave);
    got.report(severity::error, "pipelines.logins.record.columns.user_id.matches", {"x", "y"});
    got.report(severity::warning, "workers", {"a", "b"});
    got.report(severity::error, "pipelines.logins", {"c", "d"});
    CHECK(lines(got) ==
          std::vector<std::string>{
              "f.yaml:2: pipelines.logins: c; d",
              "f.yaml:7: pipelines.logins.source.sqs.wait: \"99s\" is too large; give 0s to 20s",
              "f.yaml:12: pipelines.logins.record.columns.user_id.matches: x; y",
              "f.yaml:25: workers: warning: a; b"});
    CHECK_FALSE(got.keys.known("pipelines.logins"));
    CHECK(got.keys.known("workers")); // a warning leaves the value as it is
}

TEST_CASE("load: a key is known unless it is wrong, or a reference was left in it")
{
    std::string text = replaced(good_text(), "wait: 20s", "wait: 99s");
    text = replaced(text, "workers: auto", "workers: \"${env:WORKERS}\"");
    const loaded got = load_text(text, "f.yaml", references::leave);
    CHECK_FALSE(got.keys.known("pipelines.logins.source.sqs.wait"));
    CHECK_FALSE(got.keys.known("workers"));
    CHECK(got.keys.refers("workers"));
    CHECK_FALSE(got.keys.refers("pipelines.logins.source.sqs.wait"));
    CHECK(got.keys.known("log.level"));
    CHECK_FALSE(got.keys.known_inside("pipelines.logins.source"));
    CHECK(got.keys.known_inside("pipelines.logins.record"));
    CHECK(got.keys.known_inside("worker")); // another key that begins with the same letters
}
