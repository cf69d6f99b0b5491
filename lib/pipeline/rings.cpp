#include "pipeline/rings.hpp"

#include <bit>
#include <cassert>
#include <cstdlib>

namespace sluice::pipeline {

std::unique_ptr<transform::row_batch> batch_pool::take()
{
    {
        const std::scoped_lock lock(mutex_);
        if (!kept_.empty()) {
            auto batch = std::move(kept_.back());
            kept_.pop_back();
            kept_bytes_ -= batch->capacity();
            return batch;
        }
    }
    return std::make_unique<transform::row_batch>();
}

void batch_pool::give_back(std::unique_ptr<transform::row_batch> batch)
{
    batch->clear();
    const std::size_t bytes = batch->capacity();
    const std::scoped_lock lock(mutex_);
    if (kept_.size() >= kept_max || kept_bytes_ + bytes > kept_bytes_max)
        return;
    kept_.push_back(std::move(batch));
    kept_bytes_ += bytes;
}

rings::rings(std::size_t in_flight_messages, std::size_t row_bytes_max)
    : intake(std::bit_ceil(in_flight_messages + messages_per_call)),
      rows(std::bit_ceil(in_flight_messages + messages_per_call)),
      memory(row_bytes_max, [this] { intake_bell.ring_all(); })
{}

rings::~rings()
{
    while (try_take_batch()) {}
}

void rings::push(const assignment& work)
{
    alone_ = false;
    put(work);
}

void rings::push_alone(const assignment& work)
{
    alone_ = true;
    put(work);
}

void rings::put(const assignment& work)
{
    ++assigned_;
    assignment item = work;
    if (!intake.try_push(item))
        std::abort(); // more deliveries than the budget has messages: a bug
    intake_bell.ring();
}

// Counted first, looked second: whoever watches has set the waker first and counted second.
void rings::assignment_ends() noexcept
{
    ++ended_;
    if (ring::waker* const who = on_idle_.load())
        who->wake();
}

void rings::close_intake()
{
    intake.close();
    intake_bell.ring_all();
}

std::optional<assignment> rings::try_take_back()
{
    assignment out;
    if (!intake.try_pop(out))
        return std::nullopt;
    assignment_ends();
    return out;
}

void rings::push(std::unique_ptr<transform::row_batch> batch)
{
    count(*batch);
    if (!rows.try_push(batch.get()))
        std::abort(); // more batches than the budget has messages: a bug
    static_cast<void>(batch.release());
    rows_bell.ring();
}

std::unique_ptr<transform::row_batch> rings::try_take_batch()
{
    transform::row_batch* batch = nullptr;
    if (!rows.try_pop(batch))
        return nullptr;
    return std::unique_ptr<transform::row_batch>(batch);
}

void rings::worker_ends()
{
    if (--workers_ != 0)
        return;
    rows.close();
    rows_bell.ring_all();
}

} // namespace sluice::pipeline
