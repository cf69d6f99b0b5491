#include "aws/partition.hpp"

#include <algorithm>
#include <array>

namespace sluice::aws {
namespace {

// The first is for all regions that no other claims.
constexpr std::array<partition, 8> partitions{{
    {"", "amazonaws.com", "api.aws"},
    {"cn-", "amazonaws.com.cn", "api.amazonwebservices.com.cn"},
    {"us-gov-", "amazonaws.com", "api.aws"},
    {"eusc-", "amazonaws.eu", "api.amazonwebservices.eu"},
    {"us-iso-", "c2s.ic.gov", "api.aws.ic.gov"},
    {"us-isob-", "sc2s.sgov.gov", "api.aws.scloud"},
    {"eu-isoe-", "cloud.adc-e.uk", "api.cloud-aws.adc-e.uk"},
    {"us-isof-", "csp.hci.ic.gov", "api.aws.hci.ic.gov"},
}};

constexpr std::size_t region_bytes_max = 63; // of a part of a host name

bool has_suffix(std::string_view host, std::string_view suffix) noexcept
{
    return host.size() > suffix.size() && host.ends_with(suffix) &&
           host[host.size() - suffix.size() - 1] == '.';
}

} // namespace

const partition& partition_of(std::string_view region) noexcept
{
    const auto found =
        std::find_if(partitions.begin() + 1, partitions.end(), [region](const partition& each) {
            return region.starts_with(each.region_prefix);
        });
    return found == partitions.end() ? partitions.front() : *found;
}

const partition* partition_of_host(std::string_view host) noexcept
{
    const auto found = std::ranges::find_if(partitions, [host](const partition& each) {
        return has_suffix(host, each.suffix) || has_suffix(host, each.dual_stack_suffix);
    });
    return found == partitions.end() ? nullptr : &*found;
}

bool is_region_name(std::string_view text) noexcept
{
    const auto is_fit = [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-';
    };
    return !text.empty() && text.size() <= region_bytes_max && std::ranges::all_of(text, is_fit) &&
           text.front() != '-' && text.back() != '-';
}

} // namespace sluice::aws
