// What the client counts: every HTTP request that it makes, since every one is paid for.
#pragma once

#include "core/histogram.hpp"
#include "core/time.hpp"

#include <array>
#include <cstdint>
#include <string_view>

namespace sluice::sqs {

enum class operation : std::uint8_t
{
    receive_message,
    delete_message_batch,
    change_message_visibility_batch,
    send_message_batch,
    get_queue_attributes,
    get_queue_url,
};
inline constexpr std::size_t operation_count = 6;

// As SQS names it: "ReceiveMessage".
[[nodiscard]] std::string_view to_string(operation which) noexcept;

enum class request_outcome : std::uint8_t
{
    ok,
    transient,   // network, 5xx, a malformed answer
    throttled,   // asked to slow down
    forbidden,   // credentials or rights
    no_queue,    // the queue does not exist
    bad_request, // refused as malformed
    cancelled,   // given up by ourselves
};
inline constexpr std::size_t request_outcome_count = 7;

[[nodiscard]] std::string_view to_string(request_outcome what) noexcept;

class request_counters
{
public:
    void add(operation which, request_outcome what, steady_clock::duration took)
    {
        ++counts_[index(which)][static_cast<std::size_t>(what)];
        seconds_[index(which)].observe(took);
    }

    [[nodiscard]] std::uint64_t of(operation which, request_outcome what) const
    {
        return counts_[index(which)][static_cast<std::size_t>(what)];
    }
    [[nodiscard]] const call_histogram& seconds_of(operation which) const
    {
        return seconds_[index(which)];
    }

private:
    static std::size_t index(operation which) { return static_cast<std::size_t>(which); }

    using by_outcome = std::array<std::uint64_t, request_outcome_count>;

    std::array<by_outcome, operation_count> counts_{};
    std::array<call_histogram, operation_count> seconds_ = make_seconds();

    static std::array<call_histogram, operation_count> make_seconds()
    {
        const call_histogram empty(call_seconds);
        return {empty, empty, empty, empty, empty, empty};
    }
};

} // namespace sluice::sqs
