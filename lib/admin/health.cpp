#include "admin/health.hpp"

#include <fmt/format.h>

namespace sluice::admin {

health liveness(pipelines all)
{
    constexpr std::chrono::minutes patience{5};
    health out;
    for (const pipeline::pipeline* const each : all) {
        const auto stuck = each->standstill(patience);
        if (!stuck)
            continue;
        out.good = false;
        out.text += fmt::format("{}: {}\n", each->name(), *stuck);
    }
    return out;
}

health readiness(pipelines all)
{
    health out;
    for (const pipeline::pipeline* const each : all) {
        const pipeline::standing& stands = each->stands();
        if (stands.now == pipeline::state::running)
            continue;
        out.good = false;
        out.text += fmt::format("{}: {}\n", each->name(), stands.why);
    }
    return out;
}

} // namespace sluice::admin
