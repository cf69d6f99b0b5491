// A growing byte buffer that never clears memory it is about to overwrite, and the big-endian
// numbers of PostgreSQL's wire format.
#pragma once

#include "core/big_endian.hpp"

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string_view>

namespace sluice {

// Owns bytes. Grows by doubling, keeps its memory on clear(). Not thread-safe.
class byte_buffer
{
public:
    byte_buffer() = default;
    byte_buffer(byte_buffer&& other) noexcept;
    byte_buffer& operator=(byte_buffer&& other) noexcept;
    ~byte_buffer() = default;

    [[nodiscard]] char* data() noexcept { return memory_.get(); }
    [[nodiscard]] const char* data() const noexcept { return memory_.get(); }
    [[nodiscard]] std::size_t size() const noexcept { return size_; }
    [[nodiscard]] std::size_t capacity() const noexcept { return capacity_; }
    [[nodiscard]] bool empty() const noexcept { return size_ == 0; }
    [[nodiscard]] std::string_view view() const noexcept { return {data(), size_}; }

    void clear() noexcept { size_ = 0; }
    void release() noexcept; // gives the memory back
    void truncate(std::size_t size) noexcept { size_ = size; }

    // Makes room for `bytes` in all; throws std::bad_alloc.
    void reserve(std::size_t bytes)
    {
        if (bytes > capacity_)
            grow(bytes);
    }

    // Lengthens by `bytes` whose content is not defined, and returns where they begin.
    char* extend(std::size_t bytes)
    {
        reserve(size_ + bytes);
        char* const at = memory_.get() + size_;
        size_ += bytes;
        return at;
    }

    void append(std::string_view bytes)
    {
        if (!bytes.empty())
            std::memcpy(extend(bytes.size()), bytes.data(), bytes.size());
    }

    void push_back(char byte) { *extend(1) = byte; }

    void append_u16(std::uint16_t value) { store_big_endian(extend(sizeof(value)), value); }
    void append_u32(std::uint32_t value) { store_big_endian(extend(sizeof(value)), value); }
    void append_u64(std::uint64_t value) { store_big_endian(extend(sizeof(value)), value); }

private:
    struct deleter
    {
        void operator()(char* memory) const noexcept;
    };

    void grow(std::size_t bytes);

    std::unique_ptr<char, deleter> memory_;
    std::size_t size_ = 0;
    std::size_t capacity_ = 0;
};

// Writes a big-endian number over four bytes that exist.
inline void store_u32(char* at, std::uint32_t value) noexcept
{
    store_big_endian(at, value);
}

[[nodiscard]] inline std::uint32_t load_u32(const char* at) noexcept
{
    return load_big_endian<std::uint32_t>(at);
}

} // namespace sluice
