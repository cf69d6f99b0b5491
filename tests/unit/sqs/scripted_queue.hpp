// A queue whose answers a test gives, and an owner of deliveries that only counts.
#pragma once

#include "core/clock.hpp"
#include "source/sqs/custodian.hpp"
#include "source/sqs/queue.hpp"

#include <algorithm>
#include <functional>
#include <vector>

namespace sluice::test {

using sqs::batch_result;
using sqs::entry_result;

// A queue whose answers the test gives.
class scripted_queue final : public sqs::queue
{
public:
    explicit scripted_queue(sluice::clock& time) : clock_(time) {}

    awaitable<steady_time> receive(const sqs::receive_options&, sqs::response_room&,
                                   delivery&) override
    {
        throw sqs::queue_error(sqs::failure::transient, "not asked for here");
        co_return steady_time{};
    }

    awaitable<batch_result> remove(std::span<const receipt> receipts) override
    {
        calls.emplace_back(receipts.begin(), receipts.end());
        most_at_once = std::max(most_at_once, ++at_once);
        struct leave
        {
            std::size_t& count;
            ~leave() { --count; }
        } const one_less{at_once};
        sleeper place(clock_);
        co_await place.sleep_for(latency);
        co_return answer(calls.size(), receipts.size());
    }

    awaitable<batch_result> change_visibility(std::span<const receipt> receipts,
                                              std::chrono::seconds) override
    {
        extensions.emplace_back(receipts.begin(), receipts.end());
        sleeper place(clock_);
        co_await place.sleep_for(latency);
        co_return batch_result(receipts.size(), entry_result::done);
    }

    awaitable<sqs::queue_attributes> attributes() override { co_return sqs::queue_attributes{}; }

    std::function<batch_result(std::size_t call, std::size_t entries)> answer =
        [](std::size_t, std::size_t entries) { return batch_result(entries, entry_result::done); };
    std::chrono::milliseconds latency{10};
    std::vector<std::vector<receipt>> calls; // of remove
    std::vector<std::vector<receipt>> extensions;
    std::size_t at_once = 0;
    std::size_t most_at_once = 0;

private:
    sluice::clock& clock_;
};

class counting_custodian final : public sqs::custodian
{
public:
    awaitable<std::unique_ptr<delivery>> admit() override { co_return nullptr; }
    awaitable<bool> enlarge(delivery&, std::size_t, steady_time) override { co_return false; }
    void accept(std::unique_ptr<delivery>) override {}
    void give_back(std::unique_ptr<delivery>) override {}
    void pin(delivery&) override { ++pinned; }
    void unpin(delivery&) override { --pinned; }
    void deleted(receipt which) override
    {
        which.state() = custody::ended;
        ++ended;
    }

    std::size_t ended = 0;
    std::size_t pinned = 0;
};

} // namespace sluice::test
