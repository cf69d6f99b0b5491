#include "transform/mask/locked_memory.hpp"

#include "core/secret.hpp"

#include <sys/mman.h>

#include <new>
#include <utility>

namespace sluice::mask {

locked_memory::locked_memory(std::size_t bytes)
{
    // Pages of their own: locking is by the page, and must not touch what others put beside.
    void* const memory =
        mmap(nullptr, bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (memory == MAP_FAILED)
        throw std::bad_alloc();
    // Both may be refused (RLIMIT_MEMLOCK); a key in swap is no reason not to start.
    static_cast<void>(mlock(memory, bytes));
    static_cast<void>(madvise(memory, bytes, MADV_DONTDUMP));
    bytes_ = {static_cast<unsigned char*>(memory), bytes};
}

locked_memory::locked_memory(locked_memory&& other) noexcept
    : bytes_(std::exchange(other.bytes_, {}))
{}

locked_memory& locked_memory::operator=(locked_memory&& other) noexcept
{
    std::swap(bytes_, other.bytes_);
    return *this;
}

locked_memory::~locked_memory()
{
    if (bytes_.empty())
        return;
    cleanse(bytes_.data(), bytes_.size());
    munmap(bytes_.data(), bytes_.size());
}

} // namespace sluice::mask
