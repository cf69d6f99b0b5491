// The two rings between the I/O thread and the transform workers, and the batches that go round.
#pragma once

#include "core/delivery.hpp"
#include "ring/bell.hpp"
#include "ring/ring.hpp"
#include "transform/row_batch.hpp"
#include "transform/row_memory.hpp"

#include <atomic>
#include <limits>
#include <memory>
#include <mutex>
#include <optional>
#include <vector>

namespace sluice::pipeline {

// Empty batches, given back by the writers and taken by the workers. Thread-safe; a lock is taken
// once a batch, not once a message.
class batch_pool
{
public:
    [[nodiscard]] std::unique_ptr<transform::row_batch> take();
    void give_back(std::unique_ptr<transform::row_batch> batch);

private:
    static constexpr std::size_t kept_max = 16; // memory of more is given back
    static constexpr std::size_t kept_bytes_max = std::size_t{16} << 20;

    std::mutex mutex_;
    std::size_t kept_bytes_ = 0;
    std::vector<std::unique_ptr<transform::row_batch>> kept_;
};

// What a worker is to do with the messages of a delivery: bit i stands for message i.
struct assignment
{
    delivery* of = nullptr;
    std::uint16_t transform = 0; // become rows, or dead letters with their reason
    std::uint16_t refuse = 0;    // become dead letters unread: they have killed processes

    static constexpr std::uint16_t bit(std::size_t index) noexcept
    {
        return static_cast<std::uint16_t>(1U << index);
    }
    static constexpr std::uint16_t all_of(std::size_t count) noexcept
    {
        return static_cast<std::uint16_t>((1U << count) - 1);
    }
};

// Neither ring can overflow: the budget admits fewer messages than a ring has cells, and each
// delivery and each batch holds at least one.
class rings
{
public:
    // `row_bytes_max`: so much of rows may there be before workers begin nothing more.
    explicit rings(std::size_t in_flight_messages,
                   std::size_t row_bytes_max = std::numeric_limits<std::size_t>::max());
    rings(const rings&) = delete;
    rings& operator=(const rings&) = delete;
    ~rings();

    // I/O thread: work for the workers. The delivery stays the I/O thread's own.
    void push(const assignment& work);
    // I/O thread: the same for a suspect, which is alone in work: it waits for no room.
    void push_alone(const assignment& work);
    // I/O thread: whether a suspect is in work.
    [[nodiscard]] bool has_alone() const noexcept { return alone_.load() && !idle(); }
    // I/O thread: no delivery will follow.
    void close_intake();
    // Any worker: whether it may begin another assignment. If not it sleeps at the intake bell,
    // which rings when it may.
    [[nodiscard]] bool may_begin() const noexcept { return memory.has_room() || alone_.load(); }
    // The batch is as large as it is, from now on until it is cleared.
    void count(transform::row_batch& batch) { batch.memory.set(memory, batch.bytes()); }

    // I/O thread: work that no worker has begun, and none will.
    [[nodiscard]] std::optional<assignment> try_take_back();

    // Any worker: a batch for the writers.
    void push(std::unique_ptr<transform::row_batch> batch);
    // The batches that no writer has taken.
    [[nodiscard]] std::unique_ptr<transform::row_batch> try_take_batch();

    // A worker comes; when the last one goes, no batch will follow.
    void worker_begins() noexcept { ++workers_; }
    void worker_ends();

    // A worker: it is done with an assignment.
    void assignment_ends() noexcept;
    // I/O thread: no worker has, or will find, an assignment.
    [[nodiscard]] bool idle() const noexcept { return assigned_ == ended_.load(); }
    // I/O thread: whom to wake when an assignment ends; null: nobody, which costs nothing.
    void watch_idle(ring::waker* who) noexcept { on_idle_.store(who); }

    ring::ring<assignment> intake;
    ring::bell<> intake_bell; // workers sleep here
    ring::ring<transform::row_batch*> rows;
    ring::bell<> rows_bell; // writers sleep here
    transform::row_memory memory;
    batch_pool pool;

private:
    void put(const assignment& work);

    std::atomic<std::size_t> workers_{0};
    std::uint64_t assigned_ = 0; // the I/O thread's
    std::atomic<std::uint64_t> ended_{0};
    std::atomic<bool> alone_{false}; // what was pushed last is a suspect
    std::atomic<ring::waker*> on_idle_{nullptr};
};

} // namespace sluice::pipeline
