// Turns stored dead letters into rows again: opens them, and transforms them as the messages that
// they were. Speaks with no database.
#pragma once

#include "core/delivery.hpp"
#include "sink/postgres/letter_opener.hpp"
#include "sink/postgres/letter_store.hpp"
#include "transform/transformer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::postgres {

struct refused_letter
{
    std::int64_t id;
    std::string message_id;
    std::string reason; // of a dead letter, or why it could not be tried
    std::string column; // empty: none is to blame
    std::string detail; // without values
};

// Letters on their way through the transform.
struct letter_work
{
    transform::row_batch batch;
    std::vector<std::unique_ptr<delivery>> messages; // what the batch points into
    std::vector<const letter*> rows;                 // of each row of the batch
    std::vector<const letter*> letters;              // of each dead letter of the batch
};

// Not thread-safe.
class letter_transform
{
public:
    // `keys` may be null, as for the transformer, whose exceptions it throws. It must outlive this.
    letter_transform(std::shared_ptr<const transform::mapping> columns, const mask::keyring* keys);

    [[nodiscard]] letter_work begin() const;

    // Adds a letter as a row or as a dead letter; what it returns is why it was neither. The letter
    // must outlive the work.
    [[nodiscard]] std::optional<refused_letter> add(const letter& from, letter_work& to);

    // The dead letters of the work: those that still do not fit.
    [[nodiscard]] std::vector<refused_letter> refusals(letter_work& of) const;

private:
    transform::transformer transformer_;
    letter_opener opener_;
};

} // namespace sluice::postgres
