// A JSON value as it stands in its document: views, nothing is copied or decoded yet.
#pragma once

#include <cstdint>
#include <string_view>

namespace sluice::json {

enum class kind : std::uint8_t
{
    missing, // nothing stands where the pointer leads
    null,
    boolean,
    number,
    string,
    array,
    object,
};

inline constexpr std::uint32_t no_flaw = 0xffffffff;

struct value
{
    kind what = kind::missing;
    bool escaped = false; // a string that holds a backslash
    // Of an array or object that is stored whole: the first thing in it that cannot be stored.
    std::uint32_t flaw = no_flaw;
    // Of a string what stands between its quotes, still escaped; of anything else its own text.
    std::string_view text;

    [[nodiscard]] bool is_true() const noexcept { return text.front() == 't'; }
};

} // namespace sluice::json
