// The work of a transform worker, without thread or clock: adds messages to its two open batches,
// and hands a batch over when it is full, old enough, or when a lease in it comes near.
#pragma once

#include "config/settings.hpp"
#include "core/time.hpp"
#include "transform/row_batch.hpp"
#include "transform/transformer.hpp"

#include <array>
#include <cstdint>
#include <memory>

namespace sluice::transform {

// Where batches come from and go to.
class batch_exchange
{
public:
    batch_exchange() = default;
    batch_exchange(const batch_exchange&) = delete;
    batch_exchange& operator=(const batch_exchange&) = delete;
    virtual ~batch_exchange() = default;

    // An empty batch.
    [[nodiscard]] virtual std::unique_ptr<row_batch> take() = 0;
    // A batch with messages in it, its keys sorted.
    virtual void hand_over(std::unique_ptr<row_batch> full) = 0;
};

// Not thread-safe. Messages that were received before go into a batch of their own, since they may
// be in the ledger already.
class batch_assembler
{
public:
    struct options
    {
        config::batch_limits limits;
        // So long before its first lease ends a batch leaves, however young: a third of the
        // visibility timeout.
        steady_clock::duration lease_margin = std::chrono::seconds(10);
        // Of message groups: the queue is FIFO.
        bool keeps_order = false;
    };

    // Transformer and exchange must outlive it.
    batch_assembler(transformer& work, batch_exchange& batches, options how);

    // Transforms every message of the delivery. `lease_ends` is when the lease that its receive
    // gave runs out.
    void take(delivery& from, steady_time now, steady_time lease_ends);
    // One of its messages.
    void take(receipt which, steady_time now, steady_time lease_ends);
    // Those of its messages that `which` names by their bits, in one batch whatever its size: in a
    // FIFO queue a later one is never committed before an earlier one of its group.
    void take_together(delivery& from, std::uint16_t which, steady_time now,
                       steady_time lease_ends);
    // Makes it a dead letter for a reason that lies outside of it.
    void refuse(receipt which, reason why, steady_time now, steady_time lease_ends);

    // Hands over what is due by `now`.
    void flush_due(steady_time now);
    // Hands over everything.
    void flush_all();

    // Calls `look` with each open batch.
    template <class Look>
    void each_open(Look look)
    {
        for (open_batch& each : open_)
            if (each.batch)
                look(*each.batch);
    }

    [[nodiscard]] bool keeps_order() const noexcept { return options_.keeps_order; }

    // When flush_due has something to do; `never` if no batch is open.
    [[nodiscard]] steady_time next_deadline() const noexcept;

private:
    struct open_batch
    {
        std::unique_ptr<row_batch> batch; // null: none is open
        std::size_t messages = 0;
    };

    open_batch& batch_for(receipt which, steady_time now, steady_time lease_ends);
    open_batch& batch_for(row_batch::path way, steady_time now, steady_time lease_ends);
    void added_to(open_batch& open);
    [[nodiscard]] bool is_full(const open_batch& of) const noexcept;
    [[nodiscard]] steady_time deadline_of(const open_batch& of) const noexcept;
    void hand_over(open_batch& full);

    transformer& transformer_;
    batch_exchange& exchange_;
    options options_;
    std::array<open_batch, 2> open_; // by row_batch::path
};

} // namespace sluice::transform
