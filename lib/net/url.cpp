#include "net/url.hpp"

#include <boost/url/parse.hpp>
#include <boost/url/url_view.hpp>

#include <fmt/format.h>

namespace sluice::net {
namespace {

constexpr std::uint16_t default_port(bool encrypted) noexcept
{
    return encrypted ? 443 : 80;
}

std::string bracketed(const std::string& host)
{
    return host.find(':') == std::string::npos ? host : fmt::format("[{}]", host);
}

} // namespace

std::string url::host_field() const
{
    if (port == default_port(encrypted))
        return bracketed(host);
    return authority();
}

std::string url::authority() const
{
    return fmt::format("{}:{}", bracketed(host), port);
}

result<url> parse_url(std::string_view text)
{
    const auto parsed = boost::urls::parse_uri({text.data(), text.size()});
    if (!parsed)
        return errc::bad_url;
    const boost::urls::url_view& view = *parsed;
    const auto scheme = view.scheme_id();
    const bool encrypted = scheme == boost::urls::scheme::https;
    if (!encrypted && scheme != boost::urls::scheme::http)
        return errc::bad_url;
    if (view.has_userinfo() || view.host_address().empty() ||
        (view.has_port() && view.port_number() == 0))
        return errc::bad_url;
    const auto target = view.encoded_target();
    // Boost 1.81 takes "127.0.0.1.evil.test" for an address and a path. No request is better than
    // one to another host than the one that was written.
    if (!target.empty() && target.front() != '/' && target.front() != '?')
        return errc::bad_url;
    return url{
        .encrypted = encrypted,
        .host = view.host_address(),
        .port = view.has_port() ? view.port_number() : default_port(encrypted),
        .path = target.empty() ? "/" : std::string(target.data(), target.size()),
    };
}

} // namespace sluice::net
