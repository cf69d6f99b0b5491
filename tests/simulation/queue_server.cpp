#include "simulation/queue_server.hpp"

#include "sqs_server/model/digest.hpp"
#include "sqs_server/protocol/message_text.hpp"

#include <fmt/format.h>

namespace sluice::simulation {

namespace server = sqs_server;

namespace {

std::string name_of(std::string_view what, const swarm& how)
{
    return fmt::format("{}{}", what, how.groups > 0 ? ".fifo" : "");
}

std::unique_ptr<server::message_details> details_of(const sent_message& what, std::size_t index)
{
    if (what.group.empty())
        return nullptr;
    auto out = std::make_unique<server::message_details>();
    out->group_id = what.group;
    out->deduplication_id = std::to_string(index);
    return out;
}

// Retention at its longest, and half a day in which the last receiver may have it.
constexpr std::chrono::hours comes_again{14 * 24 + 12};

server::account_options account_of(const swarm& how)
{
    server::account_options out;
    out.seed = seed_of(how.seed, "sqs");
    out.behaviour.random_order = how.queue.random_order;
    out.behaviour.duplicates = how.queue.delivered_twice;
    out.behaviour.duplicate_delay_max = how.queue.again_within;
    return out;
}

std::string text_of(const sent_message& what)
{
    static server::digest md5("MD5");
    return server::message_text(what.body, md5(what.body));
}

} // namespace

queue_server::queue_server(world& in)
    : in_(in),
      luck_(in.how.seed, "queue"),
      account_(account_of(in.how), *this),
      api_(account_),
      ids_(seed_of(in.how.seed, "ids")),
      name_(name_of("logins", in.how))
{
    const wall_time now = in_.time.wall_now();
    server::attribute_map kind;
    if (in_.how.groups > 0)
        kind = {{"FifoQueue", "true"}};
    const auto& letters = account_.create(name_of("logins-dead", in_.how), kind, {}, now);
    const std::string redrive =
        fmt::format(R"({{"deadLetterTargetArn":"{}","maxReceiveCount":{}}})", letters.arn(),
                    in_.how.receives_max);
    attributes_ = {{"VisibilityTimeout", std::to_string(in_.how.visibility.count())},
                   {"RedrivePolicy", redrive}};
    attributes_.merge(kind);
    queue_ = &account_.create(name_, attributes_, {}, now);
    url_ = server::queue_url(true, "sqs.simulated", account_.options().id, name_);
    const auto span = std::chrono::duration_cast<steady_clock::duration>(in_.how.sending_for);
    for (std::size_t i = 0; i < in_.messages.all().size(); ++i)
        in_.time.after(luck_.between(steady_clock::duration(0), span), [this, i] { send(i); });
}

void queue_server::send(std::size_t index)
{
    const sent_message& what = in_.messages.all()[index];
    const wall_time now = in_.time.wall_now();
    if (queue_ == nullptr)
        return; // its sender is told that there is no queue
    if (what.history > 0 || what.age > what.age.zero()) {
        give_back(index);
        return;
    }
    server::new_message given;
    given.text = text_of(what);
    if (what.delay > seconds(0)) {
        in_.reached.reach(occasion::message_delayed);
        given.delay = what.delay;
    }
    given.body = what.body;
    given.size_bytes = static_cast<std::uint32_t>(what.body.size());
    given.details = details_of(what, index);
    const server::sent_message sent = queue_->send(std::move(given), now);
    was_sent(index, sent.id, now);
}

// A message comes from the dead-letter queue of another one: it has been received there, and sent a
// while ago. Its retention begins anew.
void queue_server::give_back(std::size_t index)
{
    const sent_message& what = in_.messages.all()[index];
    const wall_time now = in_.time.wall_now();
    server::message_load load;
    load.id = server::message_id::draw(ids_);
    load.text = text_of(what);
    load.sent_at = now - std::chrono::floor<milliseconds>(what.age);
    load.first_received_at = load.sent_at;
    load.size_bytes = static_cast<std::uint32_t>(what.body.size());
    load.receive_count = what.history;
    load.details = details_of(what, index);
    was_sent(index, load.id, load.sent_at);
    queue_->adopt(std::move(load), now, now);
}

// A delete is no promise: SQS hands a message out again, at some time before its retention ends,
// and then somebody may have it for half a day.
void queue_server::come_back(std::size_t index)
{
    const sent_message& what = in_.messages.all()[index];
    if (queue_ == nullptr || in_.healed)
        return;
    server::message_load load;
    load.id = ids_by_text_.at(what.id);
    load.text = text_of(what);
    load.sent_at = what.sent_at;
    load.first_received_at = what.sent_at;
    load.size_bytes = static_cast<std::uint32_t>(what.body.size());
    load.receive_count = receives_of(what);
    const wall_time kept_since = what.sent_at + comes_again - queue_->settings().retention;
    queue_->adopt(std::move(load), in_.time.wall_now(), kept_since);
    in_.history.note("queue", "comes back {}", what.id);
}

void queue_server::was_sent(std::size_t index, const server::message_id& id, wall_time sent_at)
{
    in_.messages.was_sent(index, id.text(), sent_at);
    if (in_.how.queue.comes_back > 0)
        ids_by_text_.emplace(id.text(), id);
    ++sent_;
    in_.history.note("queue", "sent {} {}", index, id.text());
}

void queue_server::purge()
{
    in_.history.note("queue", "is purged");
    queue_->purge(in_.time.wall_now());
}

void queue_server::destroy()
{
    in_.reached.reach(occasion::queue_gone);
    in_.history.note("queue", "is deleted");
    account_.destroy(*std::exchange(queue_, nullptr), in_.time.wall_now());
    serve_waiting();
}

void queue_server::create_anew()
{
    in_.reached.reach(occasion::queue_recreated);
    in_.history.note("queue", "is there again");
    queue_ = &account_.create(name_, attributes_, {}, in_.time.wall_now());
}

void queue_server::see_again()
{
    blind = false;
    serve_waiting();
}

server::call queue_server::call_of(const queue_request& request) const
{
    return {.what = request.what,
            .body = request.body,
            .host = "sqs.simulated",
            .tls = true,
            .now = in_.time.wall_now(),
            .faults = request.faults};
}

void queue_server::serve(const std::shared_ptr<queue_request>& request)
{
    byte_buffer body;
    server::reply out{.status = 200, .query_error = {}, .body = body};
    const server::call call = call_of(*request);
    if (request->what == server::operation::receive_message) {
        auto poll = api_.begin_receive(call, out);
        if (poll) {
            const steady_time deadline = in_.time.now() + poll->wait;
            waiting_poll next{request, std::move(*poll), deadline};
            if (!try_answer(next))
                wait(std::move(next));
            return;
        }
    } else {
        api_.answer(call, out);
    }
    request->answer({out.status, std::string(body.view()), std::move(out.query_error)});
}

bool queue_server::try_answer(waiting_poll& poll)
{
    byte_buffer body;
    server::reply out{.status = 200, .query_error = {}, .body = body};
    if (blind && queue_ != nullptr && in_.time.now() < poll.deadline)
        return false;
    if (blind && queue_ != nullptr && queue_->counts().visible > 0) {
        in_.reached.reach(occasion::receive_blind);
        server::api::end_empty(out);
    } else if (api_.must_wait(poll.call, call_of(*poll.request), out)) {
        if (in_.time.now() < poll.deadline)
            return false;
        in_.reached.reach(occasion::long_poll_empty);
        server::api::end_empty(out);
    }
    poll.request->answer({out.status, std::string(body.view()), std::move(out.query_error)});
    return true;
}

void queue_server::wait(waiting_poll poll)
{
    look_again_at(poll.deadline);
    waiting_.push_back(std::move(poll));
    look_again_later();
}

void queue_server::serve_waiting()
{
    for (auto it = waiting_.begin(); it != waiting_.end();) {
        // The server may not have noticed yet that the other side has gone.
        const bool forgotten = it->request->gone && luck_.hit(0.8);
        it = forgotten || try_answer(*it) ? waiting_.erase(it) : std::next(it);
    }
    look_again_later();
}

// What is visible may stand behind the head of its group, which is not: a look that found nothing
// is repeated when something changes.
void queue_server::look_again_later()
{
    if (queue_ == nullptr || waiting_.empty() || blind)
        return;
    if (in_.how.groups == 0)
        deliverable(*queue_);
    else if (const auto next = queue_->next_visible())
        look_again_at(in_.time.now() +
                      std::max(*next - in_.time.wall_now(), wall_time::duration(1)));
}

// A look for nothing costs less than one that was forgotten.
void queue_server::look_again_at(steady_time when)
{
    if (when >= next_look_)
        return;
    next_look_ = when;
    in_.time.at(when, [this, when] {
        if (next_look_ != when)
            return; // an earlier one came between
        next_look_ = never;
        serve_waiting();
        for (const waiting_poll& each : waiting_)
            look_again_at(each.deadline);
    });
}

void queue_server::deliverable(const server::queue& where)
{
    if (&where != queue_ || waiting_.empty() || blind)
        return;
    if (where.counts().visible > 0)
        look_again_at(in_.time.now());
    else if (const auto next = where.next_visible())
        look_again_at(in_.time.now() +
                      std::max(*next - in_.time.wall_now(), wall_time::duration(1)));
}

void queue_server::happened(const server::event& what)
{
    const std::string id = what.id.text();
    switch (what.kind) {
    case server::event_kind::received:
        receives_[id] = what.by.receive;
        if (what.by.receive > 1)
            in_.reached.reach(occasion::delivered_again);
        if (deleted_.contains(id))
            in_.reached.reach(occasion::delivered_after_delete);
        in_.history.note("queue", "received {} count {}", id, what.by.receive);
        break;
    case server::event_kind::deleted:
        deleted_.insert(id);
        in_.history.note("queue", "deleted {}", id);
        plan_return(id, what.at);
        break;
    case server::event_kind::purged:
        purged_.insert(id);
        if (what.by.receive > 0 || receives_.contains(id))
            in_.reached.reach(occasion::purged_in_work);
        break;
    case server::event_kind::repeated:
        in_.reached.reach(occasion::receive_repeated);
        break;
    case server::event_kind::expired:
        in_.messages.was_given_up(id);
        expired_.insert_or_assign(id, stay{what.at - what.where->settings().retention, what.at});
        in_.history.note("queue", "expired {}", id);
        break;
    case server::event_kind::delete_ignored:
        in_.reached.reach(occasion::delete_ignored);
        break;
    case server::event_kind::visibility_ignored:
        in_.reached.reach(occasion::extension_ignored);
        break;
    case server::event_kind::redriven:
        ++redriven_;
        in_.messages.was_given_up(id);
        in_.reached.reach(occasion::redriven);
        in_.history.note("queue", "redriven {}", id);
        break;
    default:
        break;
    }
}

void queue_server::plan_return(const std::string& id, wall_time now)
{
    const sent_message* const which = in_.messages.by_id(id);
    if (which == nullptr || !luck_.hit(in_.how.queue.comes_back))
        return;
    const auto left = which->sent_at + comes_again - now;
    if (left <= left.zero())
        return;
    // Most are soon, some at the very end.
    const auto span = std::chrono::duration_cast<steady_clock::duration>(left);
    in_.time.after(luck_.hit(0.3) ? luck_.between(span * 9 / 10, span)
                                  : luck_.between(steady_clock::duration(0), span),
                   [this, index = in_.messages.index_of(*which)] { come_back(index); });
}

bool queue_server::empty()
{
    if (queue_ == nullptr)
        return false;
    queue_->advance(in_.time.wall_now());
    const server::message_counts left = queue_->counts();
    return left.visible + left.in_flight + left.delayed == 0;
}

std::optional<queue_server::stay> queue_server::expired(const sent_message& which) const
{
    const auto it = expired_.find(which.id);
    return it == expired_.end() ? std::nullopt : std::optional(it->second);
}

std::uint32_t queue_server::receives_of(const sent_message& which) const
{
    const auto it = receives_.find(which.id);
    return it == receives_.end() ? 0 : it->second;
}

} // namespace sluice::simulation
