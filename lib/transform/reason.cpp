#include "transform/reason.hpp"

#include "transform/refusal.hpp"

#include <fmt/format.h>

namespace sluice::transform {

std::string_view to_string(reason why) noexcept
{
    switch (why) {
    case reason::not_json_object:
        return "not_json_object";
    case reason::duplicate_key:
        return "duplicate_key";
    case reason::too_deep:
        return "too_deep";
    case reason::invalid_text:
        return "invalid_text";
    case reason::unknown_field:
        return "unknown_field";
    case reason::missing:
        return "missing";
    case reason::wrong_type:
        return "wrong_type";
    case reason::unparsable:
        return "unparsable";
    case reason::out_of_range:
        return "out_of_range";
    case reason::too_long:
        return "too_long";
    case reason::not_one_of:
        return "not_one_of";
    case reason::no_match:
        return "no_match";
    case reason::cannot_mask:
        return "cannot_mask";
    case reason::database_refused:
        return "database_refused";
    case reason::too_old:
        return "too_old";
    case reason::bad_envelope:
        return "bad_envelope";
    case reason::poison:
        return "poison";
    }
    return "unknown";
}

std::string detail_of(const refusal& refused)
{
    std::string out = fmt::format(fmt::runtime(refused.form), refused.first, refused.second);
    if (refused.offset != refusal::no_offset) {
        if (!out.empty())
            out += "; ";
        out += fmt::format("byte offset {}", refused.offset);
    }
    return out;
}

} // namespace sluice::transform
