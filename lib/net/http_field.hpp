// Header fields of a message, as views into the bytes that they came in.
#pragma once

#include <span>
#include <string_view>

namespace sluice::net {

struct http_field
{
    std::string_view name; // as the peer wrote it: compare without regard to case
    std::string_view value;
};

// The value of the first field of that name; nothing and an empty value are the same to us.
[[nodiscard]] std::string_view find_field(std::span<const http_field> fields,
                                          std::string_view name) noexcept;

// Compares ASCII without regard to case.
[[nodiscard]] bool equal_names(std::string_view left, std::string_view right) noexcept;

} // namespace sluice::net
