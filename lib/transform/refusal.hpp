// Why a message or one of its values is refused. A refusal holds literals and numbers only, so no
// value of a message can reach a dead letter's detail, a log line or a metric through it.
#pragma once

#include "transform/reason.hpp"

#include <cstdint>
#include <limits>
#include <optional>
#include <string>

namespace sluice::transform {

// A text that stood in the source code: the compiler refuses any other.
class literal
{
public:
    consteval literal(const char* text) : text_(text) {}
    [[nodiscard]] constexpr const char* text() const noexcept { return text_; }

private:
    const char* text_;
};

struct refusal
{
    static constexpr std::uint64_t no_offset = std::numeric_limits<std::uint64_t>::max();

    reason why;
    const char* form;        // what to say, {} for each figure; "" if the offset says it all
    std::uint64_t first = 0; // figures of `form`
    std::uint64_t second = 0;
    std::uint64_t offset = no_offset; // where in the body, in bytes
};

// Nothing: go on.
using verdict = std::optional<refusal>;

[[nodiscard]] inline refusal refuse(reason why, literal form, std::uint64_t first = 0,
                                    std::uint64_t second = 0) noexcept
{
    return {.why = why, .form = form.text(), .first = first, .second = second};
}

[[nodiscard]] inline refusal refuse_at(reason why, std::uint64_t offset) noexcept
{
    return {.why = why, .form = "", .offset = offset};
}

// As stored in sluice.dead_letters.detail: "max_length 128, got 300; byte offset 17".
[[nodiscard]] std::string detail_of(const refusal& refused);

} // namespace sluice::transform
