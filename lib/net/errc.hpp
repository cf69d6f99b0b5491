// What can go wrong between us and a peer on the network. How a request ended on the wire is told
// here; what the answer of a server means is for the caller.
#pragma once

#include "core/error.hpp"

namespace sluice::net {

enum class errc
{
    bad_url = 1,      // no absolute http or https URL with a host; zero would read as success
    resolve_failed,   // the name of the peer has no address, or no name server answered
    connect_failed,   // no address of the peer took the connection
    tls_failed,       // no trusted certificate, another name in it, or no common version of TLS
    timed_out,        // the deadline passed; the connection was closed
    closed,           // the peer closed the connection before its message was complete
    malformed_header, // the head of the message is no HTTP/1.1
    header_too_large, // the head is longer than the limit
    malformed_body,   // the chunks of the body are broken
    body_too_large,   // the body is longer than the limit
};

[[nodiscard]] const error_category& category() noexcept;

[[nodiscard]] inline error_code make_error_code(errc code) noexcept
{
    return {static_cast<int>(code), category()};
}

} // namespace sluice::net

template <>
struct boost::system::is_error_code_enum<sluice::net::errc> : std::true_type
{};
