// How the time of a graceful stop is spent. Correctness needs none of it: a kill loses nothing.
#pragma once

#include "core/time.hpp"

#include <algorithm>

namespace sluice::pipeline {

struct drain_plan
{
    steady_time polls_end;      // running polls are cancelled here: SQS may be answering them
    steady_time attempts_end;   // the attempt at a suspect is given up, and will look like a death
    steady_time transforms_end; // what no worker has begun is taken back from them
    steady_time commits_end;    // what the database has not confirmed is given up
    steady_time deletes_end;    // what SQS has not deleted comes again, and meets the ledger
    steady_time leases_end;     // no extension is under way any more
    steady_time release_end;    // what was never handed to the database is visible again

    static drain_plan within(steady_time now, std::chrono::milliseconds deadline) noexcept
    {
        constexpr std::chrono::milliseconds poll_grace{2000};
        return {now + std::min(poll_grace, deadline / 5),
                now + deadline * 8 / 20,
                now + deadline * 11 / 20,
                now + deadline * 13 / 20,
                now + deadline * 16 / 20,
                now + deadline * 17 / 20,
                now + deadline * 19 / 20};
    }
};

} // namespace sluice::pipeline
