// Every mistake that a file can hold, and the exact line that it is answered with. Each case
// replaces one piece of a good file.
#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <string_view>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

struct bad_piece
{
    std::string_view from;
    std::string_view to;
    std::string_view line; // the one finding, without `f.yaml:`
};

void check(const bad_piece& each)
{
    INFO(each.to);
    const std::vector<std::string> expected{"f.yaml:" + std::string(each.line)};
    CHECK(lines(replaced(good_text(), each.from, each.to)) == expected);
}

constexpr std::string_view wait = "wait: 20s";
constexpr std::string_view queue = "queue_url: http://localhost:9324/1/logins";
constexpr std::string_view user = "{ type: text, from: /user_id, required: true }";
constexpr std::string_view table = "table: user_logins";
constexpr std::string_view json = "format: json";
constexpr std::string_view limit_keys =
    "limits: { in_flight_messages: 20000, in_flight_bytes: 64MiB, json_depth: 64 }";
constexpr std::string_view first_test =
    "{ in: '{\"user_id\":\"u1\"}', row: { user_id: u1, masked_ip: null } }";
constexpr std::string_view workers = "workers: auto";

} // namespace

TEST_CASE("bad files: the good file that every case begins with is good")
{
    CHECK(lines(good_text()).empty());
}

TEST_CASE("bad files: an unknown key is told the one that was meant")
{
    check({wait, "wiat: 20s",
           "7: pipelines.logins.source.sqs.wiat: is an unknown key; did you mean wait?"});
    check({wait, "Wait: 20s",
           "7: pipelines.logins.source.sqs.Wait: is an unknown key; did you mean wait?"});
    check({wait, "timeout: 20s",
           "7: pipelines.logins.source.sqs.timeout: is an unknown key; known here: queue_url, "
           "endpoint, region, fetchers, wait, visibility, max_hold, delete"});
    check({workers, "worker: auto", "25: worker: is an unknown key; did you mean workers?"});
    check({user, "{ type: text, from: /user_id, requird: true }",
           "12: pipelines.logins.record.columns.user_id.requird: is an unknown key; "
           "did you mean required?"});
    check({"fetchers: { min: 1, max: 40 }", "fetchers: { mni: 1, max: 40 }",
           "6: pipelines.logins.source.sqs.fetchers.mni: is an unknown key; did you mean min?"});
    check({workers, "workers: auto\n\"a\\nb\": 1",
           "26: a\\x0ab: is an unknown key; known here: pipelines, keys, workers, admin, shutdown, "
           "log"});
}

TEST_CASE("bad files: a key that is given twice names both lines")
{
    check({wait, "wait: 20s\n        wait: 10s",
           "8: pipelines.logins.source.sqs.wait: is given twice, first in line 7; "
           "remove one of the two"});
    check({workers, "workers: auto\nkeys: {}",
           "26: keys: is given twice, first in line 24; remove one of the two"});
    check({"        masked_ip: {",
           "        user_id: { type: text, from: /x }\n        masked_ip: {",
           "13: pipelines.logins.record.columns.user_id: is given twice, first in line 12; "
           "remove one of the two"});
    check({"keys: {", "  logins: {}\nkeys: {",
           "24: pipelines.logins: is given twice, first in line 2; remove one of the two"});
}

TEST_CASE("bad files: a required key that is missing is told at its section")
{
    check({queue, "region: eu-west-1",
           "4: pipelines.logins.source.sqs.queue_url: is missing; add it: the queue, as SQS shows "
           "it"});
    check({"        url: postgresql://localhost/logins\n", "",
           "15: pipelines.logins.sink.postgres.url: is missing; "
           "add it: libpq URI; TLS and failover hosts as libpq has them"});
    check({table, "create: true",
           "15: pipelines.logins.sink.postgres.table: is missing; "
           "add it: TABLE or SCHEMA.TABLE, spelled exactly"});
    check({user, "{ from: /user_id }",
           "12: pipelines.logins.record.columns.user_id.type: is missing; "
           "add it: the type in PostgreSQL"});
    check({user, "{ type: text }",
           "12: pipelines.logins.record.columns.user_id.from: is missing; "
           "add it: where the value comes from"});
    check({first_test, "{ row: { user_id: u1 } }",
           "22: pipelines.logins.tests[0].in: is missing; add it: a message body"});
}

TEST_CASE("bad files: a value of the wrong kind is told the right one")
{
    check({wait, "wait: [20s]",
           "7: pipelines.logins.source.sqs.wait: is a list; give a single value"});
    check({wait, "wait: { s: 20 }",
           "7: pipelines.logins.source.sqs.wait: is a map; give a single value"});
    check({wait, "wait:",
           "7: pipelines.logins.source.sqs.wait: has no value; "
           "give a single value, or remove the key"});
    check({wait, "wait: null",
           "7: pipelines.logins.source.sqs.wait: has no value; "
           "give a single value, or remove the key"});
    check({limit_keys, "limits: 5",
           "20: pipelines.logins.limits: is a single value; give a map of keys"});
    check(
        {limit_keys, "limits: [5]", "20: pipelines.logins.limits: is a list; give a map of keys"});
    check({first_test, "text",
           "22: pipelines.logins.tests[0]: is a single value; give a map of keys"});
    check({user, "text",
           "12: pipelines.logins.record.columns.user_id: is a single value; give a map of keys"});
    check({user, "{ type: text, from: /x, one_of: a }",
           "12: pipelines.logins.record.columns.user_id.one_of: is a single value; give a list"});
    check(
        {user, "{ type: text, from: /x, one_of: [a, [b]] }",
         "12: pipelines.logins.record.columns.user_id.one_of[1]: is a list; give a single value"});
    check({user, "{ type: text, from: /x, one_of: [] }",
           "12: pipelines.logins.record.columns.user_id.one_of: is an empty list; "
           "give a value, or remove the key"});
    check({user, "{ type: text, from: /x, default: [1] }",
           "12: pipelines.logins.record.columns.user_id.default: is a list; give a single value"});
}

TEST_CASE("bad files: numbers and times outside their bounds are told the bounds")
{
    check({wait, "wait: 21s",
           "7: pipelines.logins.source.sqs.wait: \"21s\" is too large; give 0s to 20s"});
    check({wait, "wait: 20",
           "7: pipelines.logins.source.sqs.wait: \"20\" has no unit; "
           "write it like 250ms, 20s, 10m or 1h"});
    check({wait, "wait: 1500ms",
           "7: pipelines.logins.source.sqs.wait: "
           "\"1500ms\" is no whole number of seconds; give 0s to 20s"});
    check({"visibility: 60s", "visibility: 43201s",
           "8: pipelines.logins.source.sqs.visibility: \"43201s\" is too large; give 1s to 12h"});
    check({"visibility: 60s", "visibility: 0s",
           "8: pipelines.logins.source.sqs.visibility: \"0s\" is too small; give 1s to 12h"});
    check({"visibility: 60s", "visibility: que",
           "8: pipelines.logins.source.sqs.visibility: \"que\" is no time; "
           "write it like 250ms, 20s, 10m or 1h"});
    check({wait, "max_hold: 12h",
           "7: pipelines.logins.source.sqs.max_hold: \"12h\" is too large; give 0s to 11h"});
    check({wait, "delete: { linger: 11s }",
           "7: pipelines.logins.source.sqs.delete.linger: \"11s\" is too large; give 0s to 10s"});
    check({"min: 1,", "min: 0,",
           "6: pipelines.logins.source.sqs.fetchers.min: \"0\" is too small; give 1 to 1000"});
    check({"max: 40", "max: 1001",
           "6: pipelines.logins.source.sqs.fetchers.max: \"1001\" is too large; give 1 to 1000"});
    check(
        {"rows: 1000", "rows: 10001",
         "18: pipelines.logins.sink.postgres.batch.rows: \"10001\" is too large; give 1 to 10000"});
    check({"rows: 1000", "rows: 0",
           "18: pipelines.logins.sink.postgres.batch.rows: \"0\" is too small; give 1 to 10000"});
    check({"rows: 1000", "rows: 1e3",
           "18: pipelines.logins.sink.postgres.batch.rows: \"1e3\" is no whole number; give 1 to "
           "10000"});
    check({"bytes: 1MiB", "bytes: 1MB",
           "18: pipelines.logins.sink.postgres.batch.bytes: \"1MB\" is no size; "
           "write it like 100B, 64KiB, 64MiB or 1GiB"});
    check({"bytes: 1MiB", "bytes: 65MiB",
           "18: pipelines.logins.sink.postgres.batch.bytes: \"65MiB\" is too large; give 1KiB to "
           "64MiB"});
    check({"linger: 50ms", "linger: 61s",
           "18: pipelines.logins.sink.postgres.batch.linger: \"61s\" is too large; give 0s to 1m"});
    check(
        {"lock: 10s", "lock: 0s",
         "19: pipelines.logins.sink.postgres.timeouts.lock: \"0s\" is too small; give 1s to 12h"});
    check({table, "table: t\n        connections: 65",
           "18: pipelines.logins.sink.postgres.connections: \"65\" is too large; give 1 to 64"});
    check({table, "table: t\n        pipeline_depth: 17",
           "18: pipelines.logins.sink.postgres.pipeline_depth: \"17\" is too large; give 1 to 16"});
    check(
        {"in_flight_messages: 20000", "in_flight_messages: 9",
         "20: pipelines.logins.limits.in_flight_messages: \"9\" is too small; give 10 to 120000"});
    check(
        {"in_flight_bytes: 64MiB", "in_flight_bytes: 1KiB",
         "20: pipelines.logins.limits.in_flight_bytes: \"1KiB\" is too small; give 1MiB to 64GiB"});
    check({"json_depth: 64", "json_depth: 1001",
           "20: pipelines.logins.limits.json_depth: \"1001\" is too large; give 1 to 1000"});
    check({"json_depth: 64", "json_depth: 0",
           "20: pipelines.logins.limits.json_depth: \"0\" is too small; give 1 to 1000"});
    check({workers, "workers: 0", "25: workers: \"0\" is too small; give 1 to 64"});
    check({workers, "workers: 65", "25: workers: \"65\" is too large; give 1 to 64"});
    check({workers, "workers: all", "25: workers: \"all\" is no whole number; give 1 to 64"});
    check({"deadline: 20s", "deadline: 2h",
           "27: shutdown.deadline: \"2h\" is too large; give 1s to 1h"});
    check({user, "{ type: text, from: /x, max_length: 0 }",
           "12: pipelines.logins.record.columns.user_id.max_length: \"0\" is too small; give 1 to "
           "10485760"});
}

TEST_CASE("bad files: a word that is none of the known ones is told them")
{
    check({json, "format: jsno",
           "10: pipelines.logins.record.format: \"jsno\" is not known here; did you mean json?"});
    check({json, "format: sns",
           "10: pipelines.logins.record.format: \"sns\" is not known here; known here: json, "
           "sns_json"});
    check({json, "encoding: gzip",
           "10: pipelines.logins.record.encoding: \"gzip\" is not known here; known here: plain, "
           "base64+gzip"});
    check({json, "unknown_fields: drop",
           "10: pipelines.logins.record.unknown_fields: \"drop\" is not known here; known here: "
           "ignore, reject"});
    check({"level: info", "level: warn",
           "28: log.level: \"warn\" is not known here; "
           "known here: debug, info, warning, error, off"});
    check({"format: auto", "format: jsonl",
           "28: log.format: \"jsonl\" is not known here; did you mean json?"});
    check({table, "table: t\n        create: yes",
           "18: pipelines.logins.sink.postgres.create: \"yes\" is not known here; known here: "
           "true, false"});
    check({limit_keys, "limits: { duplicate_keys: lastwins }",
           "20: pipelines.logins.limits.duplicate_keys: \"lastwins\" is not known here; "
           "did you mean last_wins?"});
    check({user, "{ type: txt, from: /x }",
           "12: pipelines.logins.record.columns.user_id.type: \"txt\" is not known here; did you "
           "mean text?"});
    check({user, "{ type: varchar, from: /x }",
           "12: pipelines.logins.record.columns.user_id.type: \"varchar\" is not known here; write "
           "text"});
    check({user, "{ type: \"int[]\", from: /x }",
           "12: pipelines.logins.record.columns.user_id.type: \"int[]\" is not known here; write "
           "integer[]"});
    check({user, "{ type: \"text[][]\", from: /x }",
           "12: pipelines.logins.record.columns.user_id.type: \"text[][]\" is not known here; did "
           "you mean text?"});
    check(
        {user, "{ type: \"jsonb[]\", from: /x }",
         "12: pipelines.logins.record.columns.user_id.type: \"jsonb[]\" is an array of documents; "
         "use jsonb, which holds arrays itself"});
    check({"mask: seal", "mask: encrypt",
           "13: pipelines.logins.record.columns.masked_ip.mask: \"encrypt\" is not known here; "
           "known here: none, seal, token, redact, truncate_ip, drop"});
    check({user, "{ type: text, from: /x, parse: lowr }",
           "12: pipelines.logins.record.columns.user_id.parse: \"lowr\" is not known here; did you "
           "mean lower?"});
    check({user, "{ type: text, from: /x, parse: [trim, version] }",
           "12: pipelines.logins.record.columns.user_id.parse[1]: \"version\" is not known here; "
           "known here: "
           "version_major, version_packed, epoch_s, epoch_ms, trim, lower, upper, format"});
    check({user, "{ type: date, from: /x, parse: format }",
           "12: pipelines.logins.record.columns.user_id.parse: format needs a pattern; "
           "write { format: \"%Y-%m-%d\" }"});
    check({user, "{ type: date, from: /x, parse: { fromat: a } }",
           "12: pipelines.logins.record.columns.user_id.parse.fromat: is an unknown key; did you "
           "mean format?"});
    check({user, "{ type: date, from: /x, parse: { format: '' } }",
           "12: pipelines.logins.record.columns.user_id.parse.format: is empty; give a value, or "
           "remove the key"});
    check({user, "{ type: date, from: /x, parse: {} }",
           "12: pipelines.logins.record.columns.user_id.parse: is an empty map; write { format: "
           "\"%Y-%m-%d\" }"});
    check({user, "{ type: date, from: /x, parse: [] }",
           "12: pipelines.logins.record.columns.user_id.parse: is an empty list; name a verb, or "
           "remove the key"});
}

TEST_CASE("bad files: what is planned and not built says so")
{
    check({json, "unknown_fields: { keep_in: rest }",
           "10: pipelines.logins.record.unknown_fields: this map of keys is planned but not yet "
           "built; use ignore"});
    check({"mask: seal", "mask: seal_random",
           "13: pipelines.logins.record.columns.masked_ip.mask: \"seal_random\" is planned but not "
           "yet built; "
           "use none or seal or token or redact or truncate_ip or drop"});
    check({table, "table: t\n        dedup: none",
           "18: pipelines.logins.sink.postgres.dedup: \"none\" is planned but not yet built; use "
           "ledger"});
    check({table, "table: t\n        dedup: { key: [user_id] }",
           "18: pipelines.logins.sink.postgres.dedup: this map of keys is planned but not yet "
           "built; use ledger"});
    check({limit_keys, "on_error: { record: leave }",
           "20: pipelines.logins.on_error.record: \"leave\" is planned but not yet built; use "
           "dead_letter"});
    check({limit_keys, "on_error: { record: stop }",
           "20: pipelines.logins.on_error.record: \"stop\" is planned but not yet built; use "
           "dead_letter"});
    check({limit_keys, "on_error: { brake: on }",
           "20: pipelines.logins.on_error.brake: is neither off nor a map of keys; see sluice "
           "check --defaults"});
    check({limit_keys, "on_error: { brake: { share: 20 } }",
           "20: pipelines.logins.on_error.brake.share: \"20\" is no share like 20%; give 1% to "
           "100%"});
    check({limit_keys, "on_error: { brake: { share: 101% } }",
           "20: pipelines.logins.on_error.brake.share: \"101%\" is too large; give 1% to 100%"});
}

TEST_CASE("bad files: names and addresses that cannot be are refused where they stand")
{
    check({"  logins:", "  my.logins:",
           "2: pipelines.my.logins: \"my.logins\" is no name for a pipeline; "
           "use a letter, then letters, digits, _ and -, at most 63"});
    check({"        user_id: {", "        ctid: { type: text, from: /x }\n        user_id: {",
           "12: pipelines.logins.record.columns.ctid: \"ctid\" is a system column of PostgreSQL; "
           "choose another name"});
    check({"        user_id: {", "        '': { type: text, from: /x }\n        user_id: {",
           "12: pipelines.logins.record.columns.: has an empty name; give it a name"});
    check({table, "table: a.b.c",
           "17: pipelines.logins.sink.postgres.table: \"a.b.c\" has more than one dot; "
           "write table or schema.table"});
    check({queue, "queue_url: login-queue",
           "5: pipelines.logins.source.sqs.queue_url: \"login-queue\" is no URL; "
           "write it like https://HOST/PATH"});
    check({wait, "endpoint: localhost:9324",
           "7: pipelines.logins.source.sqs.endpoint: \"localhost:9324\" is no http or https URL; "
           "begin it with https:// or http://"});
    check({wait, "region: EU",
           "7: pipelines.logins.source.sqs.region: \"EU\" is no region; "
           "write it like eu-west-1"});
    check({"postgresql://localhost/logins", "mysql://localhost/logins",
           "16: pipelines.logins.sink.postgres.url: the value is no address of a database; "
           "write postgresql://USER@HOST/DATABASE, or key=value pairs as libpq has them"});
    check({"\"127.0.0.1:9464\"", "localhost",
           "26: admin.listen: \"localhost\" is no ADDRESS:PORT; "
           "write it like 127.0.0.1:9464, 0.0.0.0:9464 or [::1]:9464"});
    check({user, "{ type: text, from: user_id }",
           "12: pipelines.logins.record.columns.user_id.from: "
           "\"user_id\" is neither a JSON pointer nor metadata; "
           "write /field, /object/field, or @sent_at and the like"});
    check({user, "{ type: text, from: \"@sentat\" }",
           "12: pipelines.logins.record.columns.user_id.from: \"@sentat\" is no metadata; "
           "did you mean @sent_at?"});
}

TEST_CASE("bad files: a test expects a row or a dead letter")
{
    const std::string_view both = "{ in: '{}', row: {}, dead_letter: missing }";
    check({first_test, both,
           "22: pipelines.logins.tests[0]: expects neither or both of row and "
           "dead_letter; give one of the two"});
    check({first_test, "{ in: '{}' }",
           "22: pipelines.logins.tests[0]: expects neither or both of row and "
           "dead_letter; give one of the two"});
    check({first_test, "{ in: '{}', row: text }",
           "22: pipelines.logins.tests[0].row: is a single value; give a map of keys"});
    check({first_test, "{ in: '{}', row: { user_id: [1] } }",
           "22: pipelines.logins.tests[0].row.user_id: is a list; give a single value"});
}

TEST_CASE("bad files: what must hold something is not empty")
{
    CHECK(lines("pipelines: {}\n") ==
          std::vector<std::string>{"f.yaml:1: pipelines: is empty; "
                                   "add at least one: from one queue to one table each, by name"});
    CHECK(lines("workers: auto\n") ==
          std::vector<std::string>{"f.yaml:1: pipelines: is missing; "
                                   "add it: from one queue to one table each, by name"});
    CHECK(lines("pipelines:\n") ==
          std::vector<std::string>{
              "f.yaml:1: pipelines: has no value; give a map of keys, or remove the key"});
    CHECK(lines("pipelines:\n  a:\n") ==
          std::vector<std::string>{
              "f.yaml:2: pipelines.a.source: is missing; add it: where messages come from",
              "f.yaml:2: pipelines.a.record: is missing; add it: what a message must be, and what "
              "is kept",
              "f.yaml:2: pipelines.a.sink: is missing; add it: where rows go"});
}

TEST_CASE("bad files: too many entries are refused")
{
    std::string columns;
    for (int i = 0; i < 1601; ++i)
        columns += "        c" + std::to_string(i) + ": { type: text, from: /c }\n";
    CHECK(
        lines(replaced(good_text(), "        user_id: {", columns + "        user_id: {")).at(0) ==
        "f.yaml:11: pipelines.logins.record.columns: has 1603 entries; give at most 1600");
}

TEST_CASE("bad files: all mistakes are told, in the order of the file")
{
    std::string text = replaced(good_text(), "workers: auto", "workers: none");
    text = replaced(text, "wait: 20s", "wait: 99s");
    text = replaced(text, "{ rows: 1000, bytes: 1MiB, linger: 50ms }",
                    "{ rows: x, bytes: y, lingr: 1s }");
    text = replaced(text, "mask: seal", "mask: sael");
    text = replaced(text, "min: 1, max: 40", "min: 50, max: 40");
    CHECK(
        lines(text) ==
        std::vector<std::string>{
            "f.yaml:6: pipelines.logins.source.sqs.fetchers.max: 40 is less than min, which is 50; "
            "raise max or lower min",
            "f.yaml:7: pipelines.logins.source.sqs.wait: \"99s\" is too large; give 0s to 20s",
            "f.yaml:13: pipelines.logins.record.columns.masked_ip.mask: \"sael\" is not known "
            "here; "
            "did you mean seal?",
            "f.yaml:18: pipelines.logins.sink.postgres.batch.rows: \"x\" is no whole number; give "
            "1 to 10000",
            "f.yaml:18: pipelines.logins.sink.postgres.batch.bytes: \"y\" is no size; "
            "write it like 100B, 64KiB, 64MiB or 1GiB",
            "f.yaml:18: pipelines.logins.sink.postgres.batch.lingr: is an unknown key; did you "
            "mean linger?",
            "f.yaml:25: workers: \"none\" is no whole number; give 1 to 64"});
}

TEST_CASE("bad files: a mistake that repeats itself without end is told a thousand times")
{
    std::string text = good_text();
    for (int i = 0; i < 1500; ++i)
        text += "k" + std::to_string(i) + ": 1\n";
    const auto told = lines(text);
    CHECK(told.size() == 1000);
}
