#include "sqs_server/server/sqs_service.hpp"

#include "sqs_server/server/fault_answers.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <random>

namespace sluice::sqs_server {
namespace {

constexpr std::string_view target_prefix = "AmazonSQS.";
constexpr std::string_view json_type = "application/x-amz-json-1.0";
constexpr std::chrono::seconds chores_every{1};

refusal unknown_operation(std::string_view target)
{
    if (target.empty())
        return {errc::unknown_operation,
                "The request has no X-Amz-Target: this server speaks the AWS JSON protocol 1.0 "
                "only; use an SDK of 2024 or later."};
    return {errc::unknown_operation,
            fmt::format("The operation {} is not known to this server.", target)};
}

refusal access_denied(operation what)
{
    return {errc::access_denied,
            fmt::format("User is not authorized to perform: sqs:{} on this resource.",
                        to_string(what))};
}

} // namespace

sqs_service::sqs_service(clock& time, service_options options)
    : clock_(time),
      options_(std::move(options)),
      polls_(time),
      request_ids_(std::random_device{}()),
      chores_(time),
      account_(options_.account, *this)
{
    if (!options_.journal.empty())
        journal_.emplace(options_.journal);
    if (options_.faults)
        faults_.emplace(*options_.faults);
}

awaitable<void> sqs_service::handle(const net::http_request& request, net::http_response& response)
{
    if (request.method == "GET") {
        answer_get(request, response);
        co_return;
    }
    response.content_type = json_type;
    reply out{.status = 200, .query_error = {}, .body = response.body};
    if (const auto what = admit(request, out)) {
        co_await answer(request, response, *what, out);
        statistics_.count(*what, response.status == 200);
    } else {
        finish(out, response);
    }
}

void sqs_service::answer_get(const net::http_request& request, net::http_response& response)
{
    if (request.target == "/" || request.target == "/health") {
        response.body.append("ok\n");
    } else if (request.target == "/stats") {
        response.content_type = "application/json";
        response.body.append(
            statistics_.to_json(account_, faults_ ? &*faults_ : nullptr, clock_.wall_now()));
    } else {
        response.status = 404;
        response.body.append("not found; there are /health and /stats\n");
    }
}

// What the request asks for, if it may come in. Otherwise the reply says why not.
std::optional<operation> sqs_service::admit(const net::http_request& request, reply& out)
{
    const std::string_view target = request.field("X-Amz-Target");
    try {
        const auto what = target.starts_with(target_prefix)
                              ? operation_named(target.substr(target_prefix.size()))
                              : std::nullopt;
        if (!what || request.method != "POST")
            throw unknown_operation(target);
        if (options_.admit)
            options_.admit(request, clock_.wall_now());
        if (options_.denied.test(static_cast<std::size_t>(*what)))
            throw access_denied(*what);
        return what;
    } catch (const refusal& why) {
        refuse(why, out);
        return std::nullopt;
    }
}

awaitable<void> sqs_service::answer(const net::http_request& request, net::http_response& response,
                                    operation what, reply& out)
{
    const auto fault = faults_ ? faults_->draw(what) : std::nullopt;
    if (const auto latency = options_.latency[static_cast<std::size_t>(what)];
        latency > std::chrono::milliseconds(0)) {
        sleeper pause(clock_);
        co_await pause.sleep_for(latency);
        if (request.peer_gone())
            co_return;
    }
    if (fault && strikes_before(*fault)) {
        answer_without_effect(*fault, faults_->toss(), request, response, out);
        finish(out, response);
        co_return;
    }
    const call in{.what = what,
                  .body = request.body,
                  .host = request.field("Host"),
                  .tls = options_.tls,
                  .now = clock_.wall_now(),
                  .faults = fault ? faults_->inside(*fault) : call_faults{}};
    co_await perform(request, in, out);
    finish(out, response);
    if (fault)
        co_await spoil(*fault, faults_->toss(), request, response);
}

awaitable<void> sqs_service::perform(const net::http_request& request, call in, reply& out)
{
    if (in.what == operation::receive_message) {
        const auto what = api_.begin_receive(in, out);
        if (!what || !api_.must_wait(*what, in, out))
            co_return;
        if (what->wait == seconds(0))
            api::end_empty(out);
        else
            co_await wait_for_messages(request, *what, in, out);
        co_return;
    }
    api_.answer(in, out);
    if (in.what == operation::start_message_move_task)
        chores_.wake();
    else if (in.what == operation::delete_queue)
        polls_.wake_all();
}

awaitable<void> sqs_service::wait_for_messages(const net::http_request& request,
                                               const receive_call& what, call in, reply& out)
{
    const steady_time deadline = clock_.now() + what.wait;
    waiting_polls::place place(polls_, what.queue_name);
    do {
        if (clock_.now() >= deadline) {
            api::end_empty(out);
            co_return;
        }
        steady_time until = deadline;
        if (const queue* const from = account_.find(what.queue_name); place.is_first() && from)
            if (const auto next = from->next_visible())
                until = std::min(until, clock_.now() + (*next - clock_.wall_now()));
        co_await place.sleep_until(until);
        if (request.peer_gone())
            co_return; // it must not be handed what it cannot read; the session ends by itself
        in.now = clock_.wall_now();
    } while (api_.must_wait(what, in, out));
}

void sqs_service::finish(const reply& from, net::http_response& response)
{
    std::array<char, message_id::characters> id;
    message_id::draw(request_ids_).write(id.data());
    response.status = from.status;
    response.extra_fields.append("x-amzn-RequestId: ").append(id.data(), id.size()).append("\r\n");
    if (!from.query_error.empty())
        response.extra_fields.append("x-amzn-query-error: ")
            .append(from.query_error)
            .append("\r\n");
}

awaitable<void> sqs_service::run()
{
    for (;;) {
        steady_time next = clock_.now() + chores_every;
        if (const auto step = account_.tasks().next_step())
            next = std::min(next, clock_.now() + (*step - clock_.wall_now()));
        co_await chores_.sleep_until(next);
        const wall_time now = clock_.wall_now();
        account_.tasks().advance(now);
        for (queue* const each : account_.queues())
            each->advance(now);
        flush_journal();
    }
}

void sqs_service::flush_journal()
{
    if (journal_)
        journal_->flush();
}

void sqs_service::happened(const event& what)
{
    if (journal_)
        journal_->write(what);
}

void sqs_service::deliverable(const queue& where)
{
    polls_.wake_first(where.name());
}

} // namespace sluice::sqs_server
