// Seeded faults: what a network and a cloud do to a client now and then.
#pragma once

#include "sqs_server/model/random.hpp"
#include "sqs_server/protocol/call.hpp"

#include <array>
#include <bitset>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::sqs_server {

enum class fault_kind : std::uint8_t
{
    server_error,    // 500 InternalFailure, without effect
    slow_down,       // 503 SlowDown, without effect
    throttled,       // 403 RequestThrottled, without effect
    html_page,       // 502 and a page of a proxy, without effect
    dropped_before,  // the connection ends without an answer, without effect
    dropped_after,   // the same after the effect: its outcome is unknown to the client
    truncated,       // the connection ends in the middle of the answer, after the effect
    empty,           // 200 without a body, after the effect
    failing_entries, // some entries of a batch fail
    wrong_md5,       // the digest of a received message does not fit
};

inline constexpr std::size_t fault_kind_count = 10;

[[nodiscard]] std::string_view to_string(fault_kind kind) noexcept;
[[nodiscard]] std::optional<fault_kind> fault_named(std::string_view name) noexcept;
[[nodiscard]] std::span<const std::string_view, fault_kind_count> fault_names() noexcept;

struct fault_settings
{
    std::uint64_t seed = 0;
    std::array<double, fault_kind_count> shares{}; // of the requests that the kind can hit
    std::bitset<operation_count> operations = std::bitset<operation_count>().set();
};

class fault_injector
{
public:
    explicit fault_injector(const fault_settings& settings)
        : settings_(settings), random_(settings.seed)
    {}

    // The fault that hits the next request, if any.
    [[nodiscard]] std::optional<fault_kind> draw(operation of);

    // What the fault does inside the answer.
    [[nodiscard]] call_faults inside(fault_kind kind);

    [[nodiscard]] bool toss() { return random_.below(2) == 0; }
    [[nodiscard]] std::uint64_t count(fault_kind kind) const noexcept
    {
        return counts_[static_cast<std::size_t>(kind)];
    }

private:
    fault_settings settings_;
    random_source random_;
    std::array<std::uint64_t, fault_kind_count> counts_{};
};

} // namespace sluice::sqs_server
