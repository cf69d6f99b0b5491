// The two rings between the I/O thread and the transform workers, and the batches that go round.
#pragma once

#include "core/delivery.hpp"
#include "ring/bell.hpp"
#include "ring/ring.hpp"
#include "transform/row_batch.hpp"

#include <atomic>
#include <memory>
#include <mutex>
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

    std::mutex mutex_;
    std::vector<std::unique_ptr<transform::row_batch>> kept_;
};

// Neither ring can overflow: the budget admits fewer messages than a ring has cells, and each
// delivery and each batch holds at least one.
class rings
{
public:
    explicit rings(std::size_t in_flight_messages);
    rings(const rings&) = delete;
    rings& operator=(const rings&) = delete;
    ~rings();

    // I/O thread: a delivery for the workers. It stays the I/O thread's own.
    void push(delivery& full);
    // I/O thread: no delivery will follow.
    void close_intake();

    // Any worker: a batch for the writers.
    void push(std::unique_ptr<transform::row_batch> batch);
    // The batches that no writer has taken.
    [[nodiscard]] std::unique_ptr<transform::row_batch> try_take_batch();

    // A worker comes; when the last one goes, no batch will follow.
    void worker_begins() noexcept { ++workers_; }
    void worker_ends();

    ring::ring<delivery*> intake;
    ring::bell<> intake_bell; // workers sleep here
    ring::ring<transform::row_batch*> rows;
    ring::bell<> rows_bell; // writers sleep here
    batch_pool pool;

private:
    std::atomic<std::size_t> workers_{0};
};

} // namespace sluice::pipeline
