// Buffers that are used again and again by whoever needs one just now.
#pragma once

#include <cstddef>
#include <utility>
#include <vector>

namespace sluice {

// Lends empty buffers and takes them back with the memory that they have grown: a buffer of a few
// kilobytes costs more to allocate than to fill. Not thread-safe. Must outlive its loans.
template <class Buffer>
class shelf
{
public:
    // Neither more buffers nor bigger ones are kept: what was a peak is given back.
    static constexpr std::size_t buffers_max = 256;
    static constexpr std::size_t bytes_max = 64 * 1024;

    class loan
    {
    public:
        explicit loan(shelf& from) : from_(from), buffer_(from.take()) {}
        loan(const loan&) = delete;
        loan& operator=(const loan&) = delete;
        ~loan() { from_.put_back(std::move(buffer_)); }

        [[nodiscard]] Buffer& operator*() noexcept { return buffer_; }
        [[nodiscard]] Buffer* operator->() noexcept { return &buffer_; }

    private:
        shelf& from_;
        Buffer buffer_;
    };

    shelf() { idle_.reserve(buffers_max); } // so that put_back cannot throw

private:
    Buffer take()
    {
        if (idle_.empty())
            return {};
        Buffer out = std::move(idle_.back());
        idle_.pop_back();
        return out;
    }

    void put_back(Buffer buffer) noexcept
    {
        if (buffer.capacity() > bytes_max || idle_.size() == buffers_max)
            return;
        buffer.clear();
        idle_.push_back(std::move(buffer));
    }

    std::vector<Buffer> idle_;
};

} // namespace sluice
