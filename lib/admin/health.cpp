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
        const auto trouble = each->trouble();
        const bool running = each->now() == pipeline::phase::running;
        if (running && !trouble)
            continue;
        out.good = false;
        out.text += fmt::format("{}: {}\n", each->name(),
                                trouble ? *trouble : std::string(to_string(each->now())));
    }
    return out;
}

} // namespace sluice::admin
