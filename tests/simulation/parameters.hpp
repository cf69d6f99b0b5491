// Reads the binary parameters of a batch's statements as PostgreSQL would, and by other code than
// the daemon's.
#pragma once

#include "simulation/workload.hpp"
#include "sink/postgres/statements.hpp"

#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

// What the server would answer with class 08 or 22: a parameter is no array of this form.
class malformed_parameter : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

using array_elements = std::vector<std::optional<std::string>>;

// One-dimensional, lower bound 1 (PostgreSQL source, array_recv). Throws malformed_parameter.
[[nodiscard]] array_elements read_array(std::string_view parameter);

struct letter_values
{
    std::string key;
    std::string message_id;
    std::string reason;
    std::string column;
    std::string sqlstate;
    std::string bytes; // all of its stored columns, to be searched for what must not be there
    bool body_sealed = false;
    bool has_body = false;
};

// A batch as the server gets it.
struct received_batch
{
    std::vector<postgres::statement> order;
    std::vector<std::string> ledger_ids;
    std::vector<std::string> row_keys; // empty on the fast path, which does not send them
    std::vector<row_values> rows;
    std::vector<letter_values> letters;

    [[nodiscard]] bool has(postgres::statement which) const;
};

[[nodiscard]] received_batch read_batch(transform::row_batch& batch,
                                        transform::row_batch::path way);

} // namespace sluice::simulation
