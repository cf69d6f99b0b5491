#include "daemon/rds_login.hpp"

#include "aws/identity/chain.hpp"
#include "aws/identity/instance_region.hpp"
#include "aws/partition.hpp"
#include "aws/region.hpp"
#include "aws/settings_error.hpp"
#include "sink/postgres/error.hpp"

#include <fmt/format.h>
#include <libpq-fe.h>

#include <charconv>
#include <map>
#include <string_view>

namespace sluice::daemon {
namespace {

using url_parts = std::map<std::string, std::string, std::less<>>;

struct free_options
{
    void operator()(PQconninfoOption* options) const { PQconninfoFree(options); }
};

// What a URL says, by libpq's keywords; nothing if libpq cannot read it.
std::optional<url_parts> read_url(const secret& url)
{
    const std::unique_ptr<PQconninfoOption, free_options> read(
        PQconninfoParse(url.reveal().c_str(), nullptr));
    if (!read)
        return std::nullopt;
    url_parts out;
    for (const PQconninfoOption* each = read.get(); each->keyword != nullptr; ++each)
        if (each->val != nullptr && *each->val != '\0')
            out.emplace(each->keyword, each->val);
    return out;
}

std::string part(const url_parts& of, std::string_view name)
{
    const auto found = of.find(name);
    return found == of.end() ? std::string() : found->second;
}

std::optional<std::uint16_t> port_of(const url_parts& url)
{
    const std::string text = part(url, "port");
    if (text.empty())
        return aws::rds_login{}.port;
    std::uint16_t port = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), port);
    return ec == std::errc{} && end == text.data() + text.size() && port != 0 ? std::optional(port)
                                                                              : std::nullopt;
}

std::string region_for(const std::string& host, const aws::environment& variables,
                       const aws::shared_config& files)
{
    auto region = aws::region_of_database_host(host);
    if (!region)
        region = aws::configured_region(variables, files);
    if (!region)
        region = aws::ask_instance_region(variables, files);
    if (!region || !aws::is_region_name(*region))
        throw aws::settings_error(
            "login: rds_iam: neither the database's host, AWS_REGION, the AWS "
            "profile nor the instance names a region; set AWS_REGION");
    return *region;
}

} // namespace

std::optional<config::problem> check_rds_url(const secret& url)
{
    const auto parts = read_url(url);
    if (!parts)
        return std::nullopt; // told where every URL is checked
    const std::string host = part(*parts, "host");
    if (host.empty() || host.starts_with('/') || host.find(',') != std::string::npos)
        return config::problem{"names no single host, which a token of login: rds_iam is for",
                               "write the endpoint of the database or cluster"};
    if (part(*parts, "user").empty())
        return config::problem{"names no user, whom a token of login: rds_iam is for",
                               "write postgresql://USER@HOST/DATABASE"};
    if (!port_of(*parts))
        return config::problem{"has no port between 1 and 65535", "correct it"};
    if (parts->contains("password") || parts->contains("passfile"))
        return config::problem{"has a password, and login: rds_iam makes one for each connection",
                               "remove it, or set login: url"};
    if (const std::string mode = part(*parts, "sslmode"); !mode.empty() && mode != "verify-full")
        return config::problem{"has an sslmode that could show a token to a stranger",
                               "set sslmode=verify-full, or remove it: login: rds_iam implies it"};
    return std::nullopt;
}

awaitable<secret> rds_tokens::make()
{
    aws::credentials_ptr keys;
    std::string why;
    try {
        keys = co_await keys_->get();
    } catch (const aws::settings_error& error) { // credentials_error among them
        why = error.what();
    }
    if (keys)
        co_return aws::make_rds_token(who_, *keys, clock_.wall_now());
    constexpr const char* client_unable_to_connect = "08001";
    throw postgres::database_error({.sqlstate = client_unable_to_connect,
                                    .text = "no token to log in with: " + why,
                                    .constraint = {},
                                    .table = {},
                                    .column = {},
                                    .fatal = true});
}

postgres::login_url login_of(const config::postgres_sink& to,
                             std::shared_ptr<aws::credentials_provider> keys, clock& time)
{
    if (to.login == config::database_login::url)
        return to.url;
    if (const auto wrong = check_rds_url(to.url))
        throw aws::settings_error(
            fmt::format("sink.postgres.url {}; {}", wrong->what, wrong->remedy));
    const auto parts = read_url(to.url);
    if (!parts)
        throw aws::settings_error("sink.postgres.url is nothing that libpq can read; correct it");
    const std::string host = part(*parts, "host");
    const aws::environment variables;
    const auto files = aws::shared_config::load(variables);
    aws::rds_login who{.host = host,
                       .port = port_of(*parts).value_or(aws::rds_login{}.port),
                       .user = part(*parts, "user"),
                       .region = region_for(host, variables, files)};
    return {to.url, std::make_shared<rds_tokens>(std::move(who), std::move(keys), time)};
}

rds_identity::rds_identity(asio::any_io_executor executor)
    : executor_(executor), clock_(std::move(executor)), random_(machine_seed())
{}

postgres::login_url rds_identity::login(const config::postgres_sink& to)
{
    if (to.login == config::database_login::url)
        return to.url;
    const aws::environment variables;
    const auto files = aws::shared_config::load(variables);
    const auto parts = read_url(to.url);
    const aws::identity_wish wish{
        .region = region_for(parts ? part(*parts, "host") : std::string(), variables, files),
        .authorities_file =
            variables.find("AWS_CA_BUNDLE").value_or(files.profile().value("ca_bundle"))};
    keys_ = aws::find_credentials(variables, files, wish,
                                  {.executor = executor_, .time = clock_, .random = random_});
    return login_of(to, keys_, clock_);
}

} // namespace sluice::daemon
