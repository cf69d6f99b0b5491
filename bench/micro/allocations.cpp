#include "allocations.hpp"

#include <atomic>
#include <cerrno>
#include <cstddef>

extern "C" {
// What glibc's own names stand for.
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
}

namespace {

std::atomic<std::uint64_t> counted{0};

void count() noexcept
{
    counted.fetch_add(1, std::memory_order_relaxed);
}

} // namespace

std::uint64_t sluice::micro::allocations() noexcept
{
    return counted.load(std::memory_order_relaxed);
}

// In the place of glibc's: OpenSSL and operator new call malloc too.
extern "C" {

void* malloc(std::size_t bytes) noexcept
{
    count();
    return __libc_malloc(bytes);
}

void* calloc(std::size_t number, std::size_t bytes) noexcept
{
    count();
    return __libc_calloc(number, bytes);
}

void* realloc(void* old, std::size_t bytes) noexcept
{
    count();
    return __libc_realloc(old, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept
{
    count();
    return __libc_memalign(alignment, bytes);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) noexcept
{
    count();
    *out = __libc_memalign(alignment, bytes);
    return *out == nullptr ? ENOMEM : 0;
}
}
