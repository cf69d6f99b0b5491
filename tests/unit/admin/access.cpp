#include "admin/access.hpp"

#include <catch2/catch.hpp>

#include <vector>

using namespace sluice;
using admin::permission;

namespace {

struct asked
{
    std::vector<net::http_field> fields{};
    const char* peer = "127.0.0.1";

    [[nodiscard]] net::http_request request() const
    {
        net::http_request out;
        out.method = "POST";
        out.fields = fields;
        out.peer = {asio::ip::make_address(peer), 40000};
        return out;
    }
};

config::admin with_token()
{
    config::admin out;
    out.token = secret("open-sesame");
    return out;
}

} // namespace

TEST_CASE("access: names and addresses of this machine, with and without a port")
{
    for (const char* const host : {"localhost", "LocalHost:9464", "127.0.0.1", "127.0.0.1:80",
                                   "127.255.255.254", "[::1]", "[::1]:9464"})
        CHECK(admin::names_loopback(host));
}

TEST_CASE("access: what only looks like this machine is another one")
{
    for (const char* const host : {"",
                                   ":",
                                   ":80",
                                   "localhost:",
                                   "localhost:x",
                                   "localhost:123456",
                                   "localhost.evil.example",
                                   "evil.example",
                                   "127.0.0.1.evil.example",
                                   "127.1",
                                   "0.0.0.0",
                                   "10.0.0.1",
                                   "::1",
                                   "[::1",
                                   "[::1]x",
                                   "[::]",
                                   "[fe80::1%lo]",
                                   "[::1%1]",
                                   "[::ffff:127.0.0.1]",
                                   "[127.0.0.1]",
                                   "[localhost]",
                                   "user@localhost",
                                   "localhost/",
                                   " localhost"})
        CHECK_FALSE(admin::names_loopback(host));
}

TEST_CASE("access: without a token, one comes from this machine and from no web page")
{
    const auto of = [](std::vector<net::http_field> fields, const char* peer = "127.0.0.1") {
        return admin::may_enter(asked{std::move(fields), peer}.request(), {});
    };
    CHECK(of({{"Host", "localhost:9464"}}) == permission::granted);
    CHECK(of({{"host", "[::1]:9464"}}, "::1") == permission::granted);
    CHECK(of({{"Host", "localhost:9464"}}, "10.0.0.1") == permission::needs_token);
    CHECK(of({}) == permission::from_browser);
    CHECK(of({{"Host", "evil.example"}}) == permission::from_browser);
    CHECK(of({{"Host", "localhost"}, {"Origin", "http://localhost"}}) == permission::from_browser);
    CHECK(of({{"Host", "localhost"}, {"ORIGIN", ""}}) == permission::from_browser);
}

TEST_CASE("access: with a token only the token counts, from wherever")
{
    const config::admin settings = with_token();
    const auto of = [&](std::vector<net::http_field> fields, const char* peer) {
        return admin::may_enter(asked{std::move(fields), peer}.request(), settings);
    };
    CHECK(of({{"Authorization", "Bearer open-sesame"}, {"Origin", "http://ops.example"}},
             "10.0.0.1") == permission::granted);
    CHECK(of({}, "127.0.0.1") == permission::needs_token);
    for (const char* const wrong : {"", "Bearer", "Bearer ", "Bearer open", "bearer open-sesame",
                                    "Bearer open-sesame ", "Basic open-sesame", "open-sesame"})
        CHECK(of({{"Authorization", wrong}, {"Host", "localhost"}}, "127.0.0.1") ==
              permission::needs_token);
}
