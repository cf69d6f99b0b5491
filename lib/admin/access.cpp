#include "admin/access.hpp"

#include <boost/asio/ip/address.hpp>

#include <algorithm>

namespace sluice::admin {
namespace {

bool has_field(const net::http_request& request, std::string_view name)
{
    return std::ranges::any_of(request.fields, [name](const net::http_field& each) {
        return net::equal_names(each.name, name);
    });
}

bool is_port(std::string_view text)
{
    constexpr std::size_t digits_max = 5;
    return !text.empty() && text.size() <= digits_max &&
           std::ranges::all_of(text, [](char c) { return c >= '0' && c <= '9'; });
}

} // namespace

bool names_loopback(std::string_view host)
{
    constexpr std::size_t address_bytes_max = 45;
    const bool is_v6 = host.starts_with('[');
    std::string_view port;
    if (is_v6) {
        const std::size_t end = host.find(']');
        if (end == std::string_view::npos)
            return false;
        port = host.substr(end + 1);
        host = host.substr(1, end - 1);
    } else if (const std::size_t colon = host.find(':'); colon != std::string_view::npos) {
        port = host.substr(colon);
        host = host.substr(0, colon);
    }
    if (!port.empty() && (port.front() != ':' || !is_port(port.substr(1))))
        return false;
    if (!is_v6 && net::equal_names(host, "localhost"))
        return true;
    if (host.size() > address_bytes_max || host.find('%') != std::string_view::npos)
        return false;
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(std::string(host), ec);
    return !ec && address.is_v6() == is_v6 && address.is_loopback();
}

permission may_enter(const net::http_request& request, const config::admin& settings)
{
    if (settings.token.empty()) {
        if (!request.peer.address().is_loopback())
            return permission::needs_token;
        const bool from_here =
            !has_field(request, "Origin") && names_loopback(request.field("Host"));
        return from_here ? permission::granted : permission::from_browser;
    }
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view given = request.field("Authorization");
    const bool is_right = given.starts_with(scheme) &&
                          equal_secrets(given.substr(scheme.size()), settings.token.reveal());
    return is_right ? permission::granted : permission::needs_token;
}

} // namespace sluice::admin
