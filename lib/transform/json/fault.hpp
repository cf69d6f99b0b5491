// Finds where a document that is no JSON goes wrong, when the fast scanner only says that it does.
#pragma once

#include <cstddef>
#include <string_view>

namespace sluice::json {

// The offset of the first byte that belongs to no UTF-8 character; the size if there is none.
[[nodiscard]] std::size_t find_invalid_utf8(std::string_view text) noexcept;

// The offset of the first control character inside a string, or of the quote of the string that
// never ends; the size if there is neither.
[[nodiscard]] std::size_t find_broken_string(std::string_view text) noexcept;

} // namespace sluice::json
