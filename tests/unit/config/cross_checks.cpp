#include "config/cross_checks.hpp"

#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

using told = std::vector<std::string>;

told after(std::string_view from, std::string_view to)
{
    return lines(replaced(good_text(), from, to));
}

} // namespace

TEST_CASE("cross checks: fewer fetchers at most than at least is an error")
{
    CHECK(after("{ min: 1, max: 40 }", "{ min: 40, max: 40 }") == told{});
    CHECK(
        after("{ min: 1, max: 40 }", "{ min: 41, max: 40 }") ==
        told{
            "f.yaml:6: pipelines.logins.source.sqs.fetchers.max: 40 is less than min, which is 41; "
            "raise max or lower min"});
    // The default of the key that is left out counts, told at the section.
    CHECK(
        after("{ min: 1, max: 40 }", "{ min: 50 }") ==
        told{
            "f.yaml:6: pipelines.logins.source.sqs.fetchers.max: 40 is less than min, which is 50; "
            "raise max or lower min"});
}

TEST_CASE("cross checks: a statement may not outlive the visibility timeout that is given")
{
    CHECK(after("visibility: 60s", "visibility: 30s") == told{});
    CHECK(after("visibility: 60s", "visibility: queue") == told{});
    CHECK(after("visibility: 60s", "visibility: 29s") ==
          told{"f.yaml:19: pipelines.logins.sink.postgres.timeouts.statement: "
               "30s is longer than the visibility timeout, 29s; "
               "lower it, or raise source.sqs.visibility"});
    CHECK(lines(replaced(replaced(good_text(), "visibility: 60s", "visibility: 29s"),
                         "        timeouts: { statement: 30s, lock: 10s }\n", "")) ==
          told{"f.yaml:15: pipelines.logins.sink.postgres.timeouts.statement: "
               "30s is longer than the visibility timeout, 29s; "
               "lower it, or raise source.sqs.visibility"});
}

TEST_CASE("cross checks: a rule waits for values that are not known")
{
    CHECK(after("{ min: 1, max: 40 }", "{ min: 50, max: \"${env:MAX}\" }") == told{});
    CHECK(after("{ min: 1, max: 40 }", "{ min: \"${env:MIN}\", max: 1 }") == told{});
    CHECK(after("{ min: 1, max: 40 }", "{ min: 50, max: many }") ==
          told{"f.yaml:6: pipelines.logins.source.sqs.fetchers.max: \"many\" is no whole number; "
               "give 1 to 1000"});
    CHECK(lines(replaced(replaced(good_text(), "visibility: 60s", "visibility: 29s"),
                         "statement: 30s", "statement: \"${env:T}\"")) == told{});
    CHECK(after("{ keyring: /etc/sluice/keyring.json }", "{ keyring: \"${env:DIR}/k.json\" }") ==
          told{});
}

TEST_CASE("cross checks: a mask with a key needs a keyring")
{
    const std::string without =
        replaced(good_text(), "keys: { keyring: /etc/sluice/keyring.json }\n", "");
    const std::string remedy = "needs a key, and keys.keyring is not given; "
                               "run sluice keys generate, and name the file in keys.keyring";
    CHECK(lines(without) ==
          told{"f.yaml:13: pipelines.logins.record.columns.masked_ip.mask: " + remedy});
    CHECK(lines(replaced(without, "mask: seal", "mask: token")) ==
          told{"f.yaml:13: pipelines.logins.record.columns.masked_ip.mask: " + remedy});
    CHECK(lines(replaced(without, "mask: seal", "mask: none")) == told{});
    // A keyring that is given wrongly is told once, where it stands.
    CHECK(after("{ keyring: /etc/sluice/keyring.json }", "{ keyring: '' }") ==
          told{"f.yaml:24: keys.keyring: is empty; give a value, or remove the key"});
    CHECK(after("{ keyring: /etc/sluice/keyring.json }", "[]") ==
          told{"f.yaml:24: keys: is a list; give a map of keys"});
}

TEST_CASE("cross checks: whatever is masked needs a keyring, since a dead letter holds it all")
{
    const std::string keyring = "keys: { keyring: /etc/sluice/keyring.json }\n";
    for (const char* const keyless : {"redact", "truncate_ip", "drop"}) {
        const std::string with =
            replaced(good_text(), "mask: seal", "mask: " + std::string(keyless));
        CHECK(lines(with) == told{});
        CHECK(lines(replaced(with, keyring, "")) ==
              told{"f.yaml:13: pipelines.logins.record.columns.masked_ip.mask: hides the value in "
                   "the table alone: without keys.keyring a dead letter cannot hide its body; run "
                   "sluice keys generate, and name the file in keys.keyring"});
    }
}

TEST_CASE("cross checks: a domain belongs to a mask with a key")
{
    CHECK(after("mask: seal", "mask: seal, domain: ips") == told{});
    CHECK(after("mask: seal", "mask: token, domain: ips") == told{});
    CHECK(after("mask: seal", "mask: redact, domain: ips") ==
          told{"f.yaml:13: pipelines.logins.record.columns.masked_ip.domain: "
               "has no meaning without mask: seal or mask: token; add the mask, or remove domain"});
}

TEST_CASE("cross checks: a required column has no use for a default")
{
    CHECK(after("required: true", "required: true, default: x") ==
          told{"f.yaml:12: pipelines.logins.record.columns.user_id.default: "
               "is never used: the column is required; remove default or required"});
    CHECK(after("required: true", "required: false, default: x") == told{});
}

TEST_CASE("cross checks: more connections than pay are a warning")
{
    const std::string table = "table: user_logins";
    CHECK(after(table, table + "\n        connections: 4") == told{});
    const loaded got = load_text(replaced(good_text(), table, table + "\n        connections: 5"),
                                 "f.yaml", references::leave);
    CHECK(got.ok());
    CHECK(lines(got) == told{"f.yaml:18: pipelines.logins.sink.postgres.connections: warning: "
                             "more than 4 connections do not pay; measure before you keep it"});
}

TEST_CASE("cross checks: a test names columns of its pipeline")
{
    CHECK(after("row: { user_id: u1, masked_ip: null }", "row: { userid: u1 }") ==
          told{"f.yaml:22: pipelines.logins.tests[0].row.userid: is no column of this pipeline; "
               "did you mean user_id?"});
}

TEST_CASE("cross checks: two pipelines on one queue are a warning")
{
    const std::string one = R"(
    source: { sqs: { queue_url: "http://localhost/1/q" } }
    record: { columns: { a: { type: text, from: /a } } }
    sink: { postgres: { url: "postgresql://", table: t } }
)";
    const std::string both = "pipelines:\n  first:" + one + "  second:" + one;
    const loaded got = load_text(both, "f.yaml", references::leave);
    CHECK(got.ok());
    CHECK(lines(got) == told{"f.yaml:7: pipelines.second.source.sqs.queue_url: warning: "
                             "is the queue of pipeline first too: a message reaches one of them; "
                             "give each pipeline a queue of its own"});
    CHECK(lines(replaced(both, "1/q", "1/p")) == told{});
    // Both may be the same reference, and still two values: nothing is known.
    const std::string left = replaced(replaced(both, "http://localhost/1/q", "${env:A}"),
                                      "http://localhost/1/q", "${env:A}");
    CHECK(lines(left) == told{});
}
