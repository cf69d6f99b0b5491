// Whom we trust, and whom we do not.
#include "net/tls.hpp"

#include "client_rig.hpp"
#include "net/http_server.hpp"
#include "server_rig.hpp"
#include "support/tls/certificates.hpp"

#include <catch2/catch.hpp>
#include <openssl/ssl.h>

#include <algorithm>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;
using net::errc;
using test::certificate_wish;
using test::echo;
using test::identity;
using test::pem_folder;
using test::raw_peer;
using test::request_bytes;

namespace {

// One authority, and the files of whoever it vouches for.
struct authority
{
    explicit authority(std::string name = "Test Authority")
        : self(test::make_self_signed({.common_name = std::move(name), .authority = true})),
          file(folder.write_certificate(self))
    {}

    identity self;
    pem_folder folder;
    std::string file;

    [[nodiscard]] std::shared_ptr<asio::ssl::context> server(const identity& of)
    {
        return net::make_tls_server({.certificate_chain = folder.write_certificate(of),
                                     .private_key = folder.write_key(of)});
    }

    [[nodiscard]] std::shared_ptr<asio::ssl::context> server(const certificate_wish& wish)
    {
        return server(test::issue(wish, self));
    }
};

net::resolve_function loopback()
{
    return [](const std::string&, std::uint16_t port, steady_time) -> awaitable<net::addresses> {
        co_return net::addresses{{asio::ip::address_v4::loopback(), port}};
    };
}

// A server with the certificate, a client that expects `host`, and one request.
struct tls_rig : test::server_rig
{
    net::http_client client;
    std::string error_text;

    tls_rig(std::shared_ptr<asio::ssl::context> server_tls, std::shared_ptr<net::tls_client> trust,
            std::string host)
        : server_rig(echo, {.tls = std::move(server_tls)}),
          client(io.get_executor(), time,
                 {.encrypted = true, .host = std::move(host), .port = server.port(), .path = "/"},
                 {.tls = std::move(trust), .resolve = loopback()})
    {}

    error_code fetch(std::string& body)
    {
        error_code ec;
        play([&]() -> awaitable<void> {
            try {
                net::exchange answer = co_await client.start(request_bytes, time.now() + 10s);
                byte_buffer bytes;
                co_await answer.read_body(bytes, 0, time.now() + 10s);
                body = bytes.view();
            } catch (const system_error& error) {
                ec = error.code();
                error_text = error.what();
            }
        });
        return ec;
    }
};

} // namespace

TEST_CASE("tls: a certificate of a trusted authority for the right name or address is accepted")
{
    authority trusted;
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    const certificate_wish wish{.common_name = "whatever",
                                .alternative_names = "DNS:sqs.test,DNS:*.wild.test,IP:127.0.0.1"};
    for (const char* const host : {"sqs.test", "a.wild.test", "127.0.0.1", "SQS.test"}) {
        CAPTURE(host);
        tls_rig rig(trusted.server(wish), trust, host);
        std::string body;
        CHECK(!rig.fetch(body));
        CHECK(body == "GET / []");
    }
}

TEST_CASE("tls: the client remembers when the first certificate of its last handshake ends")
{
    authority trusted;
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    CHECK_FALSE(trust->certificates_end());
    for (const auto valid : {5h, 7h, 48h}) { // the authority's own ends in 24
        tls_rig rig(trusted.server({.alternative_names = "DNS:sqs.test", .valid_until = valid}),
                    trust, "sqs.test");
        std::string body;
        REQUIRE(!rig.fetch(body));
        const auto left = trust->certificates_end().value() - std::chrono::system_clock::now();
        CHECK(left <= std::min(valid, 24h));
        CHECK(left > std::min(valid, 24h) - 10min);
    }
}

TEST_CASE("tls: a peer that cannot prove who it is gets no request")
{
    authority trusted;
    authority stranger("Stranger");
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    const std::string names = "DNS:sqs.test,IP:127.0.0.1";
    const identity other_leaf =
        test::issue({.common_name = "Leaf", .alternative_names = names}, trusted.self);
    struct bad_server
    {
        std::shared_ptr<asio::ssl::context> tls;
        const char* host;
        const char* reason;
    };
    const std::vector<bad_server> cases{
        {trusted.server({.alternative_names = names, .valid_from = -48h, .valid_until = -1h}),
         "sqs.test", "certificate has expired"},
        {trusted.server({.alternative_names = names, .valid_from = 24h, .valid_until = 48h}),
         "sqs.test", "certificate is not yet valid"},
        {stranger.server({.alternative_names = names}), "sqs.test",
         "unable to get local issuer certificate"},
        {trusted.server(test::make_self_signed({.alternative_names = names})), "sqs.test",
         "self-signed certificate"},
        {trusted.server({.alternative_names = "DNS:other.test"}), "sqs.test", "hostname mismatch"},
        {trusted.server({.alternative_names = "DNS:*.test"}), "a.sqs.test", "hostname mismatch"},
        {trusted.server({.alternative_names = "DNS:127.0.0.1"}), "127.0.0.1",
         "IP address mismatch"},
        // The name is only in the subject, where it proves nothing.
        {trusted.server({.common_name = "sqs.test"}), "sqs.test", "hostname mismatch"},
        {trusted.server({.alternative_names = names, .usage = "clientAuth"}), "sqs.test",
         "unsuitable certificate purpose"},
        // Signed by a certificate that is trusted but no authority.
        {trusted.server(test::issue({.alternative_names = names}, other_leaf)), "sqs.test",
         "unable to get local issuer certificate"},
    };
    for (const bad_server& bad : cases) {
        CAPTURE(bad.reason);
        tls_rig rig(bad.tls, trust, bad.host);
        std::string body;
        CHECK(rig.fetch(body) == errc::tls_failed);
        CHECK_THAT(rig.error_text, Contains(bad.reason) && Contains(bad.host));
        CHECK(body.empty());
        CHECK(rig.client.open_connections() == 0);
    }
}

TEST_CASE("tls: versions before 1.2 are refused on both sides")
{
    authority trusted;
    const certificate_wish wish{.alternative_names = "DNS:sqs.test"};
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    auto old_server = trusted.server(wish);
    auto* const handle = old_server->native_handle();
    SSL_CTX_set_security_level(handle, 0); // else OpenSSL itself refuses
    SSL_CTX_set_min_proto_version(handle, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(handle, TLS1_1_VERSION);
    tls_rig old(old_server, trust, "sqs.test");
    std::string body;
    CHECK(old.fetch(body) == errc::tls_failed);

    const auto old_client = std::make_shared<net::tls_client>(trusted.file);
    auto* const old_handle = old_client->context().native_handle();
    SSL_CTX_set_security_level(old_handle, 0);
    SSL_CTX_set_min_proto_version(old_handle, TLS1_VERSION);
    SSL_CTX_set_max_proto_version(old_handle, TLS1_1_VERSION);
    tls_rig modern(trusted.server(wish), old_client, "sqs.test");
    CHECK(modern.fetch(body) == errc::tls_failed);
}

TEST_CASE(
    "tls: a peer that speaks something else, or hangs up, is an error and nothing in the clear")
{
    authority trusted;
    const std::string greeting = GENERATE("HTTP/1.1 400 Bad Request\r\n\r\n", "");
    test::client_rig rig({.tls = std::make_shared<net::tls_client>(trusted.file)});
    std::string received;
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        co_await peer.send(greeting);
        peer.socket().shutdown(asio::ip::tcp::socket::shutdown_send);
        received = co_await peer.read_all();
    });
    CHECK(rig.error_of_fetch() == errc::tls_failed);
    rig.finish();
    CHECK_THAT(received, !Contains("GET"));
    CHECK(received.front() == 0x16); // a handshake was all that came
}

TEST_CASE("tls: a handshake that never ends is late")
{
    authority trusted;
    test::client_rig rig({.tls = std::make_shared<net::tls_client>(trusted.file)});
    rig.start([&]() -> awaitable<void> {
        raw_peer peer = co_await rig.accept();
        rig.time_flows = true;
        co_await peer.read_all();
    });
    CHECK(rig.error_of_fetch(60s) == errc::timed_out);
    rig.finish();
}

TEST_CASE("tls: a body without a length that is cut off is not taken for a whole one")
{
    authority trusted;
    const auto context = trusted.server({.alternative_names = "IP:127.0.0.1"});
    const bool says_good_bye = GENERATE(true, false);
    test::client_rig rig({.tls = std::make_shared<net::tls_client>(trusted.file)});
    rig.start([&]() -> awaitable<void> {
        net::stream peer(co_await rig.acceptor.async_accept(asio::use_awaitable));
        auto& tls = peer.use_tls(*context);
        co_await tls.async_handshake(asio::ssl::stream_base::server, asio::use_awaitable);
        const std::string bytes = "HTTP/1.1 200 OK\r\n\r\nhalf of it";
        co_await asio::async_write(peer, asio::buffer(bytes), asio::use_awaitable);
        if (says_good_bye)
            co_await peer.finish();
        peer.close();
    });
    CHECK(rig.error_of_fetch() == (says_good_bye ? error_code() : make_error_code(errc::closed)));
    rig.finish();
}

TEST_CASE("tls: the second handshake with a server resumes the session of the first")
{
    authority trusted;
    const auto context = trusted.server({.alternative_names = "DNS:sqs.test"});
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    tls_rig rig(context, trust, "sqs.test");
    std::string body;
    for (int i = 0; i < 3; ++i) {
        CHECK(!rig.fetch(body));
        rig.client.close_all();
        rig.pass(1s);
    }
    CHECK(rig.client.connections_opened() == 3);
    CHECK(trust->sessions() == 1);
    CHECK(SSL_CTX_sess_hits(trust->context().native_handle()) == 2);
}

TEST_CASE("tls: the server keeps, limits and closes connections as it does in the clear")
{
    authority trusted;
    const auto trust = std::make_shared<net::tls_client>(trusted.file);
    tls_rig rig(trusted.server({.alternative_names = "DNS:sqs.test"}), trust, "sqs.test");
    std::string body;
    for (int i = 0; i < 3; ++i)
        CHECK(!rig.fetch(body));
    CHECK(rig.client.connections_opened() == 1);
    const std::string large = "POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 9999999\r\n\r\n";
    rig.play([&]() -> awaitable<void> {
        const net::exchange answer = co_await rig.client.start(large, rig.time.now() + 10s);
        CHECK(answer.head().status == 413);
    });
    // Who connects without a handshake is closed in time.
    rig.play([&]() -> awaitable<void> {
        raw_peer silent = co_await rig.connect();
        rig.time_flows = true;
        const std::string answer = co_await silent.read_all();
        CHECK(answer.empty());
        raw_peer in_the_clear = co_await rig.connect();
        co_await in_the_clear.send(request_bytes);
        const std::string alert = co_await in_the_clear.read_all();
        CHECK_THAT(alert, !Contains("HTTP/1.1 200"));
    });
}

TEST_CASE("tls: a file that cannot be used is named in the error")
{
    authority trusted;
    const identity leaf = test::issue({}, trusted.self);
    const identity other = test::issue({}, trusted.self);
    const std::string certificate = trusted.folder.write_certificate(leaf);
    const std::string key = trusted.folder.write_key(leaf);
    const std::string other_key = trusted.folder.write_key(other);
    const std::string junk = trusted.folder.write_text("no certificate");
    CHECK_THROWS_WITH(net::tls_client("/nowhere/ca.crt"), Contains("/nowhere/ca.crt"));
    CHECK_THROWS_WITH(net::tls_client(junk), Contains(junk));
    CHECK_THROWS_WITH(net::make_tls_server({certificate, "/nowhere/key"}),
                      Contains("/nowhere/key"));
    CHECK_THROWS_WITH(net::make_tls_server({"/nowhere/chain", key}), Contains("/nowhere/chain"));
    CHECK_THROWS_WITH(net::make_tls_server({certificate, other_key}), Contains(other_key));
    CHECK_THROWS_WITH(net::make_tls_server({junk, key}), Contains(junk));
    CHECK_NOTHROW(net::make_tls_server({certificate, key}));
    CHECK_NOTHROW(net::tls_client()); // those of the system
}
