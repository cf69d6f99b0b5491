#include "simulation/mutants.hpp"

#include "simulation/run.hpp"

#include <fmt/format.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cstdio>
#include <cstdlib>
#include <map>
#include <thread>

namespace sluice::simulation {
namespace {

int living = 0;

constexpr unsigned seconds_max = 60; // of one seed: a mutant may never end

// What a hunt tells its parent through a pipe, once when a seed begins and once when it has broken
// something.
struct report
{
    std::uint64_t seed = 0;
    char invariant[64] = {};
};

void hunt(int number, unsigned seeds_max, int to)
{
    let_live(number);
    report what;
    for (what.seed = 1; what.seed <= seeds_max; ++what.seed) {
        static_cast<void>(write(to, &what, sizeof(what)));
        alarm(seconds_max);
        const run_result result = run_seed(what.seed, false);
        if (result.breaches.empty())
            continue;
        const std::string_view broken = result.breaches.front().invariant;
        broken.copy(what.invariant, sizeof(what.invariant) - 1);
        static_cast<void>(write(to, &what, sizeof(what)));
        return;
    }
}

struct hunted
{
    planted_mutant what;
    int from = -1; // the pipe
};

hunted start_hunt(const planted_mutant& which, unsigned seeds_max, pid_t& child)
{
    int ends[2];
    if (pipe(ends) != 0)
        std::abort();
    std::fflush(stdout);
    child = fork();
    if (child < 0)
        std::abort();
    if (child == 0) {
        close(ends[0]);
        // An assertion that fails is an answer too; its text is not.
        static_cast<void>(std::freopen("/dev/null", "w", stderr));
        hunt(which.number, seeds_max, ends[1]);
        std::_Exit(0);
    }
    close(ends[1]);
    return {which, ends[0]};
}

// Prints how a mutant died; false if it lives on.
bool judge_hunt(const hunted& over, int status)
{
    report last;
    for (report next; read(over.from, &next, sizeof(next)) == sizeof(next);)
        last = next;
    close(over.from);
    std::string how = last.invariant;
    if (how.empty() && WIFSIGNALED(status))
        how = WTERMSIG(status) == SIGALRM ? "it never ends" : "an assertion of the daemon's";
    const bool killed = !how.empty();
    if (killed)
        fmt::print("mutant {:>2} killed by seed {:>3}: {} ({})\n", over.what.number, last.seed,
                   over.what.name, how);
    else
        fmt::print("mutant {:>2} SURVIVED {} seeds: {}\n", over.what.number, last.seed,
                   over.what.name);
    std::fflush(stdout);
    return killed;
}

} // namespace

const std::vector<planted_mutant>& all_mutants()
{
    static const std::vector<planted_mutant> list{
#include "simulation/mutant_list.inc"
    };
    return list;
}

bool mutant(int number) noexcept
{
    return living == number;
}

void let_live(int number) noexcept
{
    living = number;
}

bool hunt_mutants(unsigned seeds_max)
{
    const std::size_t at_once = std::max(1U, std::thread::hardware_concurrency());
    std::map<pid_t, hunted> running;
    bool all_killed = true;
    auto next = all_mutants().begin();
    while (next != all_mutants().end() || !running.empty()) {
        if (next != all_mutants().end() && running.size() < at_once) {
            pid_t child = 0;
            hunted started = start_hunt(*next++, seeds_max, child);
            running.emplace(child, started);
            continue;
        }
        int status = 0;
        const auto over = running.find(wait(&status));
        if (over == running.end())
            continue;
        all_killed = judge_hunt(over->second, status) && all_killed;
        running.erase(over);
    }
    fmt::print("{} mutants, {}\n", all_mutants().size(),
               all_killed ? "all killed" : "SOME SURVIVED");
    return all_killed;
}

} // namespace sluice::simulation
