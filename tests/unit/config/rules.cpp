#include "config/rules.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;

namespace {

value_text text(std::string_view value)
{
    return {value, "V"};
}

std::string what(const verdict& from)
{
    return from ? from->what : "good";
}

template <class T>
std::string what(const parsed<T>& from)
{
    return from ? "good" : from.error().what;
}

using path = std::vector<std::string>;

path pointer(std::string_view from)
{
    const auto got = parse_origin(text(from));
    REQUIRE(got.has_value());
    return std::get<json_pointer>(*got).path;
}

} // namespace

TEST_CASE("rules: a pipeline's name fits a metric label and a URL")
{
    for (const char* const good : {"a", "user_logins", "Logins-2"})
        CHECK(what(check_pipeline_name(text(good))) == "good");
    CHECK(what(check_pipeline_name(text(std::string(63, 'a')))) == "good");
    for (const char* const bad : {"", "1a", "_a", "a b", "a.b", "a/b", "ä", "a\n", "${env:X}"})
        CHECK(what(check_pipeline_name(text(bad))) == "V is no name for a pipeline");
    CHECK(what(check_pipeline_name(text(std::string(64, 'a')))) == "V is no name for a pipeline");
}

TEST_CASE("rules: an identifier is anything that PostgreSQL takes in quotes")
{
    for (const char* const good : {"a", "User Logins", "a\"b", "größe", "1st", "a.b", "select"})
        CHECK(what(check_identifier(text(good))) == "good");
    CHECK(what(check_identifier(text(std::string(63, 'a')))) == "good");
    CHECK(what(check_identifier(text(std::string(64, 'a')))) == "V is longer than 63 bytes");
    CHECK(what(check_identifier(text(""))) == "has an empty name");
    CHECK(what(check_identifier(text(std::string("a\0b", 3)))) == "V holds a control character");
    CHECK(what(check_identifier(text("a\nb"))) == "V holds a control character");
    CHECK(what(check_column_name(text("xmin"))) == "V is a system column of PostgreSQL");
    CHECK(what(check_column_name(text("XMIN"))) == "good"); // quoted, so another name
    CHECK(what(check_column_name(text(""))) == "has an empty name");
}

TEST_CASE("rules: a table has a schema, public unless it is named")
{
    const auto table = [](std::string_view name) {
        const auto got = parse_table(text(name));
        REQUIRE(got.has_value());
        return got->schema + "|" + got->table;
    };
    CHECK(table("user_logins") == "public|user_logins");
    CHECK(table("export.Claims 2") == "export|Claims 2");
    CHECK(what(parse_table(text("a.b.c"))) == "V has more than one dot");
    CHECK(what(parse_table(text(""))) == "has an empty name");
    CHECK(what(parse_table(text(".a"))) == "has an empty name");
    CHECK(what(parse_table(text("a."))) == "has an empty name");
    CHECK(what(parse_table(text("a." + std::string(64, 'b')))) == "V is longer than 63 bytes");
    CHECK(what(parse_table(text("sluice.ledger"))) ==
          "V is in the schema of the daemon's own tables");
}

TEST_CASE("rules: a queue URL is http or https and names a standard queue")
{
    for (const char* const good : {
             "https://sqs.eu-west-1.amazonaws.com/111122223333/login-queue",
             "http://127.0.0.1:9324/000000000000/q",
             "http://[::1]:9324/queue/q",
             "HTTPS://queue.example/q",
         })
        CHECK(what(check_queue_url(text(good))) == "good");
    CHECK(what(check_queue_url(text(""))) == "V is no URL");
    CHECK(what(check_queue_url(text("login-queue"))) == "V is no URL");
    CHECK(what(check_queue_url(text("https://host/a b"))) == "V is no URL");
    CHECK(what(check_queue_url(text("https://host/a\n"))) == "V is no URL");
    CHECK(what(check_queue_url(text("ftp://host/q"))) == "V is no http or https URL");
    CHECK(what(check_queue_url(text("sqs://host/q"))) == "V is no http or https URL");
    CHECK(what(check_queue_url(text("https:///q"))) == "V names no host");
    CHECK(what(check_queue_url(text("https://host"))) == "V names no queue");
    CHECK(what(check_queue_url(text("https://host/"))) == "V names no queue");
    CHECK(what(check_queue_url(text("https://host/q?a=b"))) == "V has a query or a fragment");
    CHECK(what(check_queue_url(text("https://host/q#a"))) == "V has a query or a fragment");
    CHECK(what(check_queue_url(text("https://host:0/q"))) == "V has no usable port");
    CHECK(what(check_queue_url(text("https://host:65536/q"))) == "V has no usable port");
    CHECK(what(check_queue_url(text("https://me:pw@host/q"))) == "holds a user name or a password");
}

TEST_CASE("rules: a queue is FIFO by the end of its name, and by nothing else")
{
    CHECK(what(check_queue_url(text("https://host/1/q.fifo"))) == "good");
    sqs_source source;
    for (const char* const fifo : {"https://host/1/q.fifo", "http://127.0.0.1:9324/0/.fifo"}) {
        source.queue_url = fifo;
        CHECK(source.is_fifo());
    }
    for (const char* const standard :
         {"https://host/1/q", "https://host.fifo/1/q", "https://h/fifo"}) {
        source.queue_url = standard;
        CHECK_FALSE(source.is_fifo());
    }
}

TEST_CASE("rules: an endpoint is a server, with or without a path")
{
    for (const char* const good : {"http://127.0.0.1:9324", "https://vpce-1.sqs.amazonaws.com/"})
        CHECK(what(check_endpoint(text(good))) == "good");
    CHECK(what(check_endpoint(text(""))) == "good"); // none
    CHECK(what(check_endpoint(text("127.0.0.1:9324"))) == "V is no URL");
    CHECK(what(check_endpoint(text("http://host?x"))) == "V has a query or a fragment");
}

TEST_CASE("rules: a region is written in small letters")
{
    CHECK(what(check_region(text("us-gov-west-1"))) == "good");
    CHECK(what(check_region(text(""))) == "good"); // none
    for (const char* const bad : {"EU-west-1", "eu west", "eu_west_1", "eu-west-1\n"})
        CHECK(what(check_region(text(bad))) == "V is no region");
}

TEST_CASE("rules: a database is named as libpq names it")
{
    for (const char* const good : {"postgresql://", "postgres://u:p@h1,h2:5433/d?sslmode=require",
                                   "host=/run/postgresql dbname=logins"})
        CHECK(what(check_database_url(text(good))) == "good");
    for (const char* const bad : {"", "localhost", "mysql://host/db"})
        CHECK(what(check_database_url(text(bad))) == "V is no address of a database");
    CHECK(what(check_database_url(text(std::string("dbname=a\0b", 10)))) == "V holds a NUL");
}

TEST_CASE("rules: a token fits a header")
{
    CHECK(what(check_token(text("aZ09-._~+/="))) == "good");
    for (const char* const bad : {"", "a b", "a\tb", "a\n", "\x7f", "é"})
        CHECK(what(check_token(text(bad))) == "V is no token");
}

TEST_CASE("rules: a listen address is an IP address and a port")
{
    const auto listen = [](std::string_view from) {
        const auto got = parse_listen(text(from));
        REQUIRE(got.has_value());
        return got->address + "|" + std::to_string(got->port);
    };
    CHECK(listen("127.0.0.1:9464") == "127.0.0.1|9464");
    CHECK(listen("0.0.0.0:0") == "0.0.0.0|0");
    CHECK(listen("[::1]:65535") == "::1|65535");
    for (const char* const bad : {"", ":", "9464", "127.0.0.1", "::1:9464", "[127.0.0.1]:1",
                                  "localhost:9464", ":9464", "[::1:9464", "1.2.3:9464"})
        CHECK(what(parse_listen(text(bad))) == "V is no ADDRESS:PORT");
    for (const char* const bad : {"127.0.0.1:", "127.0.0.1:65536", "127.0.0.1:-1", "[::1]:x"})
        CHECK(what(parse_listen(text(bad))) == "V has no usable port");
}

TEST_CASE("rules: a JSON pointer is cut at its slashes and unescaped")
{
    CHECK(pointer("") == path{});
    CHECK(pointer("/") == path{""});
    CHECK(pointer("/ip") == path{"ip"});
    CHECK(pointer("/device/os/0") == path{"device", "os", "0"});
    CHECK(pointer("//a/") == path{"", "a", ""});
    CHECK(pointer("/a~1b/~0~01") == path{"a/b", "~~1"});
    CHECK(pointer("/größe") == path{"größe"});
    CHECK(what(parse_origin(text("/a~"))) == "V has a ~ that escapes nothing");
    CHECK(what(parse_origin(text("/a~2"))) == "V has a ~ that escapes nothing");
    CHECK(what(parse_origin(text("ip"))) == "V is neither a JSON pointer nor metadata");
    CHECK(what(parse_origin(text("$.ip"))) == "V is neither a JSON pointer nor metadata");
}

TEST_CASE("rules: metadata is named with an at sign")
{
    const auto which = [](std::string_view from) {
        const auto got = parse_origin(text(from));
        REQUIRE(got.has_value());
        return std::get<metadata_source>(*got);
    };
    CHECK(which("@message_id").which == metadata::message_id);
    CHECK(which("@sent_at").which == metadata::sent_at);
    CHECK(which("@received_at").which == metadata::received_at);
    CHECK(which("@receive_count").which == metadata::receive_count);
    CHECK(which("@group_id").which == metadata::group_id);
    CHECK(which("@body").which == metadata::body);
    CHECK(which("@attribute/kind.of-it_2").which == metadata::attribute);
    CHECK(which("@attribute/kind.of-it_2").attribute_name == "kind.of-it_2");
    CHECK(parse_origin(text("@sentat")).error().remedy == "did you mean @sent_at?");
    for (const char* const bad : {"@", "@ip", "@attribute", "@Sent_at"})
        CHECK(what(parse_origin(text(bad))) == "V is no metadata");
    for (const char* const bad : {"", ".a", "a.", "a..b", "a b", "a/b", "ä"})
        CHECK(what(parse_origin(text("@attribute/" + std::string(bad)))) ==
              "V names no message attribute");
    CHECK(what(parse_origin(text("@attribute/" + std::string(256, 'a')))) == "good");
    CHECK(what(parse_origin(text("@attribute/" + std::string(257, 'a')))) ==
          "V names no message attribute");
}
