// The bytes of all row batches of a pipeline: those that workers fill, those that wait, and those
// that are being written. What is received does not tell them beforehand, since bodies unpack.
#pragma once

#include <algorithm>
#include <atomic>
#include <cstddef>
#include <functional>
#include <utility>

namespace sluice::transform {

// Thread-safe.
class row_memory
{
public:
    class share;

    // `on_room` is called whenever there is room again, by whichever thread made it; it must not
    // throw.
    row_memory(std::size_t bytes_max, std::function<void()> on_room)
        : bytes_max_(std::max<std::size_t>(1, bytes_max)), on_room_(std::move(on_room))
    {}
    row_memory(const row_memory&) = delete;
    row_memory& operator=(const row_memory&) = delete;

    // Whether more rows may be made. True when there are none, whatever one message becomes.
    [[nodiscard]] bool has_room() const noexcept { return used() < bytes_max_; }
    [[nodiscard]] std::size_t bytes_max() const noexcept { return bytes_max_; }
    [[nodiscard]] std::size_t used() const noexcept
    {
        return used_.load(std::memory_order_acquire);
    }

private:
    // Release, and acquire in used(): whoever finds no room sees what was taken off the intake ring
    // to fill it.
    void grow(std::size_t bytes) noexcept { used_.fetch_add(bytes, std::memory_order_acq_rel); }
    void shrink(std::size_t bytes)
    {
        const std::size_t before = used_.fetch_sub(bytes, std::memory_order_acq_rel);
        if (before >= bytes_max_ && before - bytes < bytes_max_)
            on_room_();
    }

    std::size_t bytes_max_;
    std::function<void()> on_room_;
    std::atomic<std::size_t> used_{0};
};

// What one batch has of it; given back when it dies. Not thread-safe.
class row_memory::share
{
public:
    share() = default;
    share(share&& other) noexcept
        : of_(std::exchange(other.of_, nullptr)), bytes_(std::exchange(other.bytes_, 0))
    {}
    share& operator=(share&& other) noexcept // what was here goes with the other
    {
        std::swap(of_, other.of_);
        std::swap(bytes_, other.bytes_);
        return *this;
    }
    ~share() { release(); }

    // It is so large now. Always of the same memory, until it is released.
    void set(row_memory& of, std::size_t bytes)
    {
        of_ = &of;
        const std::size_t before = std::exchange(bytes_, bytes);
        if (bytes > before)
            of.grow(bytes - before);
        else if (bytes < before)
            of.shrink(before - bytes);
    }
    void release()
    {
        if (of_ != nullptr)
            set(*of_, 0);
        of_ = nullptr;
    }

private:
    row_memory* of_ = nullptr;
    std::size_t bytes_ = 0;
};

} // namespace sluice::transform
