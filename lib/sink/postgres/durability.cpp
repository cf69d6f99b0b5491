#include "sink/postgres/durability.hpp"

#include <fmt/format.h>

namespace sluice::postgres {

std::string_view to_string(durability_level level) noexcept
{
    switch (level) {
    case durability_level::at_risk:
        return "at_risk";
    case durability_level::crash_safe:
        return "crash_safe";
    case durability_level::replicated:
        break;
    }
    return "replicated";
}

durability_level durability::level() const
{
    if (fsync != "on" || full_page_writes != "on" || synchronous_commit == "off")
        return durability_level::at_risk;
    if (standbys.empty() || synchronous_commit == "local")
        return durability_level::crash_safe;
    return durability_level::replicated;
}

std::string durability::text() const
{
    return fmt::format(
        "{} (synchronous_commit {}, fsync {}, full_page_writes {}, synchronous standbys {})",
        to_string(level()), synchronous_commit, fsync, full_page_writes,
        standbys.empty() ? "none" : standbys);
}

std::vector<std::string> durability::warnings() const
{
    std::vector<std::string> lines;
    const auto must_be_on = [&lines](std::string_view name, std::string_view value) {
        if (value != "on")
            lines.push_back(fmt::format("{} is {} on the database server: a crash may lose "
                                        "messages that were deleted from the queue; set it to on",
                                        name, value));
    };
    must_be_on("fsync", fsync);
    must_be_on("full_page_writes", full_page_writes);
    if (synchronous_commit == "off")
        must_be_on("synchronous_commit", synchronous_commit);
    if (synchronous_commit == "local" && !standbys.empty())
        lines.push_back("synchronous_commit is local for this role or database: commits do not "
                        "wait for the standbys, and a failover may lose messages that were deleted "
                        "from the queue; set it to on");
    return lines;
}

awaitable<durability> secure_durability(connection& on)
{
    co_await on.query("SELECT set_config('synchronous_commit', 'on', false) "
                      "WHERE current_setting('synchronous_commit') = 'off'");
    const rows found = co_await on.query(
        "SELECT current_setting('synchronous_commit'), current_setting('fsync'), "
        "current_setting('full_page_writes'), current_setting('synchronous_standby_names'), "
        "pg_is_in_recovery()::text");
    const row& values = found.at(0);
    if (values.at(4) == "true")
        throw database_error({"25006",
                              "the server is a standby in recovery; name the primary, or several "
                              "hosts with target_session_attrs=read-write",
                              {},
                              {},
                              {},
                              true});
    co_return durability{values.at(0).value_or(""), values.at(1).value_or(""),
                         values.at(2).value_or(""), values.at(3).value_or("")};
}

} // namespace sluice::postgres
