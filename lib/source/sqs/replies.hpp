// Reads the answers of SQS other than the receive response.
#pragma once

#include "source/sqs/queue.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs {

// Thrown when an answer with status 200 is not what the operation answers.
class malformed_reply : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

struct failed_entry
{
    std::size_t index = 0;
    bool sender_fault = false;
    std::string code;
    std::string text;
};

struct batch_reply
{
    batch_result results; // one an entry of the call
    std::vector<failed_entry> failed;
};

// The answer to a batch of `entries` entries. Entries that are named nowhere count as failed: the
// call may be made again, silence may not be trusted.
[[nodiscard]] batch_reply read_batch_reply(std::string_view json, std::size_t entries);

[[nodiscard]] queue_attributes read_attributes(std::string_view json);

[[nodiscard]] std::string read_queue_url(std::string_view json);

} // namespace sluice::sqs
