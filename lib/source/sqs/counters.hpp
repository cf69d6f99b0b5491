// What the source counts. Plain numbers of the I/O thread; lib/admin shows them as metrics.
#pragma once

#include <array>
#include <cstdint>

namespace sluice::sqs {

enum class poll_result : std::uint8_t
{
    full,      // ten messages
    part,      // one to nine
    empty,     // none within the wait
    failed,    // an error
    abandoned, // no room for the response in time
};
inline constexpr std::size_t poll_result_count = 5;

enum class delete_result : std::uint8_t
{
    deleted,
    retried,  // failed, and goes again
    given_up, // not deleted before its lease ended: the ledger will meet the message again
    dead,     // the handle was of no use
};
inline constexpr std::size_t delete_result_count = 4;

enum class extension_result : std::uint8_t
{
    extended,
    retried,
    lost, // SQS refuses: the handle is dead
};
inline constexpr std::size_t extension_result_count = 3;

template <class Enum, std::size_t Count>
class tally
{
public:
    void add(Enum which, std::uint64_t by = 1) { values_[static_cast<std::size_t>(which)] += by; }
    [[nodiscard]] std::uint64_t of(Enum which) const
    {
        return values_[static_cast<std::size_t>(which)];
    }

private:
    std::array<std::uint64_t, Count> values_{};
};

struct counters
{
    tally<poll_result, poll_result_count> polls;
    tally<delete_result, delete_result_count> deletes;
    tally<extension_result, extension_result_count> extensions;
    std::uint64_t received_first = 0; // messages with a receive count of 1
    std::uint64_t received_again = 0;
    std::size_t fetchers_polling = 0;
    std::size_t fetchers_waiting = 0; // for room, or after an error
};

} // namespace sluice::sqs
