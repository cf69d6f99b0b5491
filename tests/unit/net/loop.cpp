#include "loop.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <stdexcept>

namespace sluice::test {

void loop::start(std::function<awaitable<void>()> work)
{
    ++running_;
    auto on_end = [this](std::exception_ptr failure) {
        --running_;
        if (failure)
            std::rethrow_exception(failure);
    };
    asio::co_spawn(io, std::move(work), std::move(on_end));
}

void loop::run_until(const std::function<bool()>& condition)
{
    // Not a measure of anything: only the end of a test that hangs.
    const auto give_up = std::chrono::steady_clock::now() + std::chrono::seconds(30);
    while (!condition()) {
        if (std::chrono::steady_clock::now() > give_up)
            throw std::runtime_error("the condition of the test never came true");
        io.restart();
        if (time_flows) {
            if (io.poll() == 0)
                pass(std::chrono::milliseconds(100));
        } else {
            io.run_one_for(std::chrono::milliseconds(100));
        }
    }
}

awaitable<void> loop::until(std::function<bool()> condition)
{
    while (!condition())
        co_await asio::post(io, asio::use_awaitable); // lets everything else have its turn
}

void loop::play(std::function<awaitable<void>()> work)
{
    bool ended = false;
    std::exception_ptr failure;
    auto on_end = [&ended, &failure](std::exception_ptr thrown) {
        ended = true;
        failure = std::move(thrown);
    };
    asio::co_spawn(io, std::move(work), std::move(on_end));
    run_until([&ended] { return ended; });
    if (failure)
        std::rethrow_exception(failure);
}

void loop::finish()
{
    run_until([this] { return running_ == 0; });
}

} // namespace sluice::test
