#include "pipeline/row_intake.hpp"

#include <boost/asio/post.hpp>

namespace sluice::pipeline {

void coroutine_waker::wake() noexcept
{
    // The coroutine may have got up meanwhile: what is posted looks again.
    asio::post(executor_, [this] {
        if (place_ != nullptr)
            place_->wake();
    });
}

row_intake::row_intake(asio::any_io_executor executor, rings& from, const breaker& gate,
                       std::size_t writers)
    : rings_(from), gate_(gate)
{
    for (std::size_t i = 0; i < writers; ++i) {
        wakers_.push_back(std::make_unique<coroutine_waker>(executor));
        seats_.push_back(rings_.rows_bell.take_seat(*wakers_.back()));
    }
}

std::unique_ptr<transform::row_batch> row_intake::try_take()
{
    return take_waiting();
}

std::unique_ptr<transform::row_batch> row_intake::take_waiting()
{
    if (found_)
        return std::move(found_);
    return rings_.try_take_batch();
}

bool row_intake::drained() const noexcept
{
    return !found_ && rings_.rows.drained();
}

awaitable<void> row_intake::wait(std::size_t seat, sleeper& place, steady_time deadline)
{
    // The waker may only name a sleeper that exists, also when this coroutine is cancelled.
    struct lying_down
    {
        coroutine_waker& waker;
        ring::bell<>& bell;
        std::size_t seat;
        ~lying_down()
        {
            waker.set(nullptr);
            bell.get_up(seat);
        }
    };
    wakers_[seat]->set(&place);
    rings_.rows_bell.lie_down(seats_[seat]);
    const lying_down here{*wakers_[seat], rings_.rows_bell, seats_[seat]};
    // Announced first, looked second: what came in between is found here, or its push sees us.
    if (!found_)
        found_ = rings_.try_take_batch();
    if (!found_ || gate_.braked())
        co_await place.sleep_until(deadline);
}

} // namespace sluice::pipeline
