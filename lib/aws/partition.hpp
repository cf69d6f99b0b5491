// The partitions of AWS: which suffix the host names of a region have.
#pragma once

#include <string_view>

namespace sluice::aws {

struct partition
{
    std::string_view region_prefix; // empty for the first partition, which is everywhere else
    std::string_view suffix;
    std::string_view dual_stack_suffix;
};

[[nodiscard]] const partition& partition_of(std::string_view region) noexcept;

// The partition whose suffix, of either kind, the host has; nothing if it is no host of AWS.
[[nodiscard]] const partition* partition_of_host(std::string_view host) noexcept;

// Whether the text can be the name of a region, and so a part of a host name.
[[nodiscard]] bool is_region_name(std::string_view text) noexcept;

} // namespace sluice::aws
