#include "simulation/daemon.hpp"

#include "pipeline/row_intake.hpp"

#include <boost/asio/co_spawn.hpp>

#include <algorithm>
#include <cassert>

namespace sluice::simulation {

using transform::mapping;

namespace {

daemon* at_work = nullptr; // whose worker runs

constexpr std::size_t handlers_alone_max = 2'000'000;
constexpr seconds release_hidden_max{900};
constexpr seconds stores_within{61}; // two readings of a queue, the last of which may be late
constexpr seconds hold_slack{150};   // the database's silence, connecting, a call or two of SQS
constexpr seconds unbegun_slack{30}; // what no worker has begun waits for no database

std::shared_ptr<const mapping> mapping_of(const swarm& how)
{
    static std::shared_ptr<const mapping> made; // the columns are the same for every seed
    if (!made)
        made = mapping::compile(pipeline_settings(how)).made;
    assert(made);
    return made;
}

const mask::keyring& keys()
{
    static const mask::keyring it = mask::keyring::of_one(std::string(key_id), key_bytes());
    return it;
}

} // namespace

// A transform worker, on the one executor instead of a thread of its own.
struct daemon::worker
{
    worker(asio::any_io_executor executor, daemon_clock& time, pipeline::rings& work,
           std::unique_ptr<transform::transformer> by, transform::batch_assembler::options how)
        : waker(std::move(executor)), place(time), steps(work, waker, std::move(by), how)
    {}

    pipeline::coroutine_waker waker;
    sleeper place;
    pipeline::transform_worker steps;
};

daemon::daemon(world& in, queue_server& queue, database& tables, plan how)
    : in_(in),
      tables_(tables),
      plan_(std::move(how)),
      luck_(in.how.seed, plan_.name),
      clock_(in.time),
      random_(luck_.below(std::uint64_t{1} << 63)),
      queue_(in, queue, clock_,
             {[this](const delivery& from) { note_received(from); },
              [this](std::span<const receipt> receipts) { check_deletes(receipts); },
              [this](std::span<const receipt> receipts, seconds timeout) {
                  check_changes(receipts, timeout);
              },
              [this] { check_poll(); }, [this](std::size_t bytes) { check_room(bytes); }},
             plan_.name + " queue"),
      attempts_(
          in, tables, clock_, [this] { check_idle(); }, plan_.name),
      mapping_(mapping_of(in.how)),
      splitter_(mapping_, &keys(), in.how.groups > 0)
{
    for (std::size_t i = 0; i < in_.how.shape.connections; ++i)
        links_.push_back(std::make_unique<link_port>(
            in_, tables_, clock_,
            link_port::watcher{
                [this](const transform::row_batch& batch) { note_sent(batch); },
                [this](const std::vector<std::string>& confirmed) { note_confirmed(confirmed); }},
            fmt::format("{} link {}", plan_.name, i)));
    pipeline_ = std::make_unique<pipeline::pipeline>(ports(), options());
    start();
}

daemon::~daemon()
{
    loop_.forget_all();
}

pipeline::world daemon::ports()
{
    std::vector<postgres::link*> links;
    for (const auto& each : links_)
        links.push_back(each.get());
    const auto prepare = [this]() -> awaitable<void> {
        sleeper place(clock_);
        co_await place.sleep_for(luck_.latency(milliseconds(10)));
        if (const auto why = tables_.refuses_connection(); why && !killed_)
            throw postgres::database_error(*why);
    };
    return {.executor = loop_.get_executor(),
            .time = clock_,
            .random = random_,
            .queue = queue_,
            .links = std::move(links),
            .prepare_database = prepare,
            .splitter = splitter_,
            .requests = requests_,
            .attempts = &attempts_,
            .start_workers = [this](seconds visibility) { start_workers(visibility); }};
}

pipeline::pipeline::options daemon::options() const
{
    const daemon_shape& shape = in_.how.shape;
    pipeline::pipeline::options out;
    out.name = "logins";
    out.fetch.range = {.min = 1, .max = shape.fetchers_max};
    out.fetch.receive.wait = plan_.once ? std::min(shape.wait, seconds(1)) : shape.wait;
    out.visibility_given = in_.how.visibility_in_configuration;
    if (out.visibility_given) {
        out.fetch.visibility = in_.how.visibility;
        out.fetch.receive.visibility = in_.how.visibility;
    }
    out.delete_linger = shape.delete_linger;
    out.write.depth = shape.pipeline_depth;
    out.write.answer_within = shape.answer_within;
    out.limit = {shape.in_flight_messages, shape.in_flight_bytes};
    out.row_bytes_max = shape.row_bytes_max != 0
                            ? shape.row_bytes_max
                            : shape.in_flight_bytes / pipeline::copies_of_a_response;
    out.drain_deadline = shape.drain_deadline;
    out.max_hold = shape.max_hold;
    out.stop_at_too_many = shape.brake;
    out.once = plan_.once;
    out.fifo = in_.how.groups > 0;
    out.scale = {.target_age = shape.target_age, .replicas_max = 10};
    return out;
}

void daemon::start()
{
    in_.history.note(plan_.name, "starts");
    started_ = in_.time.now();
    spawn([this]() -> awaitable<void> { went_well_ = co_await pipeline_->run(); });
}

void daemon::start_workers(seconds visibility)
{
    transform::batch_assembler::options how;
    how.limits = pipeline_settings(in_.how).sink.batch;
    how.lease_margin = visibility / 3;
    how.keeps_order = in_.how.groups > 0;
    for (std::size_t i = 0; i < in_.how.shape.workers; ++i)
        workers_.push_back(std::make_unique<worker>(
            loop_.get_executor(), clock_, pipeline_->work(),
            std::make_unique<transform::transformer>(mapping_, &keys()), how));
    for (const auto& each : workers_) {
        worker& self = *each;
        spawn([this, &self]() -> awaitable<void> { return work(self); });
    }
}

void daemon::spawn(std::function<awaitable<void>()> life)
{
    ++running_;
    asio::co_spawn(loop_.get_executor(), std::move(life), [this](std::exception_ptr failure) {
        --running_;
        try {
            if (failure)
                std::rethrow_exception(failure);
        } catch (const std::exception& error) {
            in_.judge.broken(no_failure, "{}: {}", plan_.name, error.what());
            went_well_ = false;
        }
        if (running_ == 0)
            end();
    });
}

awaitable<void> daemon::work(worker& self)
{
    self.waker.set(&self.place);
    for (;;) {
        at_work = this;
        read_in_step_ = 0;
        suspect_in_step_ = false;
        room_in_step_ = pipeline_->work().memory.has_room();
        const auto next = self.steps.step(clock_.now());
        at_work = nullptr;
        switch (next) {
        case pipeline::transform_worker::next::again: {
            sleeper busy(clock_);
            co_await busy.sleep_for(luck_.between(milliseconds(0), in_.how.shape.work_most));
            break;
        }
        case pipeline::transform_worker::next::pause: {
            sleeper moment(clock_);
            co_await moment.sleep_for(pipeline::transform_worker::busy_pause);
            break;
        }
        case pipeline::transform_worker::next::sleep:
            co_await self.place.sleep_until(self.steps.next_deadline());
            break;
        case pipeline::transform_worker::next::ended:
            self.waker.set(nullptr);
            co_return;
        }
    }
}

// The hook in transform/transformer.cpp.
void is_read(const message& which)
{
    if (at_work != nullptr)
        at_work->note_read(which);
}

void daemon::note_read(const message& which)
{
    if (killed_)
        return;
    ++read_in_step_;
    const sent_message* const known = in_.messages.by_id(which.id);
    if (known != nullptr && known->kills) {
        in_.reached.reach(occasion::killed_by_message);
        in_.history.note(plan_.name, "dies of message {}", in_.messages.index_of(*known));
        dies_in_ = 0; // before anything of this handler can reach the world
    }
    const bool is_suspect = which.receive_count >= pipeline::intake_gate::suspect_receives;
    suspect_in_step_ = suspect_in_step_ || is_suspect;
    if (suspect_in_step_ && (read_in_step_ > 1 || pipeline_->work().intake.size() > 0))
        in_.judge.broken(suspects_alone, "{}: others are in work beside suspect {}", plan_.name,
                         which.id);
    read_.emplace(which.receipt_handle);
    if (!is_suspect && !room_in_step_)
        in_.judge.broken(within_budget, "{}: {} is transformed, and {} bytes of rows are there",
                         plan_.name, which.id, pipeline_->work().memory.used());
    if (is_suspect && !attempts_.is_at(which.id))
        in_.judge.broken(suspects_alone, "{}: {} is transformed without an attempt", plan_.name,
                         which.id);
}

bool daemon::step()
{
    if (!is_ready())
        return false;
    std::size_t which = 0;
    if (in_.how.handlers == order::any || (in_.how.handlers == order::hesitant && luck_.hit(0.2)))
        which = luck_.below(loop_.ready());
    in_.history.count(which);
    loop_.run(which);
    if (!ended_)
        check_state();
    if (!ended_ && dies_in_ && (*dies_in_)-- == 0)
        kill();
    return true;
}

void daemon::pause()
{
    if (ended_)
        return;
    pipeline_->pause();
    if (!is_paused())
        return;
    in_.history.note(plan_.name, "is paused");
    if (pipeline_->held().messages() > 0)
        in_.reached.reach(occasion::paused_with_work);
}

void daemon::resume()
{
    if (ended_)
        return;
    if (is_paused())
        in_.reached.reach(occasion::resumed);
    pipeline_->resume();
    in_.history.note(plan_.name, "is resumed");
    if (!brake_pulled_ || pipeline_->gate().braked())
        return;
    brake_pulled_ = false;
    brake_released_ = true;
    in_.reached.reach(occasion::brake_released);
}

// After every handler.
void daemon::check_state()
{
    const pipeline::pipeline& inner = *pipeline_;
    if (const std::int64_t gap = inner.count().conservation_gap(); gap != 0)
        in_.judge.broken(conservation, "{}: the gap is {}", plan_.name, gap);
    const pipeline::budget& use = inner.held().use();
    const pipeline::amount used = use.used();
    // One response that is larger than the whole budget passes alone.
    const bool alone = used.messages <= messages_per_call;
    if (used.messages > use.limit().messages || (used.bytes > use.limit().bytes && !alone))
        in_.judge.broken(within_budget, "{}: {} messages and {} bytes of {} and {}", plan_.name,
                         used.messages, used.bytes, use.limit().messages, use.limit().bytes);
    if (!inner.work().memory.has_room() && inner.work().intake.size() > 0)
        in_.reached.reach(occasion::rows_without_room);
    if (!inner.gate().may_receive() && inner.held().messages() > 0)
        in_.reached.reach(occasion::gate_closed_with_work);
    if (in_.how.shape.brake.on)
        check_brake();
    check_holds();
    check_scale();
}

// More daemons help only where this one stores what it can: it runs, and did store something since
// the reading of the queue before the last one.
void daemon::check_scale()
{
    const pipeline::pipeline& inner = *pipeline_;
    const std::size_t wanted = inner.desired_replicas();
    const bool stores = confirmed_at_ && in_.time.now() - *confirmed_at_ <= stores_within;
    const bool is_stuck = !stores || inner.stands().now != pipeline::state::running;
    if (wanted > replicas_) {
        in_.reached.reach(occasion::scaled_out);
        in_.history.note(plan_.name, "wants {} daemons", wanted);
        if (is_stuck)
            in_.judge.broken(scale_in_reason, "{}: wants {} daemons, and stores nothing",
                             plan_.name, wanted);
    }
    if (wanted == 1 && replicas_ > 1)
        in_.reached.reach(occasion::scaled_in);
    const bool has_backlog =
        inner.queue_seen() && inner.queue_seen()->visible > in_.how.messages / 4;
    if (is_stuck && has_backlog && in_.how.burst && started_ + stores_within < in_.time.now())
        in_.reached.reach(occasion::scale_kept);
    replicas_ = wanted;
}

void daemon::note_received(const delivery& from)
{
    for (std::size_t i = 0; i < from.count; ++i) {
        const sent_message* const which = in_.messages.by_id(from.messages[i].id);
        if (which == nullptr) {
            in_.judge.broken(right_values, "a message with an unknown id was received");
            continue;
        }
        const auto [last, first] = in_.last_receiver.try_emplace(which, plan_.name);
        if (!first && std::exchange(last->second, plan_.name) != plan_.name)
            in_.reached.reach(occasion::delivered_to_two);
    }
    if (in_.how.groups > 0)
        note_groups(from);
    received_messages_ += from.count;
    in_.history.note(plan_.name, "has {} messages", from.count);
}

void daemon::note_groups(const delivery& from)
{
    const auto is_suspect = [](const message& which) {
        return which.receive_count >= pipeline::intake_gate::suspect_receives;
    };
    for (std::size_t i = 0; i < from.count; ++i)
        for (std::size_t later = i + 1; later < from.count; ++later) {
            const message& one = from.messages[i];
            if (one.group_id != from.messages[later].group_id)
                continue;
            in_.reached.reach(occasion::group_together);
            if (is_suspect(one))
                in_.reached.reach(occasion::group_with_suspect);
        }
    for (const receipt each : pipeline_->held().in_work())
        if (each->group_id == from.messages[0].group_id)
            in_.reached.reach(occasion::group_met_again);
}

void daemon::check_deletes(std::span<const receipt> receipts)
{
    for (const receipt each : receipts) {
        const sent_message* const which = in_.messages.by_id(each->id);
        if (which == nullptr || !confirmed_.contains(which->ledger_key))
            in_.judge.broken(commit_before_delete,
                             "{} deletes message {}, of which no commit was "
                             "confirmed to it",
                             plan_.name, which == nullptr ? 0 : in_.messages.index_of(*which));
    }
    in_.history.note(plan_.name, "deletes {}", receipts.size());
}

void daemon::note_sent(const transform::row_batch& batch)
{
    if (pipeline_->gate().braked())
        in_.judge.broken(brake_holds, "{} writes a batch while the brake is pulled", plan_.name);
    const auto note = [this](receipt which) { sent_.emplace(which->receipt_handle); };
    for (const auto& each : batch.rows)
        note(each.from);
    for (const auto& each : batch.letter_entries)
        note(each.from);
    for (const receipt each : batch.duplicates)
        note(each);
    if (!batch.duplicates.empty())
        in_.reached.reach(occasion::twice_in_a_batch);
}

void daemon::check_changes(std::span<const receipt> receipts, seconds timeout)
{
    if (is_extension(receipts, timeout, in_.how.visibility)) {
        if (brake_pulled_)
            in_.reached.reach(occasion::held_with_brake);
        return;
    }
    for (const receipt each : receipts) {
        check_release(each, timeout);
        if (each.from->pins > 0)
            in_.reached.reach(occasion::released_beside_extension);
    }
    in_.history.note(plan_.name, "releases {} for {} s", receipts.size(), timeout.count());
}

// Its batch may be committed, or be committing: only its lease may give such a message back.
void daemon::check_release(receipt which, seconds timeout)
{
    const sent_message* const known = in_.messages.by_id(which->id);
    const std::size_t number = known == nullptr ? 0 : in_.messages.index_of(*known);
    if (sent_.contains(which->receipt_handle))
        in_.judge.broken(no_early_release,
                         "{} gives back message {}, which it has sent to the database", plan_.name,
                         number);
    if (timeout == seconds(0)) // the end of a drain
        return;
    in_.reached.reach(occasion::released_by_hold);
    if (is_unbegun(which))
        in_.reached.reach(occasion::released_unbegun);
    seconds hidden = in_.how.visibility;
    for (std::uint32_t i = 0; i < which->receive_count && hidden < release_hidden_max; ++i)
        hidden *= 2;
    hidden = std::max(std::min(hidden, release_hidden_max), in_.how.visibility);
    if (timeout != hidden)
        in_.judge.broken(few_receives,
                         "{} hides message {} for {} s, after {} receives it should be {} s",
                         plan_.name, number, timeout.count(), which->receive_count, hidden.count());
}

// In the first window of a life, too many letters are as many as it takes, and what was under way.
void daemon::check_brake()
{
    const pipeline::breaker& gate = pipeline_->gate();
    if (gate.braked() && !brake_pulled_) {
        brake_pulled_ = true;
        in_.reached.reach(occasion::brake_pulled);
        in_.history.note(plan_.name, "brakes");
    }
    const daemon_shape& shape = in_.how.shape;
    if (in_.time.now() - started_ > shape.brake.window || brake_released_)
        return;
    const auto& ends = pipeline_->count().records;
    const std::uint64_t letters = ends.of(pipeline::record_result::dead_letter);
    const std::uint64_t stored = letters + ends.of(pipeline::record_result::row) +
                                 ends.of(pipeline::record_result::duplicate);
    const std::size_t batches = 1 + (shape.connections * shape.pipeline_depth);
    // What must stay together is in one batch, also beyond its rows.
    const std::size_t rows = shape.batch_rows + (in_.how.groups > 0 ? messages_per_call : 0);
    const bool too_many = letters > shape.brake.count + (batches * rows) &&
                          letters * 100 > 2 * stored * shape.brake.share_percent;
    if (too_many)
        in_.judge.broken(brake_holds, "{}: {} of {} messages became dead letters", plan_.name,
                         letters, stored);
}

// While nothing can be stored, a message goes back in time. Calls of a sick queue take theirs.
void daemon::check_holds()
{
    const steady_time now = in_.time.now();
    if (pipeline_->gate().now() == pipeline::breaker::state::closed) {
        closed_since_ = never;
        return;
    }
    if (closed_since_ == never)
        closed_since_ = now;
    const auto closed_for = now - closed_since_;
    if (closed_for < in_.how.shape.max_hold + unbegun_slack || now < next_hold_check_ ||
        stood_still_ || !in_.how.queue.is_sound() || pipeline_->now() != pipeline::phase::running)
        return;
    next_hold_check_ = now + seconds(1);
    for (const receipt each : pipeline_->held().in_work()) {
        const auto most = in_.how.shape.max_hold + (is_unbegun(each) ? unbegun_slack : hold_slack);
        const auto held_for = now - (each.from->first_lease_ends - in_.how.visibility);
        if (std::min(held_for, closed_for) > most)
            in_.judge.broken(held_in_bounds, "{} holds message {} for {} s", plan_.name, each->id,
                             std::chrono::floor<seconds>(closed_for).count());
    }
}

// No worker has had it, and nothing but a worker is between it and its rows.
bool daemon::is_unbegun(receipt which) const
{
    return in_.how.groups == 0 && which->receive_count < pipeline::intake_gate::suspect_receives &&
           !read_.contains(which->receipt_handle);
}

// The response itself, the rows made of it, and libpq's copy of them.
void daemon::check_room(std::size_t body_bytes)
{
    constexpr std::size_t copies = 3;
    if (pipeline_->held().use().used().bytes < copies * body_bytes)
        in_.judge.broken(within_budget, "{} reads {} bytes that nobody paid for", plan_.name,
                         body_bytes);
}

void daemon::check_idle()
{
    if (!pipeline_->work().idle())
        in_.judge.broken(suspects_alone, "{}: an attempt begins while a worker has work",
                         plan_.name);
}

void daemon::check_poll()
{
    if (!pipeline_->gate().may_receive())
        in_.judge.broken(nothing_in_outage,
                         "{} receives while its database takes nothing, or while it is paused",
                         plan_.name);
}

void daemon::note_confirmed(const std::vector<std::string>& keys)
{
    confirmed_.insert(keys.begin(), keys.end());
    confirmed_at_ = in_.time.now();
    in_.history.note(plan_.name, "confirmed {}", keys.size());
    if (!in_.healed && !dies_in_ && luck_.hit(in_.how.process.killed_at_reply)) {
        in_.reached.reach(occasion::killed_after_commit);
        kill_after(luck_.below(20));
    }
}

void daemon::stop()
{
    if (ended_ || stop_began_)
        return;
    in_.history.note(plan_.name, "is told to stop, {}", to_string(pipeline_->now()));
    if (pipeline_->now() == pipeline::phase::starting)
        in_.reached.reach(occasion::stopped_in_set_up);
    else if (pipeline_->gate().now() != pipeline::breaker::state::closed)
        in_.reached.reach(occasion::stopped_while_database_is_down);
    stop_began_ = in_.time.now();
    pipeline_->stop();
}

// Nothing of it reaches the world from here on. What is left runs out on a clock of its own, as a
// stop that meets nothing but errors: that must end too.
void daemon::kill()
{
    if (ended_)
        return;
    in_.history.note(plan_.name, "is killed");
    if (pipeline_->held().messages() > 0)
        in_.reached.reach(occasion::killed_with_work);
    killed_ = true;
    in_.attempts.process_ended(plan_.name);
    queue_.cut();
    attempts_.cut();
    for (const auto& each : links_)
        each->cut();
    clock_.leave_the_world();
    pipeline_->stop();
    run_out();
}

void daemon::run_out()
{
    for (std::size_t i = 0; i < handlers_alone_max && !ended_; ++i) {
        if (loop_.ready() > 0)
            loop_.run(0);
        else if (clock_.earliest() != never)
            clock_.move_alone_to(clock_.earliest());
        else
            break;
    }
    if (!ended_)
        in_.judge.broken(stop_in_time, "{}: alone with a dead world, it never ends", plan_.name);
    ended_ = true;
}

void daemon::freeze()
{
    in_.reached.reach(occasion::stood_still);
    in_.history.note(plan_.name, "stands still");
    frozen_ = stood_still_ = true;
    frozen_at_ = in_.time.now();
}

void daemon::thaw()
{
    in_.history.note(plan_.name, "goes on");
    frozen_ = false;
    if (confirmed_at_) // for the daemon no time has passed: the reading that comes now was of then
        *confirmed_at_ += in_.time.now() - frozen_at_;
}

// Who goes in peace leaves no evidence behind, unless the database would not hear of it.
void daemon::judge_attempts()
{
    if (in_.attempts.any_open(plan_.name) && !attempts_.in_trouble())
        in_.judge.broken(true_evidence, "{}: its stop counts as a death", plan_.name);
    in_.attempts.process_ended(plan_.name);
}

void daemon::end()
{
    ended_ = true;
    if (killed_)
        return;
    in_.history.note(plan_.name, "has ended");
    judge_attempts();
    const pipeline::counters& count = pipeline_->count();
    if (count.uncommitted != 0)
        in_.judge.broken(conservation, "{}: {} messages have no end", plan_.name,
                         count.uncommitted);
    if (count.received != received_messages_)
        in_.judge.broken(conservation, "{}: received {}, counted {}", plan_.name,
                         received_messages_, count.received);
    const pipeline::amount used = pipeline_->held().use().used();
    if (used.messages != 0 || used.bytes != 0)
        in_.judge.broken(nothing_held, "{}: {} messages, {} bytes are charged", plan_.name,
                         used.messages, used.bytes);
    const std::size_t row_bytes = pipeline_->work().memory.used();
    if (row_bytes != 0 && count.records.of(pipeline::record_result::lost) == 0)
        in_.judge.broken(nothing_held, "{}: {} bytes of rows are counted", plan_.name, row_bytes);
    if (count.records.of(pipeline::record_result::lost) > 0)
        in_.reached.reach(occasion::drain_gave_up);
    if (count.records.of(pipeline::record_result::released) > 0)
        in_.reached.reach(occasion::drain_released);
    const auto deadline = in_.how.shape.drain_deadline;
    if (stop_began_ && !stood_still_ && in_.time.now() - *stop_began_ > deadline)
        in_.judge.broken(stop_in_time, "{}: the stop took {} ms of {}", plan_.name,
                         std::chrono::floor<milliseconds>(in_.time.now() - *stop_began_).count(),
                         deadline.count());
}

} // namespace sluice::simulation
