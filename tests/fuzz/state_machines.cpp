// The machines that decide without I/O and clock, each against what must hold of it after every
// step. The first byte chooses the machine, the rest is what happens to it.
#include "fuzz/machines/budget.hpp"
#include "fuzz/machines/gates.hpp"
#include "fuzz/machines/receipts.hpp"
#include "fuzz/machines/retry.hpp"

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    using namespace sluice::fuzz;
    constexpr std::size_t script_bytes_max = 4096;
    constexpr std::array machines{run_retry, run_backoff,      run_breaker, run_brake,
                                  run_pacer, run_delete_queue, run_leases,  run_budget};
    if (size > script_bytes_max)
        return 0;
    script from(as_text(data, size));
    machines[from.below(machines.size())](from);
    return 0;
}
