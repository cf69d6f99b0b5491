// Asks a database short questions, and keeps what they have shown.
#pragma once

#include "core/check_result.hpp"
#include "sink/postgres/connection.hpp"

#include <string>
#include <utility>

namespace sluice::postgres {

// Belongs to the executor of its connection. Every question throws database_error.
class inspector
{
public:
    explicit inspector(connection& on) : on_(on) {}

    [[nodiscard]] connection& on() const noexcept { return on_; }

    // A condition, or a query that answers with one boolean.
    awaitable<bool> holds(std::string sql);
    // By a name as SQL takes it.
    awaitable<bool> is_there(std::string table);

    void add(check_level level, std::string subject, std::string what, std::string remedy = {},
             int line = 0)
    {
        found_.push_back({level, std::move(subject), std::move(what), std::move(remedy), line});
    }
    [[nodiscard]] std::size_t count() const noexcept { return found_.size(); }
    [[nodiscard]] bool any_error_since(std::size_t first) const;
    [[nodiscard]] check_results take() noexcept { return std::move(found_); }

private:
    connection& on_;
    check_results found_;
};

} // namespace sluice::postgres
