#include "sink/postgres/inspector.hpp"

#include "sink/postgres/target.hpp"

#include <fmt/format.h>

namespace sluice::postgres {

awaitable<bool> inspector::holds(std::string sql)
{
    const rows found = co_await on_.query("SELECT (" + std::move(sql) + ")::text");
    co_return found.at(0).at(0) == "true";
}

awaitable<bool> inspector::is_there(std::string table)
{
    const rows found =
        co_await on_.query(fmt::format("SELECT to_regclass({})::text", quote_literal(table)));
    co_return found.at(0).at(0).has_value();
}

bool inspector::any_error_since(std::size_t first) const
{
    for (std::size_t i = first; i < found_.size(); ++i)
        if (found_[i].level == check_level::error)
            return true;
    return false;
}

} // namespace sluice::postgres
