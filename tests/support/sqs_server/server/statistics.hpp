// What the server did, as GET /stats tells it.
#pragma once

#include "sqs_server/model/account.hpp"
#include "sqs_server/protocol/operation.hpp"
#include "sqs_server/server/faults.hpp"

#include <array>
#include <cstdint>
#include <string>

namespace sluice::sqs_server {

class statistics
{
public:
    void count(operation what, bool good) noexcept
    {
        ++calls_[static_cast<std::size_t>(what)];
        refused_[static_cast<std::size_t>(what)] += good ? 0 : 1;
    }

    // One JSON object: operations, faults, queues, and the CPU time of the process so far.
    [[nodiscard]] std::string to_json(account& queues, const fault_injector* faults,
                                      wall_time now) const;

private:
    std::array<std::uint64_t, operation_count> calls_{};
    std::array<std::uint64_t, operation_count> refused_{};
};

// Seconds of CPU that the process has used, in user and kernel mode.
[[nodiscard]] double process_cpu_seconds();

} // namespace sluice::sqs_server
