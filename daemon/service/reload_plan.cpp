#include "daemon/service/reload_plan.hpp"

#include "config/comparison.hpp"

#include <algorithm>

namespace sluice::daemon {
namespace {

const config::pipeline* find(const config::settings& all, const std::string& name)
{
    const auto at = std::ranges::find(all.pipelines, name, &config::pipeline::name);
    return at == all.pipelines.end() ? nullptr : &*at;
}

bool shares_differ(const config::settings& running, const config::settings& fresh)
{
    return running.workers != fresh.workers || running.keyring != fresh.keyring ||
           running.shutdown_deadline != fresh.shutdown_deadline;
}

} // namespace

void refuse_what_needs_restart(const config::settings& running, config::loaded& fresh)
{
    const config::problem told{"cannot change while the daemon runs",
                               "restart it, or put back what was there"};
    const config::admin& before = running.admin;
    const config::admin& after = fresh.value.admin;
    if (before.address != after.address || before.port != after.port)
        fresh.report(config::severity::error, "admin.listen", told);
    if (running.log_format != fresh.value.log_format)
        fresh.report(config::severity::error, "log.format", told);
}

reload_plan plan_reload(const config::settings& running, const config::settings& fresh,
                        const changed_outside& outside)
{
    const bool all = outside.keyring || shares_differ(running, fresh);
    reload_plan out;
    for (const config::pipeline& each : fresh.pipelines) {
        const config::pipeline* const before = find(running, each.name);
        if (before == nullptr)
            out.begin.push_back(each.name);
        else if (all || outside.pipelines.contains(each.name) || !config::same_work(*before, each))
            out.replace.push_back(each.name);
        else
            out.keep.push_back(each.name);
    }
    for (const config::pipeline& each : running.pipelines)
        if (find(fresh, each.name) == nullptr)
            out.end.push_back(each.name);
    return out;
}

} // namespace sluice::daemon
