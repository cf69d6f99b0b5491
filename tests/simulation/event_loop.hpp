// The executor of one simulated daemon: handlers that are ready wait here until the simulation
// picks one of them. Nothing runs by itself, and nothing runs inside of a post.
#pragma once

#include "core/asio.hpp"

#include <boost/asio/execution.hpp>
#include <boost/asio/execution_context.hpp>

#include <memory>
#include <type_traits>
#include <utility>
#include <vector>

namespace sluice::simulation {

class event_loop final : public asio::execution_context
{
public:
    class executor_type
    {
    public:
        explicit executor_type(event_loop& on) noexcept : on_(&on) {}

        [[nodiscard]] asio::execution_context& query(asio::execution::context_t) const noexcept
        {
            return *on_;
        }
        [[nodiscard]] static constexpr asio::execution::blocking_t
        query(asio::execution::blocking_t) noexcept
        {
            return asio::execution::blocking.never;
        }

        template <class Function>
        void execute(Function&& work) const
        {
            using kept = std::decay_t<Function>;
            on_->ready_.push_back(std::make_unique<handler_of<kept>>(std::forward<Function>(work)));
        }

        friend bool operator==(const executor_type&, const executor_type&) noexcept = default;

    private:
        event_loop* on_;
    };

    event_loop() = default;
    ~event_loop() { forget_all(); }

    [[nodiscard]] executor_type get_executor() noexcept { return executor_type(*this); }
    [[nodiscard]] std::size_t ready() const noexcept { return ready_.size(); }

    // Runs one of those that are ready.
    void run(std::size_t which)
    {
        const std::unique_ptr<handler> picked = std::move(ready_[which]);
        ready_.erase(ready_.begin() + static_cast<std::ptrdiff_t>(which));
        picked->run();
    }

    // What was never run is destroyed; that may post more, which goes the same way.
    void forget_all()
    {
        while (!ready_.empty())
            std::exchange(ready_, {}).clear();
    }

private:
    struct handler
    {
        virtual ~handler() = default;
        virtual void run() = 0;
    };

    template <class Function>
    struct handler_of final : handler
    {
        explicit handler_of(Function from) : work(std::move(from)) {}
        void run() override { std::move(work)(); }

        Function work;
    };

    std::vector<std::unique_ptr<handler>> ready_;
};

} // namespace sluice::simulation
