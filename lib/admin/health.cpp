#include "admin/health.hpp"

#include <fmt/format.h>

namespace sluice::admin {

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
