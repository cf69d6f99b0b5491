// The answer of a batch operation: which entries succeeded, which failed and why.
#pragma once

#include "core/byte_buffer.hpp"
#include "sqs_server/model/refusal.hpp"

#include <string_view>

namespace sluice::sqs_server {

// Writes Successful as the entries go, and keeps Failed for the end: SQS omits an empty one.
class batch_answer
{
public:
    explicit batch_answer(byte_buffer& out);

    // An entry of Successful without more than its id.
    void succeeded(std::string_view id);
    // Begins an entry of Successful; the caller appends its other members and the closing brace.
    void begin_succeeded(std::string_view id);
    void failed(std::string_view id, const refusal& why);
    // An injected failure: the same entry may succeed when it is sent again.
    void failed_by_fault(std::string_view id);
    void finish();

private:
    byte_buffer& out_;
    byte_buffer failed_;
};

} // namespace sluice::sqs_server
