// The row ring as the writers see it: coroutines that sleep at its bell.
#pragma once

#include "core/clock.hpp"
#include "pipeline/breaker.hpp"
#include "pipeline/rings.hpp"
#include "ring/bell.hpp"
#include "sink/postgres/writer.hpp"

#include <memory>
#include <vector>

namespace sluice::pipeline {

// Ends the sleep of a coroutine from any thread.
class coroutine_waker final : public ring::waker
{
public:
    explicit coroutine_waker(asio::any_io_executor executor) : executor_(std::move(executor)) {}

    void wake() noexcept override;

    // On the executor: who is to be woken; null when nobody sleeps.
    void set(sleeper* place) noexcept { place_ = place; }

private:
    asio::any_io_executor executor_;
    sleeper* place_ = nullptr;
};

class row_intake final : public postgres::row_source
{
public:
    // One seat at the bell for each writer.
    row_intake(asio::any_io_executor executor, rings& from, const breaker& gate,
               std::size_t writers);

    [[nodiscard]] std::unique_ptr<transform::row_batch> try_take() override;
    // While the brake is pulled.
    [[nodiscard]] bool holds() const noexcept override { return gate_.braked(); }
    [[nodiscard]] bool drained() const noexcept override;
    awaitable<void> wait(std::size_t seat, sleeper& place, steady_time deadline) override;

    // The next batch for whoever gives its messages back.
    [[nodiscard]] std::unique_ptr<transform::row_batch> take_waiting();

private:
    rings& rings_;
    const breaker& gate_;
    std::unique_ptr<transform::row_batch> found_; // while lying down; for the next try_take
    std::vector<std::unique_ptr<coroutine_waker>> wakers_;
    std::vector<std::size_t> seats_;
};

} // namespace sluice::pipeline
