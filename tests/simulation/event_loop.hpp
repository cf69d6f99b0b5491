// The executor of one simulated daemon: handlers that are ready wait here until the simulation
// picks one of them. Nothing runs by itself.
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
    // As Asio's own: a dispatch from inside the loop runs at once, a post never does.
    class executor_type
    {
    public:
        using blocking_t = asio::execution::blocking_t;

        explicit executor_type(event_loop& on) noexcept : on_(&on) {}

        [[nodiscard]] asio::execution_context& query(asio::execution::context_t) const noexcept
        {
            return *on_;
        }
        [[nodiscard]] blocking_t query(blocking_t) const noexcept
        {
            return may_run_at_once_ ? blocking_t(asio::execution::blocking.possibly)
                                    : blocking_t(asio::execution::blocking.never);
        }
        [[nodiscard]] executor_type require(blocking_t::possibly_t) const noexcept
        {
            executor_type out = *this;
            out.may_run_at_once_ = true;
            return out;
        }
        [[nodiscard]] executor_type require(blocking_t::never_t) const noexcept
        {
            executor_type out = *this;
            out.may_run_at_once_ = false;
            return out;
        }

        template <class Function>
        void execute(Function&& work) const
        {
            using kept = std::decay_t<Function>;
            if (may_run_at_once_ && on_->runs_) {
                kept now(std::forward<Function>(work));
                std::move(now)();
                return;
            }
            on_->ready_.push_back(std::make_unique<handler_of<kept>>(std::forward<Function>(work)));
        }

        friend bool operator==(const executor_type&, const executor_type&) noexcept = default;

    private:
        event_loop* on_;
        bool may_run_at_once_ = true;
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
        runs_ = true;
        picked->run();
        runs_ = false;
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
    bool runs_ = false; // a handler
};

} // namespace sluice::simulation
