#include "daemon/sender.hpp"

#include <fmt/format.h>

#include <memory>
#include <utility>

namespace sluice::daemon {
namespace {

// Whether the same call may succeed later.
bool is_passing(sqs::failure why) noexcept
{
    return why == sqs::failure::transient || why == sqs::failure::throttled;
}

// What SQS said of an entry: by its code, since its text may quote the message.
std::string code_of(const sqs::batch_reply& reply, std::size_t entry)
{
    for (const sqs::failed_entry& each : reply.failed)
        if (each.index == entry)
            return each.code;
    return "no answer";
}

} // namespace

sender::sender(asio::any_io_executor executor, clock& time, random_source& random, send_ports ports)
    : clock_(time),
      random_(random),
      ports_(std::move(ports)),
      sending_(std::move(executor), time),
      room_(time)
{}

awaitable<void> sender::run()
{
    std::exception_ptr broken;
    try {
        co_await read_batches();
    } catch (...) { // thrown below, once nothing is under way
        broken = std::current_exception();
        sending_.cancel();
    }
    co_await sending_.join();
    if (broken)
        std::rethrow_exception(broken);
    if (failure_)
        std::rethrow_exception(failure_);
}

awaitable<void> sender::read_batches()
{
    for (bool last = false; !last;) {
        while (under_way_ == batches_at_once)
            co_await room_.sleep();
        if (failure_)
            break;
        line_batch batch = co_await ports_.next();
        last = batch.last;
        for (const refused_line& each : batch.refused)
            refuse(each.number, each.why);
        if (batch.lines.empty())
            continue;
        ++under_way_;
        auto lines = std::make_shared<std::vector<message_line>>(std::move(batch.lines));
        sending_.spawn([this, lines] { return send_batch(std::move(*lines)); });
    }
}

awaitable<void> sender::send_batch(std::vector<message_line> lines)
{
    try {
        sleeper pause(clock_);
        backoff pauses;
        for (int i = 1; i <= attempts_max && !lines.empty(); ++i) {
            if (i > 1)
                co_await pause.sleep_for(pauses.next(random_));
            co_await attempt(lines, i == attempts_max);
        }
    } catch (const sqs::queue_error&) {
        for (const message_line& each : lines)
            given_up_.push_back(each.number);
        counts_.not_sent += lines.size();
        if (!failure_)
            failure_ = std::current_exception();
    }
    --under_way_;
    room_.wake();
}

// Leaves in `lines` what is to be sent again. Throws when the queue failed for good.
awaitable<void> sender::attempt(std::vector<message_line>& lines, bool last)
{
    std::vector<std::string_view> bodies;
    for (const message_line& each : lines)
        bodies.emplace_back(each.body);
    try {
        const sqs::batch_reply reply = co_await ports_.send(bodies);
        settle(lines, reply, last);
    } catch (const sqs::queue_error& error) {
        if (last || failure_ || !is_passing(error.why()))
            throw;
    }
}

void sender::settle(std::vector<message_line>& lines, const sqs::batch_reply& reply, bool last)
{
    std::vector<message_line> again;
    for (std::size_t i = 0; i < lines.size(); ++i) {
        const sqs::entry_result result = reply.results.at(i);
        if (result == sqs::entry_result::done)
            ++counts_.sent;
        else if (result == sqs::entry_result::retry && !last)
            again.push_back(std::move(lines[i]));
        else
            refuse(lines[i].number, fmt::format("was refused by SQS ({}); correct it and send it "
                                                "again",
                                                code_of(reply, i)));
    }
    lines = std::move(again);
    ports_.progress(counts_);
}

void sender::refuse(std::uint64_t line, const std::string& why)
{
    ++counts_.not_sent;
    ports_.tell(line, why);
}

} // namespace sluice::daemon
