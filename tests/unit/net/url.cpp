#include "net/url.hpp"

#include <catch2/catch.hpp>

using namespace sluice;

TEST_CASE("url: scheme, host, port and path are taken apart")
{
    const auto plain = net::parse_url("http://127.0.0.1:9324");
    REQUIRE(plain.has_value());
    CHECK_FALSE(plain->encrypted);
    CHECK(plain->host == "127.0.0.1");
    CHECK(plain->port == 9324);
    CHECK(plain->path == "/");
    CHECK(plain->host_field() == "127.0.0.1:9324");

    const auto queue = net::parse_url("HTTPS://sqs.eu-west-1.amazonaws.com/111122223333/q?a=b#c");
    REQUIRE(queue.has_value());
    CHECK(queue->encrypted);
    CHECK(queue->host == "sqs.eu-west-1.amazonaws.com");
    CHECK(queue->port == 443);
    CHECK(queue->path == "/111122223333/q?a=b");
    CHECK(queue->host_field() == "sqs.eu-west-1.amazonaws.com");
    CHECK(queue->authority() == "sqs.eu-west-1.amazonaws.com:443");

    const auto six = net::parse_url("http://[fd00:ec2::23]:80/v1");
    REQUIRE(six.has_value());
    CHECK(six->host == "fd00:ec2::23");
    CHECK(six->host_field() == "[fd00:ec2::23]");
    CHECK(six->authority() == "[fd00:ec2::23]:80");
}

TEST_CASE("url: the port stays in the Host field unless it is that of the scheme")
{
    CHECK(net::parse_url("https://h:443")->host_field() == "h");
    CHECK(net::parse_url("https://h:80")->host_field() == "h:80");
    CHECK(net::parse_url("http://h:80")->host_field() == "h");
    CHECK(net::parse_url("http://h:443")->host_field() == "h:443");
}

TEST_CASE("url: what is no absolute http or https URL with a host is refused")
{
    for (const char* const text :
         {"", "sqs", "//host/path", "ftp://host", "http://", "http:///path", "https://:443",
          "http://host:0", "http://host:65536", "http://host:x", "http://user@host",
          "http://user:password@host", "http://ho st", "http://[::1", "http:host",
          "http://host/a b", "http://127.0.0.1.evil.test/x", "http://1.2.3.4x"}) {
        CAPTURE(text);
        const auto parsed = net::parse_url(text);
        REQUIRE(parsed.has_error());
        CHECK(parsed.error() == net::errc::bad_url);
    }
}
