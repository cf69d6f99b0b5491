// The bound on memory, among polls that come, grow, give up and are cancelled.
#pragma once

#include "fuzz/script.hpp"
#include "pipeline/budget.hpp"
#include "support/virtual_clock.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>

#include <algorithm>
#include <array>
#include <list>
#include <vector>

namespace sluice::fuzz {

class budget_check
{
public:
    explicit budget_check(script& from)
        : script_(from),
          limit_{5 + from.below(20), 10 + from.below(90)},
          budget_(bench_.time, limit_)
    {}

    void run()
    {
        while (!script_.at_end()) {
            step();
            bench_.settle();
            check();
        }
        // All is given back, and time runs out: nobody is left.
        while (!polls_.empty()) {
            for (poll& each : polls_)
                if (!each.waits)
                    give_back(each);
            bench_.pass(std::chrono::hours(1));
            check();
        }
        require(budget_.used().messages == 0 && budget_.used().bytes == 0, "all comes back");
    }

private:
    using line = pipeline::budget::line;

    struct poll
    {
        pipeline::amount held{};
        pipeline::amount wanted{};
        line where = line::fresh;
        bool waits = false;
        bool over = false; // gave up or gave back
        std::size_t since = 0;
        asio::cancellation_signal cancel{};
    };

    void step()
    {
        switch (script_.below(8)) {
        case 0:
        case 1:
        case 2:
            return acquire(polls_.emplace_back(), line::fresh, never);
        case 3:
        case 4:
            if (poll* const one = choose(false))
                acquire(*one, line::begun, bench_.time.now() + script_.pause());
            return;
        case 5:
            if (poll* const one = choose(false))
                give_back(*one);
            return;
        case 6:
            if (poll* const one = choose(true))
                one->cancel.emit(asio::cancellation_type::terminal);
            return;
        default:
            if (script_.below(64) == 63)
                close();
            else
                bench_.pass(script_.pause());
        }
    }

    void close()
    {
        budget_.close();
        closed_ = true;
    }

    poll* choose(bool waiting)
    {
        std::vector<poll*> all;
        for (poll& each : polls_)
            if (each.waits == waiting && !each.over)
                all.push_back(&each);
        return all.empty() ? nullptr : all[script_.below(static_cast<unsigned>(all.size()))];
    }

    void acquire(poll& by, line where, steady_time deadline)
    {
        by.wanted = {1 + script_.below(10), 1 + script_.below(60)};
        by.where = where;
        by.waits = true;
        by.since = ++asked_;
        auto work = [this, one = &by, deadline]() -> awaitable<void> {
            co_await wait(*one, deadline);
        };
        const auto on_end = [](const std::exception_ptr& failure) {
            require(!failure, "a wait ends with a grant or without one");
        };
        asio::co_spawn(bench_.io, std::move(work),
                       asio::bind_cancellation_slot(by.cancel.slot(), on_end));
    }

    awaitable<void> wait(poll& by, steady_time deadline)
    {
        bool granted = false;
        try {
            granted = co_await budget_.acquire(by.wanted, by.held, by.where, deadline);
        } catch (const boost::system::system_error&) { // cancelled
        }
        by.waits = false;
        if (granted) {
            require(!closed_ || by.where == line::begun, "a closed door lets nobody in");
            auto& served = served_[static_cast<std::size_t>(by.where)];
            served = std::max(served, by.since);
            by.held.messages += by.wanted.messages;
            by.held.bytes += by.wanted.bytes;
        } else {
            give_back(by);
        }
    }

    void give_back(poll& one)
    {
        if (one.over)
            return;
        one.over = true;
        if (one.held.messages > 0)
            budget_.release(one.held);
        one.held = {};
    }

    [[nodiscard]] bool fits(const poll& one) const
    {
        const pipeline::amount used = budget_.used();
        const bool is_alone = used.messages == one.held.messages && used.bytes == one.held.bytes;
        return is_alone || (used.messages + one.wanted.messages <= limit_.messages &&
                            used.bytes + one.wanted.bytes <= limit_.bytes);
    }

    void check()
    {
        polls_.remove_if([](const poll& each) { return each.over; });
        pipeline::amount held;
        std::size_t holders = 0;
        const poll* first_begun = nullptr;
        const poll* first_fresh = nullptr;
        for (const poll& each : polls_) {
            held.messages += each.held.messages;
            held.bytes += each.held.bytes;
            holders += each.held.messages > 0 ? 1 : 0;
            const poll*& first = each.where == line::begun ? first_begun : first_fresh;
            if (!each.waits)
                continue;
            require(each.since > served_[static_cast<std::size_t>(each.where)],
                    "nobody is overtaken in a line");
            if (first == nullptr || each.since < first->since)
                first = &each;
        }
        const pipeline::amount used = budget_.used();
        require(used.messages == held.messages && used.bytes == held.bytes,
                "what is used is what is held");
        require(holders <= 1 || (used.messages <= limit_.messages && used.bytes <= limit_.bytes),
                "only who is alone may hold more than there is");
        require(first_begun == nullptr || !fits(*first_begun), "who fits does not wait");
        require(first_begun != nullptr || first_fresh == nullptr || !fits(*first_fresh),
                "nor does the first poll, once no response does");
        require(!closed_ || first_fresh == nullptr, "nobody waits at a closed door");
    }

    script& script_;
    test::test_bench bench_;
    pipeline::amount limit_;
    pipeline::budget budget_;
    std::list<poll> polls_;
    std::size_t asked_ = 0;
    std::array<std::size_t, 2> served_{}; // who was served last in each line
    bool closed_ = false;
};

inline void run_budget(script& from)
{
    budget_check(from).run();
}

} // namespace sluice::fuzz
