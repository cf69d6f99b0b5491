// The database port: one connection that commits batches. The daemon's is `session`, on libpq; the
// simulation has its own.
#pragma once

#include "core/asio.hpp"
#include "sink/postgres/error.hpp"
#include "transform/row_batch.hpp"

#include <cstdint>
#include <optional>

namespace sluice::postgres {

// What became of one batch.
struct commit_outcome
{
    enum class kind : std::uint8_t
    {
        committed, // the Sync was answered and nothing before it failed
        refused,   // rolled back; the server said why
        unknown,   // the connection was lost: it may have been committed, or not, or will be
    };

    kind what = kind::unknown;

    // Of committed: rows and dead letters that are new. The rest were in the ledger already.
    std::size_t rows_stored = 0;
    std::size_t letters_stored = 0;

    // Of refused.
    statement where = statement::other;
    server_error error;

    // Of refused on the careful path for want of a partition in the ledger: the ledger's floor as
    // this very transaction saw it.
    std::optional<transform::ledger_key> floor;
};

class link
{
public:
    link() = default;
    link(const link&) = delete;
    link& operator=(const link&) = delete;
    virtual ~link() = default;

    // Connects and prepares. Throws database_error.
    virtual awaitable<void> open() = 0;

    // Hands one batch to the database as one transaction and returns when the last byte of it is
    // under way. Batches are answered in the order sent; each is a transaction of its own. Throws
    // database_error when the connection is lost: the batch then counts as sent, with an unknown
    // outcome.
    virtual awaitable<void> send(transform::row_batch& batch, transform::row_batch::path way) = 0;

    // The outcome of the oldest unanswered batch. May be awaited when nothing was sent, and then
    // returns only when something was, or `unknown` when the connection is lost. Runs beside send.
    virtual awaitable<commit_outcome> receive() = 0;

    // Ends every wait: send throws, receive says unknown. The link may be opened again once both
    // have ended.
    virtual void close() noexcept = 0;
};

} // namespace sluice::postgres
