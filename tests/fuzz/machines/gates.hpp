// What decides whether anything is received, and by how many.
#pragma once

#include "fuzz/script.hpp"
#include "pipeline/brake.hpp"
#include "pipeline/breaker.hpp"
#include "pipeline/response_size.hpp"
#include "source/sqs/fetch_pacer.hpp"

#include <algorithm>
#include <deque>
#include <vector>

namespace sluice::fuzz {

inline void run_breaker(script& from)
{
    using state = pipeline::breaker::state;
    std::vector<bool> works(1 + from.below(4), false);
    pipeline::breaker gate(works.size());
    state otherwise = state::starting; // while no connection works
    bool braked = false;
    bool paused = false; // by an operator
    while (!from.at_end()) {
        const std::size_t which = from.below(static_cast<unsigned>(works.size()));
        const bool may_before = std::ranges::count(works, true) > 0;
        switch (from.below(6)) {
        case 0:
        case 1: {
            const bool changed = gate.connected(which);
            works[which] = true;
            require(changed == !may_before, "the first connection closes the breaker");
            break;
        }
        case 2:
        case 3: {
            const bool needs_repair = from.flip();
            static_cast<void>(gate.disconnected(which, needs_repair, "gone"));
            works[which] = false;
            if (std::ranges::count(works, true) == 0)
                otherwise = needs_repair ? state::needs_repair : state::open;
            break;
        }
        case 4:
            if (from.below(16) == 0) {
                gate.pull_brake("braked");
                braked = true;
            }
            break;
        default:
            switch (from.below(4)) {
            case 0:
                gate.release_brake();
                braked = false;
                break;
            case 1:
                gate.pause_receiving();
                paused = true;
                break;
            default:
                gate.resume_receiving();
                paused = false;
            }
        }
        const auto working = static_cast<std::size_t>(std::ranges::count(works, true));
        const state expected = braked ? state::braked : working > 0 ? state::closed : otherwise;
        require(gate.now() == expected && gate.braked() == braked,
                "the state tells of the connections, and of the brake before them");
        require(gate.may_receive() == (expected == state::closed && !paused),
                "something is received while a connection works, unless somebody said otherwise");
        require(gate.working() == working, "connections are counted");
        require(expected == state::closed || !gate.text().empty(), "a closed gate says why");
        require(!braked || gate.text() == "braked", "the brake is not forgotten");
    }
}

// The brake looks at a window in slices, so that the reference leaves it one slice of freedom.
inline void run_brake(script& from)
{
    struct batch
    {
        steady_time at;
        std::size_t messages;
        std::size_t letters;
    };
    constexpr std::chrono::seconds window{60};
    constexpr std::chrono::seconds slice = window / 30;
    const pipeline::brake::limits limits{.on = from.below(8) != 0,
                                         .share_percent = 1 + from.below(100),
                                         .count = 1 + from.below(200),
                                         .window = window};
    pipeline::brake brake(limits);
    std::deque<batch> seen; // since it was pulled last
    steady_time now{std::chrono::hours(1)};
    while (!from.at_end()) {
        now += from.pause();
        const std::size_t messages = 1 + from.byte();
        const std::size_t letters = from.flip() ? messages : from.byte() % messages;
        seen.push_back({now, messages, letters});
        const bool pulled = brake.stored(now, messages, letters);
        std::size_t at_most = 0;  // letters that it may count
        std::size_t at_least = 0; // letters that it must count
        bool all_bad = true;      // whatever else it counts
        for (const batch& each : seen) {
            const auto age = now - each.at;
            at_most += age <= window + slice ? each.letters : 0;
            at_least += age <= window - slice ? each.letters : 0;
            all_bad = all_bad && (age > window + slice || each.messages == each.letters);
        }
        require(!pulled || (limits.on && at_most >= limits.count),
                "it is pulled for as many letters as it takes");
        require(pulled || !limits.on || !all_bad || at_least < limits.count ||
                    limits.share_percent >= 100,
                "a producer that sends nothing else is stopped");
        require(!pulled || !brake.text().empty(), "and it says why");
        if (pulled)
            seen.clear();
    }
}

inline void run_pacer(script& from)
{
    const std::size_t least = 1 + from.below(4);
    const sqs::fetch_pacer::bounds bounds{.min = least, .max = least + from.below(40)};
    sqs::fetch_pacer pacer(bounds);
    pipeline::response_size size;
    std::size_t longest = 0;
    while (!from.at_end()) {
        const std::size_t before = pacer.wanted();
        switch (from.below(3)) {
        case 0:
            pacer.poll_was_full();
            require(pacer.wanted() == std::min(before + 1, bounds.max), "a full poll adds one");
            break;
        case 1:
            pacer.poll_was_empty();
            require(pacer.wanted() == std::max(before - 1, bounds.min), "an empty one removes one");
            break;
        default:
            pacer.was_throttled();
            require(pacer.wanted() == std::max(before / 2, bounds.min), "throttled: half as many");
        }
        require(!pacer.too_few(pacer.wanted()) && !pacer.too_many(pacer.wanted()),
                "as many as are wanted are enough");
        const std::size_t bytes = std::size_t{from.byte()} << from.below(13);
        size.seen(bytes);
        longest = std::max(longest, bytes);
        require(size.expected() >= bytes &&
                    size.expected() <= std::max(longest, std::size_t{16384}),
                "no longer response is expected than was seen, nor a shorter one than the last");
    }
}

} // namespace sluice::fuzz
