#include "daemon/send/sender.hpp"

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

sender::sender(asio::any_io_executor executor, clock& time, random_source& random,
               bool keeps_groups, send_ports ports)
    : clock_(time),
      random_(random),
      ports_(std::move(ports)),
      sending_(std::move(executor), time),
      order_(keeps_groups),
      room_(time)
{}

awaitable<void> sender::run()
{
    std::exception_ptr broken;
    try {
        co_await send_batches();
    } catch (...) { // thrown below, once nothing is under way
        broken = std::current_exception();
        sending_.cancel();
    }
    co_await sending_.join();
    give_up(order_.take_rest());
    if (broken)
        std::rethrow_exception(broken);
    if (failure_)
        std::rethrow_exception(failure_);
}

awaitable<void> sender::send_batches()
{
    bool last = false;
    while (!failure_ && !(last && order_.empty())) {
        if (under_way_ == batches_at_once)
            co_await room_.sleep();
        else if (order_.any_ready())
            begin(order_.take());
        else if (!last && order_.has_room())
            last = co_await read();
        else
            co_await room_.sleep(); // every line waits for one of its group
    }
}

// Whether that was the last batch.
awaitable<bool> sender::read()
{
    line_batch batch = co_await ports_.next();
    for (const refused_line& each : batch.refused)
        refuse(each.number, each.why);
    order_.add(std::move(batch.lines));
    co_return batch.last;
}

void sender::begin(std::vector<message_line> lines)
{
    ++under_way_;
    auto taken = std::make_shared<std::vector<message_line>>(std::move(lines));
    sending_.spawn([this, taken] { return send_batch(std::move(*taken)); });
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
        give_up(lines);
        if (!failure_)
            failure_ = std::current_exception();
    }
    --under_way_;
    room_.wake();
}

// Leaves in `lines` what is to be sent again. Throws when the queue failed for good.
awaitable<void> sender::attempt(std::vector<message_line>& lines, bool last)
{
    std::vector<sqs::outgoing> messages;
    for (const message_line& each : lines)
        messages.push_back({each.body, each.group_id, each.deduplication_id});
    try {
        const sqs::batch_reply reply = co_await ports_.send(messages);
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
        if (result == sqs::entry_result::retry && !last) {
            again.push_back(std::move(lines[i]));
            continue;
        }
        if (result == sqs::entry_result::done)
            ++counts_.sent;
        else
            refuse(lines[i].number, fmt::format("was refused by SQS ({}); correct it and send it "
                                                "again",
                                                code_of(reply, i)));
        order_.ended(lines[i]);
    }
    lines = std::move(again);
    room_.wake();
    ports_.progress(counts_);
}

void sender::refuse(std::uint64_t line, const std::string& why)
{
    ++counts_.not_sent;
    ports_.tell(line, why);
}

void sender::give_up(const std::vector<message_line>& lines)
{
    for (const message_line& each : lines)
        given_up_.push_back(each.number);
    counts_.not_sent += lines.size();
}

} // namespace sluice::daemon
