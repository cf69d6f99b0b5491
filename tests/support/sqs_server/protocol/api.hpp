// The JSON protocol of SQS: requests become answers. No I/O, no clock, no HTTP.
#pragma once

#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/call.hpp"
#include "sqs_server/protocol/context.hpp"
#include "sqs_server/protocol/receive.hpp"

#include <optional>

namespace sluice::sqs_server {

// Not thread-safe.
class api
{
public:
    explicit api(account& of) : context_{of} {}

    [[nodiscard]] account& of() noexcept { return context_.of; }

    // Answers at once; a ReceiveMessage finds what is there now.
    void answer(const call& in, reply& out);

    // ReceiveMessage that may wait: begin it, then try until it has an answer, and when its time
    // is up end it. Nothing or false means that the reply is complete already.
    [[nodiscard]] std::optional<receive_call> begin_receive(const call& in, reply& out);
    [[nodiscard]] bool must_wait(const receive_call& what, const call& in, reply& out);
    static void end_empty(reply& out);

private:
    context context_;
};

// Makes the reply an error.
void refuse(const refusal& why, reply& out);

} // namespace sluice::sqs_server
