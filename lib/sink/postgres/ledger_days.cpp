#include "sink/postgres/ledger_days.hpp"

#include "core/big_endian.hpp"
#include "transform/uuid.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <charconv>

namespace sluice::postgres {
namespace {

constexpr std::string_view prefix = "ledger_";
constexpr std::size_t digits = 8;

// Clocks that are further apart than this are no clocks: nothing is dropped on their word.
constexpr std::chrono::hours clocks_apart_max{24};

std::optional<day_state> find_state(const std::vector<ledger_day>& present, sys_days day)
{
    const auto found = std::find_if(present.begin(), present.end(),
                                    [day](const ledger_day& each) { return each.day == day; });
    return found == present.end() ? std::nullopt : std::optional(found->state);
}

} // namespace

day_range days_around(wall_time now) noexcept
{
    return {std::chrono::floor<days>(now - ledger_kept),
            std::chrono::floor<days>(now) + ledger_days_ahead};
}

std::string partition_name(sys_days day)
{
    const std::chrono::year_month_day date(day);
    return fmt::format("{}{:04}{:02}{:02}", prefix, static_cast<int>(date.year()),
                       static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()));
}

std::optional<sys_days> day_of_partition(std::string_view name)
{
    if (!name.starts_with(prefix) || name.size() != prefix.size() + digits)
        return std::nullopt;
    unsigned number = 0;
    const auto [end, ec] =
        std::from_chars(name.data() + prefix.size(), name.data() + name.size(), number);
    if (ec != std::errc() || end != name.data() + name.size())
        return std::nullopt;
    const std::chrono::year_month_day date(std::chrono::year(static_cast<int>(number / 10000)),
                                           std::chrono::month(number / 100 % 100),
                                           std::chrono::day(number % 100));
    if (!date.ok())
        return std::nullopt;
    return sys_days(date);
}

std::string first_key_of(sys_days day)
{
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(day.time_since_epoch());
    const auto value = static_cast<std::uint64_t>(ms.count());
    return fmt::format("{:08x}-{:04x}-0000-0000-000000000000", value >> 16, value & 0xffff);
}

std::optional<sys_days> day_of_key(std::string_view uuid_text)
{
    transform::uuid_bytes key;
    if (!transform::read_uuid(uuid_text, key))
        return std::nullopt;
    const std::uint64_t ms = load_big_endian<std::uint64_t>(key.data()) >> 16;
    return std::chrono::floor<days>(
        wall_time(std::chrono::milliseconds(static_cast<std::int64_t>(ms))));
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

day_plan plan_days(const std::vector<ledger_day>& present, std::optional<sys_days> closing,
                   wall_time here, wall_time there)
{
    day_plan plan;
    const bool clocks_agree = std::chrono::abs(here - there) <= clocks_apart_max;
    const day_range around{
        days_around(clocks_agree ? std::min(here, there) : here).first,
        days_around(clocks_agree ? std::max(here, there) : here).last,
    };
    for (const ledger_day& each : present)
        if ((clocks_agree && each.day < around.first) || (closing && each.day < *closing))
            plan.go.push_back(each);
    std::sort(plan.go.begin(), plan.go.end(),
              [](const ledger_day& a, const ledger_day& b) { return a.day < b.day; });
    if (!plan.go.empty())
        plan.floor = plan.go.back().day + days{1};

    const sys_days first = closing ? std::max(around.first, *closing) : around.first;
    for (sys_days day = first; day <= around.last; day += days{1}) {
        const auto state = find_state(present, day);
        if (!state || *state == day_state::loose)
            plan.make.push_back(day);
    }
    return plan;
}

int days_left(const std::vector<ledger_day>& present, sys_days today)
{
    int left = 0;
    while (find_state(present, today + days{left + 1}) == day_state::attached)
        ++left;
    return left;
}

} // namespace sluice::postgres
