#include "sqs_server/server/faults.hpp"

#include "sqs_server/protocol/requirements.hpp"

#include <algorithm>

namespace sluice::sqs_server {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, fault_kind_count> names = {
    "server_error",  "slow_down", "throttled", "html_page",       "dropped_before",
    "dropped_after", "truncated", "empty",     "failing_entries", "wrong_md5",
};

bool can_hit(fault_kind kind, operation of) noexcept
{
    if (kind == fault_kind::failing_entries)
        return is_batch(of);
    if (kind == fault_kind::wrong_md5)
        return of == operation::receive_message;
    return true;
}

} // namespace

std::string_view to_string(fault_kind kind) noexcept
{
    return names[static_cast<std::size_t>(kind)];
}

std::optional<fault_kind> fault_named(std::string_view name) noexcept
{
    const auto it = std::ranges::find(names, name);
    if (it == names.end())
        return std::nullopt;
    return static_cast<fault_kind>(it - names.begin());
}

std::span<const std::string_view, fault_kind_count> fault_names() noexcept
{
    return names;
}

// One draw a kind, so that the share of one does not depend on the shares of the others; the first
// that hits wins.
std::optional<fault_kind> fault_injector::draw(operation of)
{
    if (!settings_.operations.test(static_cast<std::size_t>(of)))
        return std::nullopt;
    for (std::size_t i = 0; i < fault_kind_count; ++i) {
        const auto kind = static_cast<fault_kind>(i);
        if (can_hit(kind, of) && random_.chance(settings_.shares[i])) {
            ++counts_[i];
            return kind;
        }
    }
    return std::nullopt;
}

call_faults fault_injector::inside(fault_kind kind)
{
    if (kind == fault_kind::wrong_md5)
        return {.wrong_md5 = true};
    if (kind != fault_kind::failing_entries)
        return {};
    // Any set of entries but none: the first is always among them when the draw is empty.
    const std::uint64_t all = (std::uint64_t{1} << batch_entries_max) - 1;
    return {.failing_entries =
                static_cast<std::uint32_t>(std::max<std::uint64_t>(random_.next() & all, 1))};
}

} // namespace sluice::sqs_server
