// What a consumer does with a receipt handle. A standard queue grants an old handle and ignores
// it; a FIFO queue refuses it, for a handle dies there with its visibility timeout.
#include "sqs_server/model/queue.hpp"
#include "sqs_server/model/refusal.hpp"

namespace sluice::sqs_server {
namespace {

refusal expired(const receipt& by)
{
    return invalid_value(handle_of(by), "ReceiptHandle", "The receipt handle has expired.");
}

} // namespace

void queue::check(const receipt& by) const
{
    if (by.queue != identity_.number)
        throw refusal(errc::receipt_handle_is_invalid,
                      "The input receipt handle is not a valid receipt handle for this queue.");
}

void queue::remove(const receipt& by, wall_time now)
{
    check(by);
    advance(now);
    if (by.received_at + held_max <= now)
        throw expired(by);
    message* const what = store_.find(by);
    if (what == nullptr || what->deleted)
        return; // deleted before: SQS says yes each time
    const bool newest = what->receive_count == by.receive;
    if (settings_.fifo && (!newest || what->state != message_state::in_flight))
        throw expired(by);
    if (!newest) {
        tell(event_kind::delete_ignored, now, *what, by);
        return;
    }
    tell(event_kind::deleted, now, *what, by);
    if (what->owes == echo::none) {
        static_cast<void>(leave(*what));
        return;
    }
    // It stays, hidden, and comes once more.
    what->deleted = true;
    if (what->state == message_state::visible || what->owes == echo::early)
        return; // it is on its way already
    const wall_time back = echo_time(now);
    set_visible_at(*what, back);
}

void queue::change_visibility(const receipt& by, seconds timeout, wall_time now)
{
    check(by);
    advance(now);
    message* const what = store_.find(by);
    if (what == nullptr || what->deleted)
        throw invalid_value(handle_of(by), "ReceiptHandle",
                            "Message does not exist or is not available for visibility timeout "
                            "change.");
    if (what->receive_count != by.receive || what->state != message_state::in_flight) {
        if (settings_.fifo)
            throw expired(by);
        tell(event_kind::visibility_ignored, now, *what, by);
        return;
    }
    if (now + timeout > what->received_at + held_max)
        throw invalid_value(std::to_string(timeout.count()), "VisibilityTimeout",
                            "Total VisibilityTimeout for the message is beyond the limit [43200 "
                            "seconds]");
    if (what->owes != echo::early) // that one comes back early, whatever its consumer wishes
        set_visible_at(*what, now + timeout);
    tell(event_kind::visibility_changed, now, *what, by);
    advance(now); // a timeout of zero ends here
}

void queue::set_visible_at(message& what, wall_time when)
{
    waiting_.erase(waiting_.iterator_to(what));
    what.visible_at = when;
    wait(what);
}

// A receive that repeats an attempt gets the same messages by the same handles, their timeouts
// begun anew, as long as nobody touched any of them. False if the attempt is not known.
bool queue::repeat(const receive_options& options, seconds visibility, wall_time now,
                   std::vector<received_message>& out)
{
    answered_receive* const answer = answered_lately_.find(options.attempt_id, now);
    if (answer == nullptr)
        return false;
    for (const auto& [by, until] : answer->handed_out) {
        const message* const what = store_.find(by);
        if (what == nullptr || what->receive_count != by.receive || what->visible_at != until)
            throw invalid_value(options.attempt_id, "ReceiveRequestAttemptId",
                                "The receive request attempt can no longer be retried; use a new "
                                "ReceiveRequestAttemptId.");
    }
    for (auto& [by, until] : answer->handed_out) {
        message& what = *store_.find(by);
        if (what.state == message_state::visible)
            set_state(what, message_state::in_flight);
        set_visible_at(what, now + visibility);
        until = what.visible_at;
        tell(event_kind::repeated, now, what, by);
        out.push_back({&what, by});
    }
    return true;
}

} // namespace sluice::sqs_server
