// Who may ask what of the admin server.
#pragma once

#include "config/settings.hpp"
#include "net/http_message.hpp"

#include <cstdint>
#include <string_view>

namespace sluice::admin {

enum class permission : std::uint8_t
{
    granted,
    needs_token,  // a right one did not come, or none is set and the peer is another machine
    from_browser, // a page of some website speaks through the browser of who sits here, or may
};

// For what shows data or changes something: the token, or, when none is set, a peer on this
// machine. That proves little by itself: a browser is one, and sends whatever the page of any
// website makes it send. It names that website in Origin, and in Host when the website's own name
// was made to resolve to this machine (DNS rebinding), which would also let the page read the
// answer. With a token neither matters: no page has it.
[[nodiscard]] permission may_enter(const net::http_request& request, const config::admin& settings);

// Whether a value of Host is a name or an address of this machine alone, with or without a port.
[[nodiscard]] bool names_loopback(std::string_view host);

} // namespace sluice::admin
