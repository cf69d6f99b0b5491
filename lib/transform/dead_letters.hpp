// Writes the dead letters of a batch.
#pragma once

#include "core/delivery.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/refusal.hpp"
#include "transform/row_batch.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::transform {

// The domains that bodies and attributes of dead letters are sealed for.
inline constexpr std::string_view letter_body_domain = "sluice.dead_letters.body";
inline constexpr std::string_view letter_attributes_domain = "sluice.dead_letters.attributes";

// What a letter keeps beside the body: the message's attributes, and among them its MessageGroupId,
// under a name that SQS gives to none: {"@group_id":"...", ...}. Empty if there is neither.
[[nodiscard]] std::string kept_attributes(const message& of);
// The MessageGroupId in them, still escaped; empty if none.
[[nodiscard]] std::string_view kept_group_id(std::string_view attributes);

// Not thread-safe; the mapping and the engine must outlive it.
class dead_letters
{
public:
    // Without an engine a body is kept in clear, if no column is masked, or else not at all.
    // Throws crypto_error.
    dead_letters(const mapping& columns, mask::seal_engine* engine);

    struct fault
    {
        reason why;
        std::int16_t column = -1;       // index in the mapping
        std::string_view detail = {};   // without values
        std::string_view sqlstate = {}; // of database_refused
    };

    // Appends a letter. The message's body is open; its key is not in the batch's set yet, or is
    // added by the caller.
    void append(receipt from, const ledger_key& key, const fault& what, row_batch& to);

private:
    [[nodiscard]] bool append_secret(std::optional<mask::sealer>& sealer, std::string_view clear,
                                     column_array& to);

    const mapping* mapping_;
    bool clear_allowed_;
    std::optional<mask::sealer> body_sealer_;
    std::optional<mask::sealer> attributes_sealer_;
};

} // namespace sluice::transform
