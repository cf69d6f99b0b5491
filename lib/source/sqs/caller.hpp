// One call of SQS: signed, sent, tried again where that can help, counted, and every way to fail
// turned into a queue_error.
#pragma once

#include "aws/clock_skew.hpp"
#include "aws/credentials.hpp"
#include "aws/error.hpp"
#include "aws/fault.hpp"
#include "aws/json_requests.hpp"
#include "aws/retry.hpp"
#include "core/clock.hpp"
#include "core/random.hpp"
#include "core/shelf.hpp"
#include "net/http_client.hpp"
#include "source/sqs/queue.hpp"
#include "source/sqs/request_counters.hpp"

#include <functional>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs {

struct outgoing_call
{
    operation what;
    std::string_view body; // JSON
    net::http_client& over;
    std::chrono::milliseconds answer_time_max; // from the start of an attempt to the answer's head
};

// Not thread-safe; belongs to the executor of its HTTP clients, and must outlive its calls.
class caller
{
public:
    // How long the rest of an answer may take once its head is here.
    static constexpr std::chrono::seconds body_time_max{10};

    caller(clock& time, random_source& random, aws::json_service service,
           aws::credentials_provider& credentials, int attempts_max, request_counters& count);
    caller(const caller&) = delete;
    caller& operator=(const caller&) = delete;

    // Reads the body of a good answer. May throw malformed_reply, which is worth another attempt,
    // and queue_error, which is not. Called once an attempt.
    using read_answer = std::function<awaitable<void>(net::exchange&)>;

    // Throws queue_error, or system_error(operation_aborted) when it is cancelled.
    awaitable<void> call(outgoing_call what, read_answer read);

private:
    // Why an attempt came to nothing.
    struct setback
    {
        aws::fault what = aws::fault::transient;
        std::string text;
        std::optional<std::chrono::milliseconds> hint; // x-amz-retry-after
        bool repaired = false; // the reason is gone: clock corrected, or other credentials
    };
    struct refused_answer;

    awaitable<std::optional<setback>> attempt(const outgoing_call& what, const read_answer& read);
    awaitable<std::optional<setback>> exchange_once(const outgoing_call& what,
                                                    const read_answer& read);
    awaitable<setback> read_refusal(net::exchange& with, const outgoing_call& what,
                                    aws::credentials_ptr used);
    [[nodiscard]] setback judge(const refused_answer& answer, const outgoing_call& what);
    [[nodiscard]] bool corrects_clock(const refused_answer& answer);
    void count_attempt(operation what, request_outcome how, steady_time began);

    clock& clock_;
    random_source& random_;
    aws::json_requests requests_;
    aws::credentials_provider& credentials_;
    int attempts_max_;
    request_counters& count_;
    aws::retry_quota quota_;
    aws::clock_skew skew_;
    shelf<byte_buffer> requests_rendered_;
};

} // namespace sluice::sqs
