// The queue as one daemon sees it: requests that the daemon's own code renders travel to the
// server, answers travel back and are read by the daemon's own code. Either may be late or lost.
#pragma once

#include "simulation/daemon_clock.hpp"
#include "simulation/queue_server.hpp"
#include "source/sqs/queue.hpp"
#include "source/sqs/requests.hpp"

#include <functional>
#include <list>
#include <memory>
#include <optional>
#include <set>
#include <span>
#include <string>

namespace sluice::simulation {

// Whether a change of visibility keeps leases: the keeper pins what it extends, and asks for the
// queue's own timeout. A release asks for none, or for longer; it may name messages of a delivery
// that is pinned for its others.
[[nodiscard]] bool is_extension(std::span<const receipt> receipts, std::chrono::seconds timeout,
                                std::chrono::seconds visibility) noexcept;

class queue_port final : public sqs::queue
{
public:
    // What the checker must know of a daemon.
    struct watcher
    {
        std::function<void(const delivery&)> received;
        std::function<void(std::span<const receipt>)> deletes;
        std::function<void(std::span<const receipt>, std::chrono::seconds timeout)> changes;
        std::function<void()> polls;
        std::function<void(std::size_t body_bytes)> reads;
    };

    queue_port(world& in, queue_server& server, daemon_clock& time, watcher tell,
               std::string_view name);

    awaitable<steady_time> receive(const sqs::receive_options& options, sqs::response_room& room,
                                   delivery& into) override;
    awaitable<sqs::batch_result> remove(std::span<const receipt> receipts) override;
    awaitable<sqs::batch_result> change_visibility(std::span<const receipt> receipts,
                                                   std::chrono::seconds timeout) override;
    awaitable<sqs::queue_attributes> attributes() override;

    // The process is dead: nothing goes out any more, and nothing comes in.
    void cut();

    [[nodiscard]] std::uint64_t calls() const noexcept { return calls_; }

private:
    struct exchange;

    // What strikes one call.
    enum class fault : std::uint8_t
    {
        none,
        request_lost,
        reply_lost,
        throttled,
        denied,
        unreachable,
        says_nothing, // a good status, and nothing in it
    };

    awaitable<std::string> call(sqs_server::operation what, std::string body);
    awaitable<sqs::batch_result> batch_call(sqs_server::operation what, std::string body,
                                            std::size_t entries);
    [[nodiscard]] fault draw_fault();
    [[nodiscard]] sqs_server::call_faults draw_inner_faults();
    [[nodiscard]] steady_clock::duration draw_latency();
    void send(const std::shared_ptr<exchange>& what, fault strikes);
    void fail(const std::shared_ptr<exchange>& what, sqs::failure why);
    void answered(const std::shared_ptr<exchange>& what, fault strikes, queue_answer with);
    void note_loss(sqs_server::operation what);

    world& in_;
    queue_server& server_;
    daemon_clock& clock_;
    watcher tell_;
    dice luck_;
    sqs::request_renderer requests_;
    std::list<std::weak_ptr<exchange>> under_way_;
    std::uint64_t calls_ = 0;
    bool cut_ = false;
    std::set<std::string, std::less<>> dead_; // handles that SQS does not extend any more
    bool is_damaged_ = false;                 // what the last call brings
};

} // namespace sluice::simulation
