// One request of the JSON protocol and its answer, without the HTTP around them.
#pragma once

#include "core/byte_buffer.hpp"
#include "core/time.hpp"
#include "sqs_server/protocol/operation.hpp"

#include <cstdint>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// What a fault does inside an answer that is otherwise good.
struct call_faults
{
    std::uint32_t failing_entries = 0; // bit i: entry i of a batch fails, without effect
    bool wrong_md5 = false;            // the first message received carries a wrong MD5OfBody

    [[nodiscard]] bool fails(std::size_t entry) const noexcept
    {
        return (failing_entries >> entry & 1) != 0;
    }
};

struct call
{
    operation what{};
    std::string_view body; // JSON
    std::string_view host; // of the request: what queue URLs begin with
    bool tls = false;
    wall_time now{};
    call_faults faults{};
};

struct reply
{
    unsigned status = 200;
    std::string query_error; // the value of x-amzn-query-error; empty on success
    byte_buffer& body;
};

// What messages say of who sent them.
inline constexpr std::string_view sender_id = "AIDASLUICELOCALSENDER";

} // namespace sluice::sqs_server
