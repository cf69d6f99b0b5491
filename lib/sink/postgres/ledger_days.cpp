#include "sink/postgres/ledger_days.hpp"

#include <fmt/format.h>

#include <set>

namespace sluice::postgres {

day_range days_around(wall_time now) noexcept
{
    const auto today = std::chrono::floor<days>(now);
    return {today - ledger_days_back, today + ledger_days_ahead};
}

std::string partition_name(sys_days day)
{
    const std::chrono::year_month_day date(day);
    return fmt::format("ledger_{:04}{:02}{:02}", static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::string first_key_of(sys_days day)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch());
    const auto value = static_cast<std::uint64_t>(ms.count());
    return fmt::format("{:08x}-{:04x}-0000-0000-000000000000", value >> 16, value & 0xffff);
}

std::vector<std::string> statements_for_day(sys_days day)
{
    const std::string name = partition_name(day);
    return {
        fmt::format("CREATE TABLE IF NOT EXISTS sluice.{} (message_id uuid PRIMARY KEY)", name),
        fmt::format("ALTER TABLE sluice.ledger ATTACH PARTITION sluice.{} "
                    "FOR VALUES FROM ('{}') TO ('{}')",
                    name, first_key_of(day), first_key_of(day + days{1})),
    };
}

awaitable<std::size_t> make_days(connection& on, day_range wanted)
{
    const rows attached = co_await on.query(
        "SELECT child.relname FROM pg_inherits JOIN pg_class child ON child.oid = inhrelid "
        "WHERE inhparent = 'sluice.ledger'::regclass");
    std::set<std::string> present;
    for (const row& found : attached)
        present.insert(found.at(0).value_or(""));
    std::size_t made = 0;
    for (sys_days day = wanted.first; day <= wanted.last; day += days{1}) {
        if (present.contains(partition_name(day)))
            continue;
        for (std::string& sql : statements_for_day(day))
            co_await on.query(std::move(sql));
        ++made;
    }
    co_return made;
}

} // namespace sluice::postgres
