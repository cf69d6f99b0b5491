// Preloaded into a process, makes the start of a thread fail, and of all after it, as a limit of
// tasks does (TasksMax, pids.max, ulimit -u).
//
//   SLUICE_FAIL_THREAD=N     the N-th, counted from 1, is the first that fails; none if not set
#include <dlfcn.h>
#include <pthread.h>

#include <atomic>
#include <cerrno>
#include <cstdint>
#include <cstdlib>

namespace {

using pthread_create_type = int (*)(pthread_t*, const pthread_attr_t*, void* (*)(void*), void*);

std::atomic<std::uint64_t> started{0};

bool start_fails() noexcept
{
    const char* const text = std::getenv("SLUICE_FAIL_THREAD");
    const std::uint64_t number = ++started;
    return text != nullptr && number >= std::strtoull(text, nullptr, 10);
}

} // namespace

extern "C" int pthread_create(pthread_t* out, const pthread_attr_t* how, void* (*run)(void*),
                              void* with) noexcept
{
    if (start_fails())
        return EAGAIN;
    static const auto real =
        reinterpret_cast<pthread_create_type>(dlsym(RTLD_NEXT, "pthread_create"));
    return real(out, how, run, with);
}
