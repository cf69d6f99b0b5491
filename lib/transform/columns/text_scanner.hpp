// Takes a text apart from the left, strictly.
#pragma once

#include <algorithm>
#include <cstdint>
#include <optional>
#include <string_view>

namespace sluice::transform {

class text_scanner
{
public:
    explicit text_scanner(std::string_view text) noexcept : rest_(text) {}

    [[nodiscard]] bool at_end() const noexcept { return rest_.empty(); }

    bool take(char wanted) noexcept
    {
        if (rest_.empty() || rest_.front() != wanted)
            return false;
        rest_.remove_prefix(1);
        return true;
    }

    // The first character if it is one of these.
    std::optional<char> take_one_of(std::string_view wanted) noexcept
    {
        if (rest_.empty() || wanted.find(rest_.front()) == std::string_view::npos)
            return std::nullopt;
        const char taken = rest_.front();
        rest_.remove_prefix(1);
        return taken;
    }

    // A number of at least `least` and at most `most` digits; takes as many as there are.
    std::optional<std::int64_t> take_number(std::size_t least, std::size_t most) noexcept
    {
        const std::string_view digits = take_digits(most);
        if (digits.size() < least)
            return std::nullopt;
        std::int64_t value = 0;
        for (const char digit : digits)
            value = value * 10 + (digit - '0');
        return value;
    }

    // As many digits as there are, but no more than `most`.
    std::string_view take_digits(std::size_t most) noexcept
    {
        std::size_t count = 0;
        while (count < std::min(most, rest_.size()) && rest_[count] >= '0' && rest_[count] <= '9')
            ++count;
        const std::string_view digits = rest_.substr(0, count);
        rest_.remove_prefix(count);
        return digits;
    }

    // `wanted` in either case of letters; ASCII alone.
    bool take_word(std::string_view wanted) noexcept
    {
        const auto lower = [](char c) {
            return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
        };
        if (rest_.size() < wanted.size() ||
            !std::ranges::equal(rest_.substr(0, wanted.size()), wanted, {}, lower, lower))
            return false;
        rest_.remove_prefix(wanted.size());
        return true;
    }

private:
    std::string_view rest_;
};

} // namespace sluice::transform
