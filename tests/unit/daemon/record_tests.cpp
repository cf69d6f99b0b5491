#include "daemon/record_tests.hpp"

#include "daemon/configuration.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

using told = std::vector<std::string>;

struct ran
{
    std::size_t passed;
    told findings;
};

constexpr const char* remedy = "; correct the test, or what the columns say";

// A file with these columns and tests, each a line of flow YAML.
ran run(const std::string& columns, const std::string& tests, const std::string& form = "")
{
    const std::string text = R"(pipelines:
  p:
    source: { sqs: { queue_url: "http://localhost/1/q" } }
    sink: { postgres: { url: "postgresql://", table: t } }
    record: { )" + form + "columns: { " +
                             columns + " } }\n    tests: [ " + tests +
                             " ]\nkeys: { keyring: /none }\n";
    const temporary_folder folder;
    loaded file =
        sluice::daemon::load_configuration(folder.write("f.yaml", text), references::leave);
    INFO((file.findings.empty() ? "" : to_string("f.yaml", file.findings.front())));
    REQUIRE(file.ok());
    const std::size_t passed = sluice::daemon::run_record_tests(file, file.value.pipelines.at(0));
    return {passed, lines(file)};
}

void check_passes(const std::string& columns, const std::string& test)
{
    const ran got = run(columns, test);
    INFO(columns << "\n" << test);
    CHECK(got.findings == told{});
    CHECK(got.passed == 1);
}

void check_fails(const std::string& columns, const std::string& test, const std::string& line)
{
    const ran got = run(columns, test);
    INFO(columns << "\n" << test);
    CHECK(got.passed == 0);
    CHECK(got.findings == told{"f.yaml:6: pipelines.p.tests[0]" + line});
}

const std::string name = "name: { type: text, from: /name, required: true, max_length: 3 }";

} // namespace

TEST_CASE("record tests: a row is compared column by column, as far as the test names them")
{
    check_passes(name, R"({ in: '{"name":"ann"}', row: { name: ann } })");
    check_passes(name, R"({ in: '{"name":"ann"}', row: {} })");
    check_fails(name, R"({ in: '{"name":"ann"}', row: { name: bob } })",
                std::string(".row.name: the message gives \"ann\"") + remedy);
    check_fails(name, R"({ in: '{"name":"ann"}', row: { name: null } })",
                std::string(".row.name: the message gives \"ann\"") + remedy);
}

TEST_CASE("record tests: null is expected as null, and is not the text null")
{
    const std::string city = name + ", city: { type: text, from: /city }";
    check_passes(city, R"({ in: '{"name":"ann"}', row: { city: null } })");
    check_passes(city, R"({ in: '{"name":"ann","city":"null"}', row: { city: 'null' } })");
    check_fails(city, R"({ in: '{"name":"ann"}', row: { city: '' } })",
                std::string(".row.city: the message gives null") + remedy);
    check_fails(city, R"({ in: '{"name":"ann","city":"null"}', row: { city: null } })",
                std::string(".row.city: the message gives \"null\"") + remedy);
}

TEST_CASE("record tests: every column that differs is told")
{
    const ran got = run("a: { type: integer, from: /a }, b: { type: integer, from: /b }",
                        R"({ in: '{"a":1,"b":2}', row: { a: 3, b: 4 } })");
    CHECK(got.passed == 0);
    CHECK(
        got.findings ==
        told{std::string("f.yaml:6: pipelines.p.tests[0].row.a: the message gives \"1\"") + remedy,
             std::string("f.yaml:6: pipelines.p.tests[0].row.b: the message gives \"2\"") +
                 remedy});
}

TEST_CASE("record tests: a value is compared as a value of its type")
{
    const auto passes = [](const std::string& type, const std::string& in,
                           const std::string& expected) {
        check_passes("c: { type: " + type + ", from: /c }",
                     "{ in: '{\"c\":" + in + "}', row: { c: " + expected + " } }");
    };
    const auto fails = [](const std::string& type, const std::string& in,
                          const std::string& expected, const std::string& shown) {
        check_fails("c: { type: " + type + ", from: /c }",
                    "{ in: '{\"c\":" + in + "}', row: { c: " + expected + " } }",
                    ".row.c: the message gives \"" + shown + "\"" + remedy);
    };
    passes("integer", "-7", "-7");
    fails("integer", "-7", "7", "-7");
    passes("bigint", "9007199254740993", "9007199254740993");
    fails("bigint", "9007199254740993", "9007199254740992", "9007199254740993");
    passes("numeric", "1.50", "1.50");
    fails("numeric", "1.50", "1.51", "1.50");
    passes("double", "0.1", "0.1");
    fails("double", "0.1", "0.2", "0.1");
    passes("boolean", "true", "true");
    fails("boolean", "true", "false", "true");
    passes("date", "\"2024-02-29\"", "2024-02-29");
    fails("date", "\"2024-02-29\"", "2024-03-01", "2024-02-29");
    passes("timestamptz", "\"2024-02-29T12:00:00+02:00\"", "2024-02-29T10:00:00Z");
    passes("uuid", "\"424CDD21-063a-43a7-b91b-7ca1a833afae\"",
           "424cdd21-063a-43a7-b91b-7ca1a833afae");
    fails("uuid", "\"424cdd21-063a-43a7-b91b-7ca1a833afae\"",
          "424cdd21-063a-43a7-b91b-7ca1a833afaf", "424cdd21-063a-43a7-b91b-7ca1a833afae");
    passes("inet", "\"2001:DB8::1\"", "'2001:db8::1'");
    fails("inet", "\"192.0.2.1\"", "192.0.2.2", "192.0.2.1");
    passes("'integer[]'", "[1,null,3]", "'[1,null,3]'");
}

TEST_CASE("record tests: masked values are given in clear, and never shown")
{
    for (const std::string mask : {"seal", "token"}) {
        const std::string ip = "ip: { type: text, from: /ip, mask: " + mask + " }";
        check_passes(ip, R"({ in: '{"ip":"10.0.0.1"}', row: { ip: 10.0.0.1 } })");
        check_fails(ip, R"({ in: '{"ip":"10.0.0.1"}', row: { ip: 10.0.0.2 } })",
                    std::string(".row.ip: the message gives another value") + remedy);
        check_fails(ip, R"({ in: '{}', row: { ip: 10.0.0.2 } })",
                    std::string(".row.ip: the message gives null") + remedy);
    }
    check_passes("ip: { type: inet, from: /ip, mask: truncate_ip }",
                 R"({ in: '{"ip":"10.0.0.1"}', row: { ip: 10.0.0.99 } })");
    check_passes("ip: { type: inet, from: /ip, mask: drop }",
                 R"({ in: '{"ip":"10.0.0.1"}', row: { ip: null } })");
}

TEST_CASE("record tests: a dead letter is compared by reason, and by column where one is named")
{
    check_passes(name, R"({ in: '{}', dead_letter: missing })");
    check_passes(name, R"({ in: '{}', dead_letter: missing name })");
    check_passes(name, R"({ in: '{"name":"anna"}', dead_letter: too_long name })");
    check_passes(name, R"({ in: '{"name":1}', dead_letter: wrong_type name })");
    check_passes(name, R"({ in: 'no JSON', dead_letter: not_json_object })");
    check_passes(name, R"({ in: '', dead_letter: not_json_object })");
    check_passes(name, R"({ in: '{"name":"a","name":"b"}', dead_letter: duplicate_key })");
    check_fails(name, R"({ in: '{"name":"anna"}', dead_letter: missing })",
                std::string(".dead_letter: the message becomes a dead letter for too_long name") +
                    remedy);
    check_fails(name, R"({ in: '{"name":"anna"}', dead_letter: too_long city })",
                std::string(".dead_letter: the message becomes a dead letter for too_long name") +
                    remedy);
    check_fails(name, R"({ in: '{"name":"ann"}', dead_letter: missing })",
                std::string(": the message becomes a row, not a dead letter") + remedy);
    check_fails(name, R"({ in: '{}', dead_letter: mising })",
                ".dead_letter: \"mising\" is no reason of a dead letter; did you mean missing?");
}

TEST_CASE("record tests: a dead letter in place of a row tells its reason")
{
    check_fails(name, R"({ in: '{"name":"anna"}', row: { name: anna } })",
                std::string(": the message becomes a dead letter for too_long name "
                            "(max_length 3, got 4; byte offset 8), not a row") +
                    remedy);
}

TEST_CASE("record tests: an expectation that the column could not hold is told")
{
    const ran got = run("n: { type: integer, from: /n }", R"({ in: '{"n":1}', row: { n: one } })");
    CHECK(got.passed == 0);
    REQUIRE(got.findings.size() == 1);
    CHECK(got.findings[0].starts_with(
        "f.yaml:6: pipelines.p.tests[0].row.n: `one` does not fit the column"));
}

TEST_CASE("record tests: rules for unknown fields hold in tests too")
{
    const std::string text =
        replaced(replaced(good_text(), "format: json", "unknown_fields: reject"),
                 "{ in: '{}', dead_letter: missing user_id }",
                 "{ in: '{\"x\":1}', dead_letter: unknown_field }");
    const temporary_folder folder;
    loaded file =
        sluice::daemon::load_configuration(folder.write("f.yaml", text), references::leave);
    CHECK(sluice::daemon::run_record_tests(file, file.value.pipelines.at(0)) == 2);
    CHECK(lines(file) == told{});
}

TEST_CASE("record tests: a test with values that are not at hand is not run, and says so")
{
    const ran got =
        run(name, R"({ in: '{"name":"${env:X}"}', row: {} }, { in: '{}', dead_letter: missing })");
    CHECK(got.passed == 1);
    CHECK(got.findings ==
          told{"f.yaml:6: pipelines.p.tests[0]: warning: not run: it needs values that references "
               "stand for, and they are left alone here; write those values out"});
    // The text ${ itself is no reference.
    check_passes(name, R"({ in: '{"name":"$${"}', row: { name: '$${' } })");
}

TEST_CASE("record tests: a record with values that are not at hand is not tested, and says so")
{
    const std::string text =
        replaced(good_text(), "type: text, from: /ip", "type: \"${env:TYPE}\", from: /ip");
    const temporary_folder folder;
    loaded file =
        sluice::daemon::load_configuration(folder.write("f.yaml", text), references::leave);
    CHECK(sluice::daemon::run_record_tests(file, file.value.pipelines.at(0)) == 0);
    CHECK(file.ok());
    CHECK(
        lines(file) ==
        told{"f.yaml:21: pipelines.logins.tests: warning: not run: it needs values that references "
             "stand for, and they are left alone here; write those values out"});
}

TEST_CASE(
    "record tests: a test gives message attributes, numbers where columns of numbers take them")
{
    const std::string columns = R"(kind: { type: text, from: "@attribute/kind", required: true }, )"
                                R"(tries: { type: integer, from: "@attribute/tries" })";
    check_passes(columns, "{ in: '{}', attributes: { kind: \"7\", tries: \"7\" }, "
                          "row: { kind: \"7\", tries: 7 } }");
    check_passes(columns, "{ in: '{}', attributes: { kind: a }, row: { kind: a, tries: null } }");
    check_passes(columns, "{ in: '{}', dead_letter: missing kind }");
    check_passes(columns, "{ in: '{}', attributes: { kind: a, tries: \"1.5\" }, "
                          "dead_letter: wrong_type tries }");
}

TEST_CASE("record tests: a test gives a body in its envelope")
{
    const std::string sns = "format: sns_json, ";
    CHECK(
        run(name,
            R"({ in: '{"Type":"Notification","Message":"{\"name\":\"abc\"}"}', row: { name: abc } }, )"
            R"({ in: '{"name":"abc"}', dead_letter: bad_envelope })",
            sns)
            .passed == 2);
    const std::string packed = "'H4sIAAAAAAACA6tWykvMTVWyUkpMSlaqBQCz1tTODgAAAA=='";
    CHECK(run(name,
              "{ in: " + packed +
                  ", row: { name: abc } }, "
                  "{ in: '{\"name\":\"abc\"}', dead_letter: bad_envelope }",
              "encoding: base64+gzip, ")
              .passed == 2);
}
