// The bytes that came from a peer and were not used yet, in one block of memory that never moves.
#pragma once

#include <boost/asio/buffer.hpp>

#include <cassert>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice::net {

// Layout: kept bytes (views into them stay valid), a gap, unread bytes, room. Not thread-safe.
class input_buffer
{
public:
    explicit input_buffer(std::size_t capacity)
        : memory_(std::make_unique_for_overwrite<char[]>(capacity)), capacity_(capacity)
    {}

    [[nodiscard]] std::string_view unread() const noexcept
    {
        return {memory_.get() + begin_, end_ - begin_};
    }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }

    // The most unread bytes that fit beside the kept ones.
    [[nodiscard]] std::size_t unread_max() const noexcept { return capacity_ - kept_; }

    void consume(std::size_t bytes) noexcept
    {
        assert(bytes <= end_ - begin_);
        begin_ += bytes;
    }

    // Keeps `bytes` unread bytes where they are, until release().
    void keep(std::size_t bytes) noexcept
    {
        consume(bytes);
        kept_ = begin_;
    }
    void release() noexcept { kept_ = 0; }

    // Where the next bytes go; moves the unread bytes, so views into them are lost. Empty if full.
    [[nodiscard]] boost::asio::mutable_buffer room() noexcept
    {
        if (begin_ != kept_) {
            std::memmove(memory_.get() + kept_, memory_.get() + begin_, end_ - begin_);
            end_ -= begin_ - kept_;
            begin_ = kept_;
        }
        return {memory_.get() + end_, capacity_ - end_};
    }
    void commit(std::size_t bytes) noexcept { end_ += bytes; }

private:
    std::unique_ptr<char[]> memory_;
    std::size_t capacity_;
    std::size_t kept_ = 0;
    std::size_t begin_ = 0;
    std::size_t end_ = 0;
};

} // namespace sluice::net
