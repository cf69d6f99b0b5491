// The link of the daemon: one libpq connection in pipeline mode. A batch is one segment with one
// Sync, and so one implicit transaction.
#pragma once

#include "config/settings.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/link.hpp"
#include "sink/postgres/statements.hpp"

#include <deque>
#include <memory>
#include <string>
#include <vector>

namespace sluice::postgres {

struct session_options
{
    secret url;
    std::chrono::seconds statement_timeout{30};
    std::chrono::seconds lock_timeout{10};
    batch_identity identity;
};

// Readies a fresh connection: timeouts, durability, planner. Returns what the server says of
// durability: "synchronous_commit on, fsync on, ..." for the log.
awaitable<std::string> prepare_session(connection& on, std::chrono::seconds statement_timeout,
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

    [[nodiscard]] const std::string& durability() const noexcept { return durability_; }

private:
    struct segment
    {
        std::vector<statement> order;
        std::size_t rows;
        std::size_t letters;
    };

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
    std::string durability_;
};

} // namespace sluice::postgres
