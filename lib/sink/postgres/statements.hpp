// The SQL of a batch: what is prepared on each connection, and with which parameters it runs.
#pragma once

#include "sink/postgres/target.hpp"
#include "sink/postgres/verdict.hpp"
#include "transform/row_batch.hpp"

#include <array>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

// Constant for all batches of a pipeline.
struct batch_identity
{
    std::string pipeline;
    std::string config_hash;
    std::string barrier_name; // of this connection's row in sluice.barrier
};

struct prepared_statement
{
    statement which;
    const char* name; // on the connection
    std::string sql;
};

// The statements of both paths. Two paths, one meaning: ledger entries, rows and dead letters of a
// batch, all in one transaction. The fast one is plain inserts and fails as a whole when a message
// is a duplicate; the careful one stores only what the ledger has not seen.
class statements
{
public:
    // `keeps_order`: the rows of a transaction are inserted in the order of their batch, on the
    // careful path, too.
    explicit statements(const target_table& target, bool keeps_order = false);

    [[nodiscard]] const std::array<prepared_statement, 6>& all() const noexcept { return all_; }
    [[nodiscard]] const prepared_statement& get(statement which) const;

private:
    std::array<prepared_statement, 6> all_;
};

// The statements that a batch needs on the given path, in the order of the segment.
[[nodiscard]] std::vector<statement> segment_of(const transform::row_batch& batch,
                                                transform::row_batch::path way);

// Binary parameters of one statement; views into the batch and the identity.
[[nodiscard]] std::vector<std::string_view>
parameters_of(statement which, transform::row_batch& batch, const batch_identity& identity);

} // namespace sluice::postgres
