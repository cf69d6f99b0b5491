// Preloaded into a process, makes one allocation of it fail, whoever asks for it: our own code, the
// standard library, libpq, OpenSSL.
//
//   SLUICE_FAIL_ALLOCATION=N     the N-th fails, counted from 1; none if it is not set
//   SLUICE_FAIL_THREADS=NAME     counts those of threads of that name alone
//   SLUICE_FAILED=PATH           this file is there once it has failed
//   SLUICE_ALLOCATIONS=PATH      at the end, the number of allocations is written there
#include <fcntl.h>
#include <sys/prctl.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <charconv>
#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <cstring>

extern "C" {
// What glibc's own names stand for.
void* __libc_malloc(std::size_t bytes);
void* __libc_calloc(std::size_t count, std::size_t bytes);
void* __libc_realloc(void* old, std::size_t bytes);
void* __libc_memalign(std::size_t alignment, std::size_t bytes);
}

namespace {

std::atomic<std::uint64_t> counted{0};
std::atomic<std::uint64_t> fails_at{0};
std::atomic<const char*> threads{nullptr};
std::atomic<const char*> mark{nullptr};
thread_local bool is_named = false;

// A thread takes its name a moment after it began, and keeps it.
bool counts() noexcept
{
    const char* const wanted = threads;
    if (wanted == nullptr || is_named)
        return true;
    char name[16] = {};
    is_named = prctl(PR_GET_NAME, name, 0, 0, 0) == 0 && std::strcmp(name, wanted) == 0;
    return is_named;
}

void leave_mark() noexcept
{
    const char* const path = mark;
    const int file = path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT, 0600);
    if (file >= 0)
        close(file);
}

bool fails() noexcept
{
    if (!counts())
        return false;
    if (++counted != fails_at)
        return false;
    leave_mark();
    errno = ENOMEM;
    return true;
}

__attribute__((constructor)) void begin()
{
    threads = std::getenv("SLUICE_FAIL_THREADS");
    mark = std::getenv("SLUICE_FAILED");
    counted = 0;
    if (const char* const text = std::getenv("SLUICE_FAIL_ALLOCATION")) {
        std::uint64_t number = 0;
        std::from_chars(text, text + std::strlen(text), number);
        fails_at = number;
    }
}

__attribute__((destructor)) void end()
{
    const char* const path = std::getenv("SLUICE_ALLOCATIONS");
    const int file = path == nullptr ? -1 : open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (file < 0)
        return;
    char text[32];
    const auto done = std::to_chars(text, text + sizeof(text), counted.load());
    const ssize_t written = write(file, text, static_cast<std::size_t>(done.ptr - text));
    static_cast<void>(written); // an empty file fails the test
    close(file);
}

} // namespace

extern "C" {

void* malloc(std::size_t bytes) noexcept
{
    return fails() ? nullptr : __libc_malloc(bytes);
}

void* calloc(std::size_t count, std::size_t bytes) noexcept
{
    return fails() ? nullptr : __libc_calloc(count, bytes);
}

void* realloc(void* old, std::size_t bytes) noexcept
{
    return fails() ? nullptr : __libc_realloc(old, bytes);
}

void* aligned_alloc(std::size_t alignment, std::size_t bytes) noexcept
{
    return fails() ? nullptr : __libc_memalign(alignment, bytes);
}

int posix_memalign(void** out, std::size_t alignment, std::size_t bytes) noexcept
{
    void* const memory = fails() ? nullptr : __libc_memalign(alignment, bytes);
    if (memory == nullptr)
        return ENOMEM;
    *out = memory;
    return 0;
}
}
