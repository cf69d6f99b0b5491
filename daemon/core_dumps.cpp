#include "daemon/core_dumps.hpp"

#include <sys/prctl.h>
#include <sys/resource.h>

namespace sluice::daemon {

void forbid_core_dumps() noexcept
{
    // Neither can fail with these arguments. The limit alone would not do: the kernel ignores it
    // where cores are piped to a program, and writes none of a process that is not dumpable.
    const rlimit none{.rlim_cur = 0, .rlim_max = 0};
    static_cast<void>(setrlimit(RLIMIT_CORE, &none));
    static_cast<void>(prctl(PR_SET_DUMPABLE, 0, 0, 0, 0));
}

} // namespace sluice::daemon
