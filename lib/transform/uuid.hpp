// UUIDs in their one text form: 8-4-4-4-12 hex digits of either case.
#pragma once

#include <array>
#include <string_view>

namespace sluice::transform {

using uuid_bytes = std::array<unsigned char, 16>;

// False, and `into` undefined, if the text is no UUID.
[[nodiscard]] bool read_uuid(std::string_view text, uuid_bytes& into) noexcept;

} // namespace sluice::transform
