// The escapes of JSON strings (RFC 8259, section 7).
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::json {

// What is to be known of a string besides its text.
struct escape_findings
{
    std::size_t size = 0;        // bytes of the text, once unescaped
    bool malformed = false;      // an escape that JSON does not have: the rest was not read
    bool nul = false;            // holds \u0000, which PostgreSQL's text cannot
    bool lone_surrogate = false; // holds half of a pair, which UTF-8 cannot

    [[nodiscard]] bool storable() const noexcept { return !malformed && !nul && !lone_surrogate; }
};

// Writes the text of a string, given without its quotes, to `out`: as many bytes as `escaped` has
// at most. `out` may be where `escaped` begins. A lone surrogate is written as three bytes that no
// UTF-8 has, so that it is not taken for another character.
[[nodiscard]] escape_findings unescape(std::string_view escaped, char* out) noexcept;

// The same without the text.
[[nodiscard]] escape_findings check_escapes(std::string_view escaped) noexcept;

} // namespace sluice::json
