// Runs every scenario as the code is, then with each of its memory orders weakened in turn. Exit 1
// if a scenario fails, or if a weakened order fails none: then it is stronger than it need be, or
// the scenarios do not ask what it is there for.
#include "model/memory_orders.hpp"
#include "model/scenario.hpp"

#include <algorithm>
#include <array>
#include <iostream>
#include <limits>
#include <vector>

namespace {

using namespace sluice::model;

constexpr std::uint64_t quick_rounds = 1000;

std::vector<scenario> all_scenarios()
{
    std::vector<scenario> out;
    for (const auto& some : {ring_scenarios(), bell_scenarios()})
        out.insert(out.end(), some.begin(), some.end());
    return out;
}

std::vector<mutant> all_mutants()
{
    std::vector<mutant> out;
    for (const order_site& site : sites_met())
        for (const std::memory_order instead :
             {std::memory_order_relaxed, std::memory_order_acquire, std::memory_order_release,
              std::memory_order_acq_rel})
            if (is_weaker(site, instead))
                out.push_back({site, instead});
    return out;
}

bool holds(const scenario& one)
{
    const outcome is = one.run(one.how, true);
    std::cout << one.name << ": " << (is.good ? "holds" : is.fault) << ", " << is.rounds
              << " schedules\n"
              << is.report << std::flush;
    return is.good;
}

bool is_found(const mutant& one, const std::vector<scenario>& by)
{
    use_mutant(one);
    std::cout << to_string(one) << ": " << std::flush;
    // Most fall at once to the scenario that is about them: it need not wait for the others.
    for (const std::uint64_t rounds_max : {quick_rounds, std::numeric_limits<std::uint64_t>::max()})
        for (const scenario& each : by) {
            search how = each.how;
            how.rounds = std::min(how.rounds, rounds_max);
            const outcome is = each.run(how, false);
            if (is.good)
                continue;
            std::cout << "found by " << each.name << ": " << is.fault << std::endl;
            return true;
        }
    std::cout << "NOT FOUND" << std::endl;
    return false;
}

} // namespace

int main()
{
    const std::vector<scenario> scenarios = all_scenarios();
    std::size_t broken = 0;
    for (const scenario& each : scenarios)
        broken += holds(each) ? 0 : 1;
    const std::vector<mutant> mutants = all_mutants();
    std::size_t unfound = 0;
    for (const mutant& each : mutants)
        unfound += is_found(each, scenarios) ? 0 : 1;
    std::cout << scenarios.size() << " scenarios, " << broken << " fail; " << mutants.size()
              << " weakened orders, " << unfound << " not found\n";
    return broken == 0 && unfound == 0 && !mutants.empty() ? 0 : 1;
}
