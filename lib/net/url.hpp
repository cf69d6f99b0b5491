// The URL of a server.
#pragma once

#include "core/error.hpp"
#include "net/errc.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::net {

struct url
{
    bool encrypted = false; // https
    std::string host{};     // a name or an address, that of IPv6 without brackets
    std::uint16_t port = 0; // never 0 once parsed
    std::string path{};     // with what follows it up to the fragment; at least "/"

    // What the Host field of a request says: the port only where it is not that of the scheme.
    [[nodiscard]] std::string host_field() const;
    // "host:port", for messages.
    [[nodiscard]] std::string authority() const;
};

// An absolute http or https URL without user and password; everything else is errc::bad_url.
[[nodiscard]] result<url> parse_url(std::string_view text);

} // namespace sluice::net
