#include "core/byte_buffer.hpp"

#include <algorithm>
#include <cstdlib>
#include <new>
#include <utility>

namespace sluice {

byte_buffer::byte_buffer(byte_buffer&& other) noexcept
    : memory_(std::move(other.memory_)),
      size_(std::exchange(other.size_, 0)),
      capacity_(std::exchange(other.capacity_, 0))
{}

byte_buffer& byte_buffer::operator=(byte_buffer&& other) noexcept
{
    memory_ = std::move(other.memory_);
    size_ = std::exchange(other.size_, 0);
    capacity_ = std::exchange(other.capacity_, 0);
    return *this;
}

void byte_buffer::deleter::operator()(char* memory) const noexcept
{
    std::free(memory);
}

void byte_buffer::release() noexcept
{
    memory_.reset();
    size_ = capacity_ = 0;
}

void byte_buffer::grow(std::size_t bytes)
{
    constexpr std::size_t smallest = 64;
    const std::size_t wanted = std::max({bytes, capacity_ * 2, smallest});
    // realloc moves pages of a large buffer instead of copying them.
    auto* const moved = static_cast<char*>(std::realloc(memory_.get(), wanted));
    if (moved == nullptr)
        throw std::bad_alloc();
    static_cast<void>(memory_.release());
    memory_.reset(moved);
    capacity_ = wanted;
}

} // namespace sluice
