// What a value of a sample could be. The daemon's own columns judge: each trait is a column with a
// type, a parse or a pattern, and a value has the trait if that column would take it.
#pragma once

#include "transform/columns/column_plan.hpp"
#include "transform/columns/convert.hpp"
#include "transform/json/value.hpp"

#include <bitset>
#include <cstddef>
#include <vector>

namespace sluice::daemon {

enum class value_trait : std::size_t
{
    boolean,
    integer, // and far from its bounds, which a counter would reach some day
    bigint,
    numeric,
    uuid,
    date,
    timestamptz,
    timestamp,
    inet,
    text,
    word,    // a short text of letters, digits, and little else
    version, // 2.3.0
    epoch_s, // of this century
    epoch_ms,
    personal, // looks like an e-mail address, a phone, a card, a person's number, a device, a token
};

inline constexpr std::size_t value_trait_count = 15;

class value_traits
{
public:
    [[nodiscard]] static value_traits all() noexcept
    {
        value_traits out;
        out.set_.set();
        return out;
    }

    void add(value_trait which) noexcept { set_.set(static_cast<std::size_t>(which)); }
    [[nodiscard]] bool has(value_trait which) const noexcept
    {
        return set_.test(static_cast<std::size_t>(which));
    }
    void keep(const value_traits& others) noexcept { set_ &= others.set_; }
    void join(const value_traits& others) noexcept { set_ |= others.set_; }

    // An address of the internet, or what `personal` stands for.
    [[nodiscard]] bool look_personal() const noexcept
    {
        return has(value_trait::inet) || has(value_trait::personal);
    }

private:
    std::bitset<value_trait_count> set_;
};

// Not thread-safe.
class value_judge
{
public:
    value_judge();

    // Of a boolean, a number or a string.
    [[nodiscard]] value_traits judge(const sluice::json::value& scalar);

private:
    struct trial_column
    {
        value_trait trait;
        transform::column_plan plan;
    };

    std::vector<trial_column> columns_;
    transform::workspace work_;
};

} // namespace sluice::daemon
