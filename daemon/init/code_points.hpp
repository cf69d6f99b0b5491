// UTF-8, one character at a time.
#pragma once

#include <string_view>

namespace sluice::daemon {

struct code_point
{
    char32_t value;
    std::string_view text; // its bytes
};

// Takes the first character off a text, which must be UTF-8 and not empty.
[[nodiscard]] code_point take_code_point(std::string_view& text) noexcept;

// Whether it is a letter, or belongs to one, of a script other than ASCII: by ranges, near enough
// for names that people read.
[[nodiscard]] bool is_foreign_letter(char32_t what) noexcept;

} // namespace sluice::daemon
