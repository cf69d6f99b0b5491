#include "source/sqs/caller.hpp"

#include "aws/settings_error.hpp"
#include "core/log.hpp"
#include "net/http_date.hpp"
#include "source/sqs/replies.hpp"

#include <fmt/format.h>

#include <cassert>

namespace sluice::sqs {
namespace {

constexpr unsigned status_ok = 200;
constexpr std::size_t head_bytes_usual = 2048; // a session token is the most of it

failure failure_of(aws::fault what) noexcept
{
    switch (what) {
    case aws::fault::transient:
        return failure::transient;
    case aws::fault::throttled:
    case aws::fault::over_limit:
        return failure::throttled;
    case aws::fault::credentials_refused:
    case aws::fault::forbidden:
        return failure::forbidden;
    case aws::fault::no_queue:
        return failure::no_queue;
    case aws::fault::stale_handle:
    case aws::fault::bad_request:
    case aws::fault::unexpected:
        break;
    }
    return failure::bad_request;
}

request_outcome outcome_of(failure what) noexcept
{
    switch (what) {
    case failure::transient:
        return request_outcome::transient;
    case failure::throttled:
        return request_outcome::throttled;
    case failure::forbidden:
        return request_outcome::forbidden;
    case failure::no_queue:
        return request_outcome::no_queue;
    case failure::bad_request:
        return request_outcome::bad_request;
    case failure::abandoned:
        break;
    }
    return request_outcome::cancelled;
}

// An error as a person reads it. The service's own words may quote the request, and that of a send
// holds a record.
std::string describe(const aws::service_error& error, operation what)
{
    std::string text = error.type.empty() ? std::string("error") : error.type;
    if (!error.message.empty() && what != operation::send_message_batch)
        text += ": " + error.message;
    text += fmt::format(" (HTTP status {}", error.status);
    if (!error.request_id.empty())
        text += ", request " + error.request_id;
    return text + ")";
}

// A proxy or a captive portal answers 200 with a page of its own. Its body might even read as an
// answer, and an empty one as "no messages": only what says that it is JSON is believed. A server
// that names no type at all is one that we do not know better than it does.
void demand_json(const net::message_head& head)
{
    const std::string_view type = net::find_field(head.fields, "content-type");
    const auto lower = [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; };
    if (!type.empty() && std::ranges::search(type, std::string_view("json"), {}, lower).empty())
        throw malformed_reply("the answer is no JSON by its Content-Type; is a proxy in between?");
}

} // namespace

// What is kept of an answer that is none we want: its head dies with the reading of its body.
struct caller::refused_answer
{
    aws::service_error error;
    std::optional<std::chrono::milliseconds> retry_after;
    std::optional<wall_time> date;
    aws::credentials_ptr used;
};

caller::caller(clock& time, random_source& random, aws::json_service service,
               aws::credentials_provider& credentials, int attempts_max, request_counters& count)
    : clock_(time),
      random_(random),
      requests_(std::move(service)),
      credentials_(credentials),
      attempts_max_(attempts_max),
      count_(count)
{
    assert(attempts_max >= 1);
}

awaitable<void> caller::call(outgoing_call what, read_answer read)
{
    aws::retry_attempts attempts(quota_, {.attempts_max = attempts_max_,
                                          .long_poll = what.what == operation::receive_message});
    bool repaired_before = false;
    sleeper pause(clock_);
    for (;;) {
        const std::optional<setback> failed = co_await attempt(what, read);
        if (!failed)
            break;
        if (failed->repaired && !repaired_before) {
            repaired_before = true;
            continue;
        }
        const auto next = attempts.failed(failed->what, random_.unit(), failed->hint);
        if (next.delay.count() > 0)
            co_await pause.sleep_for(next.delay);
        if (!next.again)
            throw queue_error(failure_of(failed->what), failed->text);
    }
    attempts.succeeded();
}

// Counts the attempt, whatever becomes of it.
awaitable<std::optional<caller::setback>> caller::attempt(const outgoing_call& what,
                                                          const read_answer& read)
{
    const steady_time began = clock_.now();
    std::optional<setback> failed;
    try {
        failed = co_await exchange_once(what, read);
    } catch (const queue_error& error) {
        count_attempt(what.what, outcome_of(error.why()), began);
        throw;
    } catch (const malformed_reply& error) {
        failed = setback{aws::fault::transient, error.what(), std::nullopt};
    } catch (const aws::settings_error& error) {
        failed = setback{aws::fault::forbidden, error.what(), std::nullopt};
    } catch (const system_error& error) {
        if (error.code() == asio::error::operation_aborted) {
            count_attempt(what.what, request_outcome::cancelled, began);
            throw;
        }
        failed = setback{aws::fault::transient,
                         fmt::format("{}: {}", what.over.server().authority(), error.what()),
                         std::nullopt};
    }
    const auto how = failed ? outcome_of(failure_of(failed->what)) : request_outcome::ok;
    count_attempt(what.what, how, began);
    co_return failed;
}

awaitable<std::optional<caller::setback>> caller::exchange_once(const outgoing_call& what,
                                                                const read_answer& read)
{
    const aws::credentials_ptr who = co_await credentials_.get();
    shelf<byte_buffer>::loan request(requests_rendered_);
    request->reserve(what.body.size() + head_bytes_usual);
    requests_.render(to_string(what.what), what.body, who, clock_.wall_now() + skew_.offset(),
                     *request);
    net::exchange with =
        co_await what.over.start(request->view(), clock_.now() + what.answer_time_max);
    if (with.head().status == status_ok) {
        demand_json(with.head());
        co_await read(with);
        co_return std::nullopt;
    }
    co_return co_await read_refusal(with, what, who);
}

awaitable<caller::setback> caller::read_refusal(net::exchange& with, const outgoing_call& what,
                                                aws::credentials_ptr used)
{
    refused_answer answer;
    answer.used = std::move(used);
    const unsigned status = with.head().status;
    const auto fields = with.head().fields;
    answer.retry_after = aws::parse_retry_after(net::find_field(fields, "x-amz-retry-after"));
    answer.date = net::parse_http_date(net::find_field(fields, "date"));
    const std::string request_id(net::find_field(fields, "x-amzn-requestid"));
    const std::string query_error(net::find_field(fields, "x-amzn-query-error"));
    const std::string error_type(net::find_field(fields, "x-amzn-errortype"));

    byte_buffer body;
    co_await with.read_body(body, 0, clock_.now() + body_time_max);
    const std::array<net::http_field, 3> kept{{{"x-amzn-requestid", request_id},
                                               {"x-amzn-query-error", query_error},
                                               {"x-amzn-errortype", error_type}}};
    answer.error = aws::parse_error(status, kept, body.view());
    co_return judge(answer, what);
}

caller::setback caller::judge(const refused_answer& answer, const outgoing_call& what)
{
    setback out;
    out.what = aws::classify(answer.error);
    out.text = describe(answer.error, what.what);
    out.hint = answer.retry_after;
    if (corrects_clock(answer)) {
        out.repaired = true;
    } else if (out.what == aws::fault::credentials_refused) {
        credentials_.refuse(answer.used);
        out.repaired = true; // ask once more: there may be others by now
    }
    return out;
}

bool caller::corrects_clock(const refused_answer& answer)
{
    if (!answer.date || !aws::may_be_clock_skew(answer.error))
        return false;
    if (!skew_.correct(*answer.date, clock_.wall_now()))
        return false;
    log::warning("sqs", "the clock of this machine differs from that of SQS by {} s; set it right",
                 std::chrono::duration_cast<std::chrono::seconds>(skew_.offset()).count());
    return true;
}

void caller::count_attempt(operation what, request_outcome how, steady_time began)
{
    count_.add(what, how, clock_.now() - began);
}

} // namespace sluice::sqs
