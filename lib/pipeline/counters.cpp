#include "pipeline/counters.hpp"

namespace sluice::pipeline {

std::string_view to_string(record_result how) noexcept
{
    switch (how) {
    case record_result::row:
        return "row";
    case record_result::dead_letter:
        return "dead_letter";
    case record_result::duplicate:
        return "duplicate";
    case record_result::filtered:
        return "filtered";
    case record_result::released:
        return "released";
    case record_result::left:
        return "left";
    case record_result::lost:
        break;
    }
    return "lost";
}

std::int64_t counters::conservation_gap() const noexcept
{
    std::uint64_t ended = 0;
    for (std::size_t i = 0; i < record_result_count; ++i)
        ended += records.of(static_cast<record_result>(i));
    return static_cast<std::int64_t>(received) - static_cast<std::int64_t>(ended + uncommitted);
}

} // namespace sluice::pipeline
