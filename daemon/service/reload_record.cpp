#include "daemon/service/reload_record.hpp"

namespace sluice::daemon {

void reload_record::add_to(admin::metric_page& page) const
{
    const auto requests = [&page](const char* result, std::uint64_t count) {
        page.counter("sluice_config_reload_total",
                     "Requests to read the configuration again (SIGHUP), by what came of them",
                     {{"result", result}}, static_cast<double>(count));
    };
    requests("accepted", accepted_);
    requests("refused", refused_);
    page.gauge("sluice_config_last_reload_successful",
               "1 unless the configuration that was read last was refused: what runs is older", {},
               last_was_good_ ? 1 : 0);
    page.gauge("sluice_config_last_reload_success_timestamp_seconds",
               "When the configuration that runs came into force", {},
               std::chrono::duration<double>(in_force_since_.time_since_epoch()).count());
}

} // namespace sluice::daemon
