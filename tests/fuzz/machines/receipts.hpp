// When receipts are deleted, and when their leases are extended.
#pragma once

#include "fuzz/script.hpp"
#include "source/sqs/delete_queue.hpp"
#include "source/sqs/lease_schedule.hpp"

#include <algorithm>
#include <deque>
#include <list>
#include <map>
#include <memory>
#include <vector>

namespace sluice::fuzz {

// Who waits where, and since when: the queue must agree with it after every step.
class delete_queue_check
{
public:
    explicit delete_queue_check(script& from) : script_(from), linger_(from.byte()), queue_(linger_)
    {}

    void run()
    {
        while (!script_.at_end()) {
            now_ += script_.pause();
            switch (script_.below(5)) {
            case 0:
            case 1:
                for (unsigned left = 1 + script_.below(12); left > 0; --left)
                    add();
                break;
            case 2:
            case 3:
                check_take();
                break;
            default:
                if (script_.below(16) == 0)
                    hurry();
            }
            require(queue_.size() == waiting_.size() + retries_.size(), "no receipt is lost");
        }
        hurry();
        now_ = std::max(now_, last_retry());
        while (queue_.size() > 0)
            check_take();
    }

private:
    struct entry
    {
        receipt which;
        steady_time due;
    };

    void add()
    {
        delivery& made = deliveries_.emplace_back();
        made.count = 1;
        made.lease_ends[0] = now_ + script_.pause();
        waiting_.push_back({{&made, 0}, now_ + linger_});
        queue_.add(waiting_.back().which, now_);
    }

    void hurry()
    {
        queue_.hurry();
        hurried_ = true;
    }

    void retry(receipt which)
    {
        const auto pause = script_.pause();
        const bool is_in_time = which.lease_ends() > now_ + pause;
        require(queue_.retry(which, now_, pause) == is_in_time,
                "a delete is tried again within its lease");
        if (is_in_time)
            retries_.push_back({which, now_ + pause});
    }

    [[nodiscard]] steady_time last_retry() const
    {
        steady_time out{};
        for (const entry& each : retries_)
            out = std::max(out, each.due);
        return out;
    }

    [[nodiscard]] bool is_due() const
    {
        const bool is_enough = waiting_.size() >= messages_per_call ||
                               (!waiting_.empty() && (hurried_ || waiting_.front().due <= now_));
        return is_enough || std::ranges::any_of(
                                retries_, [this](const entry& each) { return each.due <= now_; });
    }

    void check_take()
    {
        require((queue_.next_due() <= now_) == is_due(), "it is known when something is due");
        const bool was_due = is_due();
        const std::vector<receipt> taken = queue_.take(now_);
        require(taken.empty() != was_due, "what is due is taken, and nothing else");
        require(taken.size() <= messages_per_call, "a call takes ten");
        for (const receipt each : taken) {
            const auto is_it = [each](const entry& one) { return one.which == each; };
            const auto retried = std::ranges::find_if(retries_, is_it);
            if (retried != retries_.end()) {
                require(retried->due <= now_, "no retry is too early");
                retries_.erase(retried);
                continue;
            }
            require(!waiting_.empty() && waiting_.front().which == each,
                    "first come, first served");
            waiting_.pop_front();
        }
        require(taken.size() == messages_per_call || was_due == false || waiting_.empty(),
                "a call that leaves takes along who waits");
        for (const receipt each : taken)
            if (script_.below(4) == 3)
                retry(each);
    }

    script& script_;
    std::chrono::milliseconds linger_;
    sqs::delete_queue queue_;
    steady_time now_{std::chrono::hours(1)};
    bool hurried_ = false;
    std::list<delivery> deliveries_;
    std::deque<entry> waiting_;
    std::vector<entry> retries_;
};

inline void run_delete_queue(script& from)
{
    delete_queue_check(from).run();
}

// While SQS answers, and somebody looks in time, no lease of a message in work ends.
class lease_check
{
public:
    explicit lease_check(script& from)
        : script_(from), visibility_(30 + from.byte()), schedule_(visibility_)
    {}

    void run()
    {
        while (!script_.at_end()) {
            switch (script_.below(6)) {
            case 0:
                watch();
                break;
            case 1:
                finish_some();
                break;
            case 2:
                if (script_.below(16) == 0)
                    suspect();
                break;
            default:
                // Never longer than what a lease has left when its extension is due.
                now_ += std::min<steady_clock::duration>(script_.pause(),
                                                         steady_clock::duration(visibility_) / 3);
            }
            extend_due();
            check_leases();
        }
    }

private:
    void watch()
    {
        delivery& made = *deliveries_.emplace_back(std::make_unique<delivery>());
        made.count = 1 + script_.below(messages_per_call);
        schedule_.watch(made, now_);
        due_[&made] =
            now_ - sqs::lease_schedule::start_margin + steady_clock::duration(visibility_) / 3;
        require(made.first_lease_ends < now_ + visibility_, "a lease began before its answer came");
    }

    void finish_some()
    {
        if (deliveries_.empty())
            return;
        const auto at =
            deliveries_.begin() + script_.below(static_cast<unsigned>(deliveries_.size()));
        delivery& of = **at;
        const unsigned how = script_.byte();
        const std::size_t which = how % of.count;
        if (how < 64)
            of.not_extended.set(which);
        else if (how < 192)
            of.state[which] = custody::committed;
        else {
            due_.erase(&of);
            deliveries_.erase(at); // leaves the schedule by itself
        }
    }

    void suspect()
    {
        schedule_.suspect_all(now_);
        for (auto& [of, due] : due_)
            due = now_;
    }

    static bool is_kept(const delivery& of, std::size_t index)
    {
        return of.state[index] == custody::in_work && !of.not_extended[index];
    }

    static std::size_t kept_of(const delivery& of)
    {
        std::size_t out = 0;
        for (std::size_t i = 0; i < of.count; ++i)
            out += is_kept(of, i) ? 1 : 0;
        return out;
    }

    void extend_due()
    {
        while (schedule_.any_due(now_)) {
            const std::vector<receipt> taken = schedule_.take_due(now_);
            std::map<const delivery*, std::size_t> of_each;
            for (const receipt each : taken) {
                require(is_kept(*each.from, each.index), "only what is in work is extended");
                require(due_.at(each.from) <= now_, "and only when it is due");
                ++of_each[each.from];
            }
            require(taken.size() <= messages_per_call, "a call takes ten");
            for (const auto& [of, count] : of_each) {
                require(count == kept_of(*of), "a delivery is extended as a whole");
                due_[of] = now_ + steady_clock::duration(visibility_) / 3;
            }
            for (const receipt each : taken)
                answer(each);
        }
        for (const auto& [of, due] : due_)
            require(due > now_ || kept_of(*of) == 0, "nothing that is due is left");
        require(schedule_.next_due() > now_, "and it is known when the next is");
    }

    void answer(receipt which)
    {
        schedule_.extended(which, now_);
        require(which.lease_ends() == now_ - sqs::lease_schedule::start_margin + visibility_,
                "an extension counts from when it was asked for");
    }

    void check_leases() const
    {
        for (const auto& each : deliveries_)
            for (std::size_t i = 0; i < each->count; ++i)
                require(!is_kept(*each, i) || each->lease_ends[i] > now_,
                        "no lease of a message in work ends");
    }

    script& script_;
    std::chrono::seconds visibility_;
    sqs::lease_schedule schedule_;
    steady_time now_{std::chrono::hours(1)};
    std::vector<std::unique_ptr<delivery>> deliveries_;
    std::map<const delivery*, steady_time> due_;
};

inline void run_leases(script& from)
{
    lease_check(from).run();
}

} // namespace sluice::fuzz
