#include "simulation/backend.hpp"

#include <utility>

namespace sluice::simulation {

using postgres::commit_outcome;
using postgres::statement;

namespace {

constexpr milliseconds usual_run{3};
constexpr milliseconds slow_run{20000};
constexpr milliseconds usual_commit{2};
constexpr milliseconds alone_most{30000}; // a backend that nobody listens to is gone by then
constexpr std::chrono::seconds lock_timeout{10};

commit_outcome refused(std::string_view sqlstate)
{
    commit_outcome out;
    out.what = commit_outcome::kind::refused;
    out.where = statement::ledger;
    out.error.sqlstate = sqlstate;
    out.error.text = std::string("the simulated server says ") + std::string(sqlstate);
    return out;
}

} // namespace

backend::backend(world& in, database& of, std::function<void(commit_outcome)> answer)
    : in_(in), of_(of), luck_(of.luck()), answer_(std::move(answer))
{}

void backend::after(steady_clock::duration span, void (backend::*step)())
{
    in_.time.after(span, [self = shared_from_this(), step, turn = ++turn_] {
        if (self->turn_ == turn && self->state_ != state::dead)
            (*self.*step)();
    });
}

void backend::arrive(received_batch batch)
{
    if (state_ == state::dead)
        return;
    waiting_.push_back(std::move(batch));
    if (state_ == state::idle)
        begin();
}

void backend::begin()
{
    if (waiting_.empty()) {
        state_ = state::idle;
        return;
    }
    state_ = state::running;
    lock_deadline_ = never;
    floor_ = of_.floor();
    const bool slow = !in_.healed && luck_.hit(in_.how.database.slow);
    after(luck_.latency(slow ? slow_run : usual_run), &backend::run);
}

void backend::run()
{
    if (auto why = of_.refuses_batch()) {
        refuse(std::move(*why));
        return;
    }
    if (!in_.healed && answer_ && luck_.hit(in_.how.database.lost_during)) {
        lose_connection();
        return; // it may go on alone, later
    }
    if (!in_.healed && luck_.hit(in_.how.database.conflict)) {
        in_.reached.reach(occasion::conflict);
        refuse(refused("40001"));
        return;
    }
    database::evaluation found = of_.evaluate(waiting_.front(), *this, floor_);
    if (found.must_wait) {
        if (lock_deadline_ == never) {
            lock_deadline_ = in_.time.now() + lock_timeout;
            after(lock_timeout, &backend::run);
        } else if (in_.time.now() >= lock_deadline_) {
            in_.reached.reach(occasion::lock_timeout);
            refuse(refused("55P03"));
            return;
        }
        state_ = state::waiting_for_keys;
        return;
    }
    if (found.change.outcome.what == commit_outcome::kind::refused) {
        refuse(std::move(found.change.outcome));
        return;
    }
    change_ = std::move(found.change);
    of_.hold(*this, change_.keys);
    state_ = state::committing;
    after(luck_.latency(usual_commit), &backend::commit);
}

void backend::commit()
{
    place_ = of_.log_commit(change_);
    if (of_.is_replicated(place_)) {
        finish();
        return;
    }
    in_.reached.reach(occasion::standby_awaited);
    state_ = state::waiting_for_standby;
    if (!answer_)
        after(luck_.between(milliseconds(1), alone_most), &backend::give_up_standby);
}

// A backend that is told to go while it waits for the standby has committed here, and not there.
void backend::give_up_standby()
{
    in_.reached.reach(occasion::standby_wait_cancelled);
    of_.apply(change_, place_);
    state_ = state::dead;
    of_.let_go(*this);
}

void backend::finish()
{
    state_ = state::committing;
    of_.apply(change_, place_);
    if (!answer_)
        in_.reached.reach(occasion::applied_alone);
    if (!in_.healed && answer_ && luck_.hit(in_.how.database.lost_after)) {
        in_.reached.reach(occasion::unknown_and_applied);
        tell({});
        client_gone();
    } else {
        tell(change_.outcome);
    }
    next();
}

void backend::refuse(commit_outcome why)
{
    tell(std::move(why));
    next();
}

// The next batch has a transaction of its own.
void backend::next()
{
    ++turn_;
    waiting_.pop_front();
    change_ = {};
    if (state_ != state::dead)
        begin();
    of_.let_go(*this);
}

void backend::tell(commit_outcome what)
{
    if (answer_)
        answer_(std::move(what));
}

// The network between the two breaks.
void backend::lose_connection()
{
    tell({});
    client_gone();
}

void backend::client_gone()
{
    answer_ = nullptr;
    if (waiting_.size() > 1 && luck_.hit(0.5))
        waiting_.resize(1); // what the server had not read yet
    switch (state_) {
    case state::idle:
        if (luck_.hit(0.5)) // else what is on its way still arrives
            state_ = state::dead;
        break;
    case state::running:
    case state::waiting_for_keys:
        if (luck_.hit(0.5)) {
            in_.reached.reach(occasion::unknown_and_not_applied);
            state_ = state::dead;
        } else if (state_ == state::running) {
            after(luck_.between(milliseconds(0), alone_most), &backend::run);
        }
        break;
    case state::waiting_for_standby:
        after(luck_.between(milliseconds(1), alone_most), &backend::give_up_standby);
        break;
    case state::committing:
    case state::dead:
        break;
    }
}

void backend::crash()
{
    if (state_ == state::dead)
        return;
    const bool was_committed =
        state_ == state::waiting_for_standby || (state_ == state::committing && luck_.hit(0.5));
    if (was_committed) {
        if (state_ == state::committing)
            place_ = of_.log_commit(change_);
        of_.apply(change_, place_);
        in_.reached.reach(occasion::unknown_and_applied);
    } else if (state_ != state::idle) {
        in_.reached.reach(occasion::unknown_and_not_applied);
    }
    state_ = state::dead;
    tell({});
    answer_ = nullptr;
    of_.let_go(*this);
}

void backend::look()
{
    if (state_ == state::waiting_for_keys)
        run();
    else if (state_ == state::waiting_for_standby && of_.is_replicated(place_))
        finish();
}

void backend::hurry()
{
    if (state_ == state::running && !answer_)
        after(milliseconds(1), &backend::run);
}

} // namespace sluice::simulation
