// The link of the daemon: one libpq connection in pipeline mode. A batch is one segment with one
// Sync, and so one implicit transaction.
#pragma once

#include "config/settings.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/durability.hpp"
#include "sink/postgres/link.hpp"
#include "sink/postgres/statements.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {

struct session_options
{
    login_url url;
    std::chrono::seconds statement_timeout{30};
    std::chrono::seconds lock_timeout{10};
    batch_identity identity;
};

// Readies a fresh connection: timeouts, planner, durability.
awaitable<durability> prepare_session(connection& on, std::chrono::seconds statement_timeout,
                                      std::chrono::seconds lock_timeout);

class session final : public link
{
public:
    session(asio::any_io_executor io, asio::any_io_executor blocking, session_options options,
            std::shared_ptr<const statements> sql);

    awaitable<void> open() override;
    awaitable<void> send(transform::row_batch& batch, transform::row_batch::path way) override;
    awaitable<commit_outcome> receive() override;
    void close() noexcept override;

    // Of the server that answered last; told in the log.
    [[nodiscard]] const std::optional<postgres::durability>& durability() const noexcept
    {
        return durability_;
    }

    // When the first certificate of the connection that was made last ends; nothing without TLS.
    [[nodiscard]] std::optional<wall_time> certificates_end() const noexcept
    {
        return certificates_end_;
    }

private:
    struct segment
    {
        std::vector<statement> order;
        std::size_t rows;
        std::size_t letters;
    };

    void report(const postgres::durability& found);
    awaitable<void> prepare_all();
    awaitable<void> probe();
    awaitable<void> finish_set_up();
    awaitable<commit_outcome> receive_segment();
    static void count_stored(commit_outcome& outcome, const segment& sent, statement which,
                             const PGresult* result);

    asio::any_io_executor io_;
    asio::any_io_executor blocking_;
    session_options options_;
    std::shared_ptr<const statements> sql_;
    std::unique_ptr<connection> connection_;
    std::deque<segment> under_way_;
    bool nothing_under_way_ = true;
    std::optional<postgres::durability> durability_;
    std::optional<wall_time> certificates_end_;
};

} // namespace sluice::postgres
