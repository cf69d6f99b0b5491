#include "pipeline/in_flight.hpp"

#include <cassert>
#include <utility>

namespace sluice::pipeline {
namespace {

// Memory that waits for the next response; more is given back to the system.
constexpr std::size_t free_deliveries_max = 256;
constexpr std::size_t free_buffer_bytes_max = std::size_t{64} << 10;

std::size_t charge_for(std::size_t body_bytes)
{
    return body_bytes * copies_of_a_response;
}

} // namespace

in_flight::in_flight(clock& time, amount limit, const breaker& gate, intake_gate& to,
                     counters& count)
    : gate_(gate), intake_(to), count_(count), budget_(time, limit), gate_opened_(time)
{}

in_flight::~in_flight() = default;

std::unique_ptr<delivery> in_flight::make_delivery()
{
    if (free_.empty())
        return std::make_unique<delivery>();
    auto reused = std::move(free_.back());
    free_.pop_back();
    return reused;
}

awaitable<std::unique_ptr<delivery>> in_flight::admit()
{
    const amount wanted{messages_per_call, charge_for(size_.expected())};
    for (;;) {
        while (!closed_ && !gate_.may_receive())
            co_await gate_opened_.wait();
        if (closed_)
            co_return nullptr;
        const bool granted = co_await budget_.acquire(wanted, {}, budget::line::fresh);
        if (!granted)
            co_return nullptr;
        if (gate_.may_receive() && !closed_)
            break;
        budget_.release(wanted); // the gate closed while this poll waited for room
    }
    auto admitted = make_delivery();
    admitted->charged_bytes = wanted.bytes;
    admitted->charged_messages = wanted.messages;
    co_return admitted;
}

awaitable<bool> in_flight::enlarge(delivery& of, std::size_t body_bytes, steady_time deadline)
{
    size_.seen(body_bytes);
    const std::size_t charge = charge_for(body_bytes);
    if (charge <= of.charged_bytes) {
        budget_.release({0, of.charged_bytes - charge});
        of.charged_bytes = charge;
        co_return true;
    }
    const amount more{0, charge - of.charged_bytes};
    const amount held{of.charged_messages, of.charged_bytes};
    const bool granted = co_await budget_.acquire(more, held, budget::line::begun, deadline);
    if (!granted)
        co_return false;
    of.charged_bytes = charge;
    co_return true;
}

void in_flight::accept(std::unique_ptr<delivery> full)
{
    assert(full->count > 0 && full->count <= full->charged_messages);
    budget_.release({full->charged_messages - full->count, 0});
    full->charged_messages = full->count;
    full->open = full->count;
    full->state.fill(custody::in_work);
    full->not_extended.reset();
    full->place = held_.size();
    messages_ += full->count;
    count_.received += full->count;
    count_.uncommitted += full->count;
    delivery& to_workers = *full;
    held_.push_back(std::move(full));
    intake_.push(to_workers);
}

void in_flight::give_back(std::unique_ptr<delivery> empty)
{
    recycle(std::move(empty));
}

void in_flight::pin(delivery& of)
{
    ++of.pins;
}

void in_flight::unpin(delivery& of)
{
    assert(of.pins > 0);
    --of.pins;
    recycle_if_over(of);
}

void in_flight::committed(receipt which, record_result how)
{
    assert(which.state() == custody::in_work);
    which.state() = custody::committed;
    --count_.uncommitted;
    count_.records.add(how);
    intake_.stored(which);
}

void in_flight::ended(receipt which, record_result how)
{
    // Nothing is asked of SQS: they are hidden until their leases end, and behind this one after.
    for (const receipt each : intake_.failed(which))
        end_uncommitted(each, record_result::released);
    end_uncommitted(which, how);
}

void in_flight::end_uncommitted(receipt which, record_result how)
{
    assert(which.state() == custody::in_work);
    --count_.uncommitted;
    count_.records.add(how);
    end_message(which);
}

void in_flight::deleted(receipt which)
{
    assert(which.state() == custody::committed);
    end_message(which);
}

void in_flight::end_message(receipt which)
{
    which.state() = custody::ended;
    delivery& of = *which.from;
    --of.open;
    --messages_;
    recycle_if_over(of);
}

void in_flight::recycle_if_over(delivery& of)
{
    if (of.open != 0 || of.pins != 0)
        return;
    std::unique_ptr<delivery> over = std::move(held_[of.place]);
    if (over->place + 1 != held_.size()) {
        held_[over->place] = std::move(held_.back());
        held_[over->place]->place = over->place;
    }
    held_.pop_back();
    recycle(std::move(over));
}

void in_flight::recycle(std::unique_ptr<delivery> over)
{
    over->unlink();
    budget_.release(
        {std::exchange(over->charged_messages, 0), std::exchange(over->charged_bytes, 0)});
    if (given_up_) {
        free_.push_back(std::move(over));
        return;
    }
    over->count = 0;
    over->buffer.clear();
    if (over->buffer.capacity() > free_buffer_bytes_max)
        over->buffer.release();
    if (free_.size() < free_deliveries_max)
        free_.push_back(std::move(over));
}

void in_flight::give_up()
{
    assert(closed_); // nobody takes a delivery from free_ any more
    given_up_ = true;
    for (const receipt each : in_work())
        ended(each, record_result::lost);
}

void in_flight::gate_changed()
{
    gate_opened_.notify_all();
}

void in_flight::close()
{
    closed_ = true;
    budget_.close();
    gate_opened_.notify_all();
}

std::vector<receipt> in_flight::in_work() const
{
    std::vector<receipt> out;
    for (const auto& each : held_)
        for (std::size_t i = 0; i < each->count; ++i)
            if (each->state[i] == custody::in_work)
                out.push_back({each.get(), static_cast<std::uint8_t>(i)});
    return out;
}

} // namespace sluice::pipeline
