// Replays dead letters: the same transform, under the same message id, with the configuration of
// today. A letter is guarded by its own row, never by the ledger: its state changes in the very
// statement that inserts its row, so it becomes at most one row, whoever else replays it at the
// same time and whatever is killed in between.
#pragma once

#include "sink/postgres/letter_store.hpp"
#include "sink/postgres/letter_transform.hpp"
#include "sink/postgres/target.hpp"

#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

namespace sluice::postgres {

struct replay_result
{
    std::size_t rows = 0;                // became rows, or would
    std::size_t settled = 0;             // by somebody else meanwhile
    std::vector<refused_letter> refused; // stay as they are
};

// The statement that makes letters rows. Parameters: ids, pipeline, OS user, host, configuration,
// columns.
[[nodiscard]] std::string replay_sql(const target_table& target);

// Not thread-safe.
class letter_replay
{
public:
    struct options
    {
        target_table target;
        letter_actor by;
        bool dry_run = true; // the same statements, rolled back
    };

    // `keys` may be null, as for the transformer, whose exceptions it throws. It must outlive this.
    letter_replay(std::shared_ptr<const transform::mapping> columns, const mask::keyring* keys,
                  options how);

    // Letters of one pipeline. Throws database_error for what is no fault of a letter: those that
    // became rows stay rows, the others stay letters.
    awaitable<replay_result> replay(connection& on, std::vector<letter> some);

private:
    awaitable<std::optional<server_error>> store(connection& on, letter_work& of,
                                                 replay_result& result);
    awaitable<std::optional<server_error>> try_store(connection& on, letter_work& of,
                                                     replay_result& result);
    awaitable<void> store_one_by_one(connection& on, std::vector<const letter*> some,
                                     replay_result& result);

    letter_transform transform_;
    options options_;
    std::string sql_;
};

} // namespace sluice::postgres
