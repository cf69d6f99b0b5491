// What a pipeline has stored, for people who look: the latest rows and dead letters.
#pragma once

#include "core/asio.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/letter_store.hpp"
#include "sink/postgres/login_url.hpp"
#include "sink/postgres/target.hpp"

#include <cstddef>
#include <string>
#include <vector>

namespace sluice::postgres {

struct stored_rows
{
    std::string table;
    std::vector<std::string> columns;
    std::vector<row> values; // as text, each of one value a column
};

class stored_reader
{
public:
    static constexpr std::size_t limit_max = 200;
    static constexpr std::size_t value_characters_max = 256; // what is longer ends in an ellipsis

    stored_reader() = default;
    stored_reader(const stored_reader&) = delete;
    stored_reader& operator=(const stored_reader&) = delete;
    virtual ~stored_reader() = default;

    // Newest first. Both throw database_error.
    virtual awaitable<stored_rows> latest(std::size_t limit) = 0;
    virtual awaitable<std::vector<letter>> letters(std::size_t limit) = 0; // without bodies
};

// Each call has a connection of its own that may only read, and gives up soon: whoever looks must
// not be in the way of what is written.
class stored_table final : public stored_reader
{
public:
    // Must outlive its calls.
    stored_table(asio::any_io_executor io, asio::any_io_executor blocking, std::string pipeline,
                 login_url url, target_table target);

    // Rows have no time of their own. These are from the end of the table, where it grows, or of
    // those of its parts that were written to last: the latest, unless others make room in it by
    // deletes. Parts are read as tables: that takes the right to SELECT from each.
    awaitable<stored_rows> latest(std::size_t limit) override;
    awaitable<std::vector<letter>> letters(std::size_t limit) override;

private:
    class visit;

    struct table_end
    {
        std::string table; // quoted
        std::string block; // from here on
        std::string late_block;
    };

    awaitable<std::vector<table_end>> find_ends(connection& on) const;
    awaitable<std::vector<table_end>> latest_of(connection& on, std::vector<table_end> ends) const;
    [[nodiscard]] std::string latest_sql(const std::vector<table_end>& ends,
                                         std::size_t limit) const;

    asio::any_io_executor io_;
    asio::any_io_executor blocking_;
    std::string pipeline_;
    login_url url_;
    target_table target_;
};

} // namespace sluice::postgres
