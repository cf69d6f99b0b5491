// Reads the elements of a finished column array one after another.
#pragma once

#include "core/byte_buffer.hpp"

#include <cassert>
#include <optional>
#include <string_view>

namespace sluice::transform {

class column_cursor
{
public:
    // `parameter` is what column_array::finish returned; it must outlive the cursor.
    explicit column_cursor(std::string_view parameter) noexcept
        : rest_(parameter.size() > header_bytes ? parameter.substr(header_bytes)
                                                : std::string_view())
    {}

    // The next element; nothing if it is null. Only as often as there are elements.
    [[nodiscard]] std::optional<std::string_view> next() noexcept
    {
        assert(rest_.size() >= length_bytes);
        const std::uint32_t length = load_u32(rest_.data());
        rest_.remove_prefix(length_bytes);
        if (length == null_length)
            return std::nullopt;
        const std::string_view element = rest_.substr(0, length);
        rest_.remove_prefix(length);
        return element;
    }

private:
    static constexpr std::size_t header_bytes = 20;
    static constexpr std::size_t length_bytes = 4;
    static constexpr std::uint32_t null_length = 0xffffffff;

    std::string_view rest_;
};

} // namespace sluice::transform
