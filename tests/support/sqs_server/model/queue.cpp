#include "sqs_server/model/queue.hpp"

#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cassert>
#include <limits>

namespace sluice::sqs_server {

queue::queue(queue_identity identity, queue_settings settings, queue_behaviour behaviour,
             random_source& random, observer& watcher, wall_time now)
    : identity_(std::move(identity)),
      settings_(std::move(settings)),
      behaviour_(behaviour),
      random_(random),
      watcher_(watcher),
      created_at_(now),
      modified_at_(now)
{
    if (settings_.fifo)
        order_ = make_fifo_order();
    else
        order_ = behaviour_.random_order ? make_random_order(random_) : make_sent_order();
}

message_counts queue::counts() const noexcept
{
    const auto of = [this](message_state state) {
        return counts_[static_cast<std::size_t>(state)];
    };
    return {of(message_state::visible), of(message_state::in_flight), of(message_state::delayed)};
}

std::optional<wall_time> queue::next_visible() const noexcept
{
    if (waiting_.empty())
        return std::nullopt;
    return waiting_.begin()->visible_at;
}

void queue::set(queue_settings settings, wall_time now)
{
    advance(now);
    settings_ = std::move(settings);
    modified_at_ = now;
}

void queue::advance(wall_time now)
{
    while (!waiting_.empty() && waiting_.begin()->visible_at <= now)
        set_state(*waiting_.begin(), message_state::visible);
    while (!by_age_.empty() && by_age_.begin()->kept_since + settings_.retention <= now) {
        message& old = *by_age_.begin();
        if (!old.deleted)
            tell(event_kind::expired, now, old);
        static_cast<void>(leave(old));
    }
}

sent_message queue::send(new_message given, wall_time now)
{
    advance(now);
    const std::string key = settings_.fifo ? deduplication_key(given) : std::string();
    if (const sent_message* const before = settings_.fifo ? sent_lately_.find(key, now) : nullptr) {
        tell({.kind = event_kind::deduplicated, .at = now, .where = this, .id = before->id});
        return *before;
    }
    message& what = store_.add({.id = message_id::draw(random_),
                                .text = std::move(given.text),
                                .details = std::move(given.details),
                                .sent_at = now,
                                .size_bytes = given.size_bytes});
    const seconds delay = given.delay.value_or(settings_.delay);
    what.visible_at = now + delay;
    tell(event_kind::sent, now, what);
    const sent_message sent{what.id, what.number};
    if (settings_.fifo)
        sent_lately_.put(key, sent, now);
    enter(what, delay > seconds(0) ? message_state::delayed : message_state::visible, now);
    return sent;
}

// Fills in the id that content-based deduplication gives, and returns what must not repeat.
std::string queue::deduplication_key(new_message& given)
{
    assert(given.details && "a message of a FIFO queue has a group");
    std::string& id = given.details->deduplication_id;
    if (id.empty()) {
        if (!settings_.content_deduplication)
            throw refusal(errc::invalid_parameter_value,
                          "The queue should either have ContentBasedDeduplication enabled or "
                          "MessageDeduplicationId provided explicitly");
        id = sha256_(given.body);
    }
    // A group id has no line break: no two pairs make one key.
    return settings_.deduplicate_by_group ? given.details->group_id + '\n' + id : id;
}

void queue::receive(const receive_options& options, queue* dead_letters, wall_time now,
                    std::vector<received_message>& out)
{
    advance(now);
    const seconds visibility = options.visibility.value_or(settings_.visibility);
    const bool has_attempt = settings_.fifo && !options.attempt_id.empty();
    if (has_attempt && repeat(options, visibility, now, out))
        return;
    const std::size_t in_flight = counts().in_flight;
    if (in_flight >= in_flight_max && !settings_.fifo && !options.long_poll)
        throw refusal(errc::over_limit,
                      fmt::format("Too many messages in flight; the limit is {}.", in_flight_max));
    const std::size_t limit =
        std::min(options.messages_max, in_flight_max - std::min(in_flight, in_flight_max));
    const std::size_t before = out.size();
    order_->begin();
    while (out.size() - before < limit) {
        message* const what = order_->next(last_scanned());
        if (what == nullptr)
            break;
        if (settings_.redrive && dead_letters != nullptr &&
            what->receive_count >= settings_.redrive->receives_max) {
            redrive(*what, *dead_letters, now);
            continue;
        }
        out.push_back({what, hand_out(*what, visibility, now)});
    }
    if (visibility == seconds(0))
        advance(now); // they were never hidden
    if (!has_attempt || out.size() == before)
        return;
    answered_receive answer;
    for (std::size_t i = before; i < out.size(); ++i)
        answer.handed_out.emplace_back(out[i].by, out[i].what->visible_at);
    answered_lately_.put(options.attempt_id, std::move(answer), now);
}

receipt queue::hand_out(message& what, seconds visibility, wall_time now)
{
    if (what.receive_count++ == 0) {
        what.first_received_at = now;
        if (!settings_.fifo && random_.chance(behaviour_.duplicates))
            what.owes = random_.below(2) == 0 ? echo::early : echo::late;
    } else {
        what.owes = echo::none; // this delivery is the one it owed, or as good as that
    }
    what.deleted = false;
    what.received_at = now;
    what.visible_at = now + visibility;
    if (what.owes == echo::early)
        what.visible_at = std::min(what.visible_at, echo_time(now));
    set_state(what, message_state::in_flight);
    const receipt by = receipt_of(what);
    tell(event_kind::received, now, what, by);
    return by;
}

receipt queue::receipt_of(const message& what) const noexcept
{
    return {.queue = identity_.number,
            .slot = what.slot,
            .number = what.number,
            .receive = what.receive_count,
            .received_at = what.received_at};
}

wall_time queue::echo_time(wall_time now)
{
    return now +
           std::chrono::milliseconds(random_.below(behaviour_.duplicate_delay_max.count() + 1));
}

void queue::redrive(message& what, queue& dead_letters, wall_time now)
{
    tell({.kind = event_kind::redriven,
          .at = now,
          .where = this,
          .id = what.id,
          .by = receipt_of(what),
          .target = &dead_letters});
    message_load load = leave(what);
    if (!load.details)
        load.details = std::make_unique<message_details>();
    load.details->source_arn = arn();
    dead_letters.adopt(std::move(load), now);
}

// A standard queue keeps counting a message's age from its first send, a FIFO queue does not.
void queue::adopt(message_load load, wall_time now, std::optional<wall_time> kept_since)
{
    advance(now);
    message& what = store_.add(std::move(load));
    enter(what, message_state::visible, kept_since.value_or(settings_.fifo ? now : what.sent_at));
}

std::optional<message_load> queue::take_visible(wall_time now)
{
    advance(now);
    order_->begin();
    message* const what = order_->next(std::numeric_limits<std::uint64_t>::max());
    if (what == nullptr)
        return std::nullopt;
    return leave(*what);
}

void queue::drop_all(wall_time now)
{
    while (!by_age_.empty()) {
        message& what = *by_age_.begin();
        if (!what.deleted)
            tell(event_kind::purged, now, what);
        static_cast<void>(leave(what));
    }
    sent_lately_.clear();
    answered_lately_.clear();
}

void queue::purge(wall_time now)
{
    advance(now);
    if (purged_at_ && now < *purged_at_ + purge_pause)
        throw refusal(errc::purge_queue_in_progress,
                      fmt::format("Only one PurgeQueue operation on {} is allowed every {} "
                                  "seconds.",
                                  name(), purge_pause.count()));
    purged_at_ = now;
    drop_all(now);
}

void queue::enter(message& what, message_state state, wall_time kept_since)
{
    what.state = state;
    what.kept_since = kept_since;
    insert_late(by_age_, what);
    if (settings_.fifo && by_age_.size() <= in_flight_max)
        scan_end_ = &*by_age_.rbegin();
    ++counts_[static_cast<std::size_t>(state)];
    if (state != message_state::visible)
        wait(what);
    order_->entered(what);
    if (state == message_state::visible)
        watcher_.deliverable(*this);
}

// The only place where a message changes its state. The hook is free in between: a message leaves
// one set before it enters the other.
void queue::set_state(message& what, message_state to)
{
    const message_state before = what.state;
    if (before != message_state::visible)
        waiting_.erase(waiting_.iterator_to(what));
    if (to != before) {
        what.state = to;
        --counts_[static_cast<std::size_t>(before)];
        ++counts_[static_cast<std::size_t>(to)];
        order_->changed(what, before);
    }
    if (to != message_state::visible)
        wait(what);
    else
        watcher_.deliverable(*this);
}

void queue::wait(message& what)
{
    insert_late(waiting_, what);
    if (&*waiting_.begin() == &what)
        watcher_.deliverable(*this); // sooner than anybody who sleeps until then knows
}

message_load queue::leave(message& what)
{
    if (what.state != message_state::visible)
        waiting_.erase(waiting_.iterator_to(what));
    --counts_[static_cast<std::size_t>(what.state)];
    order_->leaving(what);
    const auto at = by_age_.iterator_to(what);
    if (scan_end_ != nullptr && !by_age{}(*scan_end_, what)) { // within the scanned part
        if (by_age_.size() > in_flight_max)
            scan_end_ = &*std::next(by_age_.iterator_to(*scan_end_));
        else if (scan_end_ == &what)
            scan_end_ = at == by_age_.begin() ? nullptr : &*std::prev(at);
    }
    by_age_.erase(at);
    if (settings_.fifo)
        watcher_.deliverable(*this); // the one behind it may be free now
    return store_.remove(what);
}

std::uint64_t queue::last_scanned() const noexcept
{
    if (scan_end_ == nullptr)
        return std::numeric_limits<std::uint64_t>::max();
    return scan_end_->number;
}

void queue::tell(event_kind kind, wall_time now, const message& what, const receipt& by)
{
    tell({.kind = kind,
          .at = now,
          .where = this,
          .id = what.id,
          .by = by,
          .visible_at = what.visible_at});
}

void queue::tell(const event& what)
{
    ++totals_[static_cast<std::size_t>(what.kind)];
    watcher_.happened(what);
}

} // namespace sluice::sqs_server
