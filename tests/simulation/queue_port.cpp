#include "simulation/queue_port.hpp"

#include "source/sqs/envelope.hpp"
#include "source/sqs/replies.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::simulation {

using sqs::failure;
using sqs::queue_error;
using sqs_server::operation;

namespace {

constexpr milliseconds usual_latency{8};
constexpr milliseconds slow_latency{4000};
constexpr milliseconds broken_least{1}; // until a lost connection is noticed
constexpr milliseconds broken_most{12000};
constexpr unsigned connection_lost = 0; // in place of a status

// The count is approximate, says SQS: here every message looks as if it came for the first time.
void forget_counts(std::string& body)
{
    constexpr std::string_view name = R"("ApproximateReceiveCount":")";
    for (auto at = body.find(name); at != body.npos; at = body.find(name, at)) {
        at += name.size();
        body.replace(at, body.find('"', at) - at, "1");
    }
}

} // namespace

bool is_extension(std::span<const receipt> receipts, seconds timeout, seconds visibility) noexcept
{
    return timeout == visibility &&
           std::ranges::all_of(receipts, [](const receipt& each) { return each.from->pins > 0; });
}

// One call under way. Both the daemon and the server hold it: either may go first.
struct queue_port::exchange
{
    std::shared_ptr<queue_request> request = std::make_shared<queue_request>();
    bool done = false;
    std::optional<failure> failed;
    std::string answer;
    sleeper* waiting = nullptr;

    void end()
    {
        done = true;
        if (waiting != nullptr)
            waiting->wake();
    }
};

queue_port::queue_port(world& in, queue_server& server, daemon_clock& time, watcher tell,
                       std::string_view name)
    : in_(in),
      server_(server),
      clock_(time),
      tell_(std::move(tell)),
      luck_(in.how.seed, name),
      requests_(server.url())
{}

queue_port::fault queue_port::draw_fault()
{
    if (server_.unreachable)
        return fault::unreachable;
    if (server_.denies)
        return fault::denied;
    if (in_.healed)
        return fault::none;
    const queue_faults& how = in_.how.queue;
    if (luck_.hit(how.request_lost))
        return fault::request_lost;
    if (luck_.hit(how.reply_lost))
        return fault::reply_lost;
    if (luck_.hit(how.throttled))
        return fault::throttled;
    if (luck_.hit(how.reply_says_nothing))
        return fault::says_nothing;
    return fault::none;
}

sqs_server::call_faults queue_port::draw_inner_faults()
{
    sqs_server::call_faults out;
    if (in_.healed)
        return out;
    if (luck_.hit(in_.how.queue.entries_fail))
        out.failing_entries = static_cast<std::uint32_t>(luck_.below(1024));
    out.wrong_md5 = luck_.hit(in_.how.queue.wrong_md5);
    is_damaged_ = out.wrong_md5;
    return out;
}

steady_clock::duration queue_port::draw_latency()
{
    const bool slow = !in_.healed && luck_.hit(in_.how.queue.slow);
    return luck_.latency(slow ? slow_latency : usual_latency);
}

// Answers take their time; one that nobody waits for any more is dropped.
void queue_port::send(const std::shared_ptr<exchange>& what, fault strikes)
{
    switch (strikes) {
    case fault::unreachable:
        in_.reached.reach(occasion::queue_unreachable);
        fail(what, failure::transient);
        return;
    case fault::denied:
        in_.reached.reach(occasion::queue_denied);
        fail(what, failure::forbidden);
        return;
    case fault::throttled:
        in_.reached.reach(occasion::throttled);
        fail(what, failure::throttled);
        return;
    case fault::request_lost:
        fail(what, failure::transient);
        return;
    case fault::none:
    case fault::reply_lost:
    case fault::says_nothing:
        break;
    }
    what->request->answer = [this, kept = std::weak_ptr(what), strikes](queue_answer with) {
        if (const auto still = kept.lock())
            answered(still, strikes, std::move(with));
    };
    // A request that has left arrives, whatever becomes of its sender.
    in_.time.after(draw_latency(), [&server = server_, request = what->request] {
        if (server.unreachable)
            request->answer({.status = connection_lost, .body = {}, .error = {}});
        else
            server.serve(request);
    });
}

void queue_port::answered(const std::shared_ptr<exchange>& what, fault strikes, queue_answer with)
{
    if (strikes == fault::reply_lost) {
        note_loss(what->request->what);
        fail(what, failure::transient);
        return;
    }
    if (with.status != 200) {
        const bool no_queue = with.error.find("NonExistentQueue") != std::string::npos;
        fail(what, with.status == connection_lost ? failure::transient
                   : no_queue                     ? failure::no_queue
                                                  : failure::bad_request);
        return;
    }
    if (strikes == fault::says_nothing) {
        in_.reached.reach(occasion::batch_reply_silent);
        with.body = what->request->what == operation::receive_message ? "<html>" : "{}";
    }
    in_.time.after(draw_latency(), [kept = std::weak_ptr(what), body = std::move(with.body)] {
        if (const auto still = kept.lock()) {
            still->answer = body;
            still->end();
        }
    });
}

void queue_port::fail(const std::shared_ptr<exchange>& what, failure why)
{
    const auto noticed = why == failure::transient ? luck_.between(broken_least, broken_most)
                                                   : luck_.latency(usual_latency);
    in_.time.after(noticed, [kept = std::weak_ptr(what), why] {
        if (const auto still = kept.lock()) {
            still->failed = why;
            still->end();
        }
    });
}

void queue_port::note_loss(operation what)
{
    if (what == operation::receive_message)
        in_.reached.reach(occasion::receive_reply_lost);
    if (what == operation::delete_message_batch)
        in_.reached.reach(occasion::delete_reply_lost);
}

awaitable<std::string> queue_port::call(operation what, std::string body)
{
    if (cut_)
        throw queue_error(failure::transient, "the process was killed");
    ++calls_;
    const auto here = std::make_shared<exchange>();
    here->request->what = what;
    here->request->body = std::move(body);
    here->request->faults = draw_inner_faults();
    under_way_.remove_if([](const auto& each) { return each.expired(); });
    under_way_.push_back(here);
    send(here, draw_fault());

    struct leaving
    {
        exchange& from;
        ~leaving()
        {
            from.waiting = nullptr;
            from.request->gone = true;
        }
    };
    sleeper place(clock_);
    here->waiting = &place;
    const leaving on_end{*here};
    while (!here->done && !cut_)
        co_await place.sleep();
    if (cut_)
        throw queue_error(failure::transient, "the process was killed");
    if (here->failed)
        throw queue_error(*here->failed,
                          fmt::format("{} failed: {}", to_string(what), to_string(*here->failed)));
    co_return std::move(here->answer);
}

awaitable<steady_time> queue_port::receive(const sqs::receive_options& options,
                                           sqs::response_room& room, delivery& into)
{
    if (!cut_)
        tell_.polls();
    std::string body = co_await call(operation::receive_message, requests_.receive(options));
    if (!in_.healed && luck_.hit(in_.how.queue.miscounted))
        forget_counts(body);
    const steady_time first_byte = clock_.now();
    const bool has_room = co_await room.make_room(body.size());
    if (!has_room) {
        in_.reached.reach(occasion::poll_without_room);
        throw queue_error(failure::abandoned, "no room for the answer");
    }
    tell_.reads(body.size());
    sleeper place(clock_);
    co_await place.sleep_for(luck_.latency(milliseconds(1))); // the body comes
    if (cut_)
        throw queue_error(failure::transient, "the process was killed");
    into.buffer.clear();
    into.buffer.reserve(body.size() + sqs::envelope_padding);
    into.buffer.append(body);
    into.received_at = clock_.wall_now();
    const std::string wrong = sqs::index_messages(into, body.size());
    if (!wrong.empty())
        throw queue_error(failure::transient, wrong);
    if (into.count > 0)
        tell_.received(into);
    if (into.count > 0 && is_damaged_) {
        in_.reached.reach(occasion::body_damaged);
        if (into.count > 1 && in_.how.groups > 0 &&
            into.messages[0].group_id == into.messages[1].group_id)
            in_.reached.reach(occasion::group_head_damaged);
    }
    co_return first_byte;
}

awaitable<sqs::batch_result> queue_port::batch_call(operation what, std::string body,
                                                    std::size_t entries)
{
    const std::string answer = co_await call(what, std::move(body));
    sqs::batch_reply reply = sqs::read_batch_reply(answer, entries);
    for (const sqs::failed_entry& each : reply.failed) {
        if (each.text.find("beyond the limit") != std::string::npos)
            in_.reached.reach(occasion::lease_capped);
        in_.reached.reach(each.sender_fault ? occasion::extension_refused
                                            : occasion::entries_failed);
    }
    co_return std::move(reply.results);
}

awaitable<sqs::batch_result> queue_port::remove(std::span<const receipt> receipts)
{
    if (!cut_)
        tell_.deletes(receipts);
    std::string body;
    requests_.remove(receipts, body);
    co_return co_await batch_call(operation::delete_message_batch, std::move(body),
                                  receipts.size());
}

awaitable<sqs::batch_result> queue_port::change_visibility(std::span<const receipt> receipts,
                                                           std::chrono::seconds timeout)
{
    if (!cut_)
        tell_.changes(receipts, timeout);
    const bool extends = is_extension(receipts, timeout, in_.how.visibility);
    for (const receipt each : receipts)
        if (!cut_ && extends && dead_.contains(each->receipt_handle))
            in_.judge.broken(bounded_retry, "a lease is extended that SQS has ended");
    std::string body;
    requests_.change_visibility(receipts, timeout, body);
    sqs::batch_result results = co_await batch_call(operation::change_message_visibility_batch,
                                                    std::move(body), receipts.size());
    for (std::size_t i = 0; i < receipts.size(); ++i)
        if (results[i] == sqs::entry_result::dead)
            dead_.emplace(receipts[i]->receipt_handle);
    co_return results;
}

awaitable<sqs::queue_attributes> queue_port::attributes()
{
    std::string answer = co_await call(operation::get_queue_attributes, requests_.attributes());
    try {
        co_return sqs::read_attributes(answer);
    } catch (const sqs::malformed_reply& error) { // as the client tells it
        throw sqs::queue_error(sqs::failure::transient, error.what());
    }
}

void queue_port::cut()
{
    cut_ = true;
    for (const auto& each : under_way_)
        if (const auto still = each.lock())
            still->end();
}

} // namespace sluice::simulation
