// One message through a transformer, outside of any pipeline.
#pragma once

#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/transformer.hpp"

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {

// What stands in a column of the row, in PostgreSQL's binary form; nothing: null.
using trial_value = std::optional<std::string>;

struct trial_letter
{
    std::string reason;
    std::string column; // empty: none is to blame
    std::string detail;

    [[nodiscard]] std::string reason_and_column() const
    {
        return column.empty() ? reason : reason + " " + column;
    }
};

struct trial_result
{
    std::vector<trial_value> values;    // one a column, if the message became a row
    std::optional<trial_letter> letter; // if it did not
};

// The message is sent and received at the start of the year 2000, for the first time.
class trial
{
public:
    // The keyring must outlive the trial. Throws mask::crypto_error.
    trial(std::shared_ptr<const transform::mapping> columns, const mask::keyring& keys);

    // `attributes` as SQS delivers them, a JSON object; empty: none.
    [[nodiscard]] trial_result run(std::string_view body, std::string_view attributes = {});

private:
    transform::transformer transformer_;
    transform::row_batch batch_;
};

} // namespace sluice::daemon
