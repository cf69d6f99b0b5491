// The date of HTTP headers: "Thu, 15 Jan 2026 09:30:00 GMT".
#pragma once

#include "core/time.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::net {

// Writes the date, and only once a second. Not thread-safe.
class http_date
{
public:
    // Valid until the next call.
    std::string_view text(wall_time now);

private:
    std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
    std::string text_;
};

// Nothing if it is no date of this form, which is the one that RFC 9110 lets servers send.
[[nodiscard]] std::optional<wall_time> parse_http_date(std::string_view text);

} // namespace sluice::net
