// Between the receive and the transform workers: hands deliveries on, and sets suspects aside. A
// suspect is a message that was received so often that it may be what killed its receivers. Of a
// FIFO queue it hands on what the order of the groups allows.
#pragma once

#include "core/delivery.hpp"
#include "pipeline/group_order.hpp"
#include "pipeline/rings.hpp"

#include <deque>
#include <functional>
#include <optional>
#include <vector>

namespace sluice::pipeline {

// The I/O thread's.
class intake_gate
{
public:
    // So many receives make a suspect. It is no proof of anything: deploys, kills and outages count
    // as receives, too.
    static constexpr std::uint32_t suspect_receives = 3;

    struct options
    {
        bool sets_suspects_aside = false;
        bool keeps_order = false; // of message groups: the queue is FIFO
    };

    intake_gate(rings& to, options how) : rings_(to), sets_suspects_aside_(how.sets_suspects_aside)
    {
        if (how.keeps_order)
            order_.emplace();
    }

    // To the workers, but for its suspects.
    void push(delivery& full);

    // The message is stored: what waits for it goes on.
    void stored(receipt which)
    {
        if (order_)
            go_on(order_->ended(which, true).next);
    }
    // It ended without. Returns what waited for it, and must now come again after it.
    [[nodiscard]] std::vector<receipt> failed(receipt which);

    // The suspect that waits longest; nothing if none does.
    [[nodiscard]] std::optional<receipt> take_suspect();
    // The same, left where it is.
    [[nodiscard]] const receipt* next_suspect() const noexcept
    {
        return suspects_.empty() ? nullptr : &suspects_.front();
    }
    void put_back(receipt suspect) { suspects_.push_front(suspect); }
    [[nodiscard]] bool any_suspects() const noexcept { return !suspects_.empty(); }
    // Called when a suspect comes.
    void on_suspect(std::function<void()> tell) { on_suspect_ = std::move(tell); }

    // Closed, it keeps what comes until it is opened: a suspect is alone in work.
    void close() noexcept { closed_ = true; }
    void open();
    // The workers take no more: what is kept here stays, for take_all.
    void stay_closed() noexcept { closed_ = ended_ = true; }
    // What no worker has begun comes back, for take_all.
    void take_back();

    // Those that wait for a worker, since there is no room for their rows. None while a suspect is
    // in work.
    [[nodiscard]] std::vector<receipt>
    take_unbegun_if(const std::function<bool(const receipt&)>& wanted);
    // Those of the suspects that wait.
    [[nodiscard]] std::vector<receipt>
    take_suspects_if(const std::function<bool(const receipt&)>& wanted);

    // Everything that waits here, at the end of a drain.
    [[nodiscard]] std::vector<receipt> take_all();

private:
    [[nodiscard]] std::uint16_t suspects_of(const delivery& full) const noexcept;
    void hand_on(const assignment& work);
    void set_aside(receipt suspect);
    void go_on(const std::optional<group_order::portion>& next);

    rings& rings_;
    bool sets_suspects_aside_;
    std::optional<group_order> order_; // of a FIFO queue
    bool closed_ = false;
    bool ended_ = false;
    std::deque<receipt> suspects_;
    std::deque<assignment> kept_; // while closed
    std::function<void()> on_suspect_;
};

} // namespace sluice::pipeline
