#include "daemon/core_dumps.hpp"

#include <catch2/catch.hpp>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

TEST_CASE("core_dumps: a process that forbids them has no limit left to raise and is not dumpable")
{
    // In a child, since there is no way back.
    const pid_t child = fork();
    REQUIRE(child >= 0);
    if (child == 0) {
        sluice::daemon::forbid_core_dumps();
        rlimit limit{.rlim_cur = 1, .rlim_max = 1};
        const bool forbidden = getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur == 0 &&
                               limit.rlim_max == 0 && prctl(PR_GET_DUMPABLE, 0, 0, 0, 0) == 0;
        _exit(forbidden ? 0 : 1);
    }
    int status = -1;
    REQUIRE(waitpid(child, &status, 0) == child);
    CHECK(WIFEXITED(status));
    CHECK(WEXITSTATUS(status) == 0);
}
