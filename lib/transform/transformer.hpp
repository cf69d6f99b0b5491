// Turns messages into rows. One a worker thread.
#pragma once

#include "transform/attribute_digest.hpp"
#include "transform/body_envelope.hpp"
#include "transform/columns/column_writer.hpp"
#include "transform/dead_letters.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/message_body.hpp"
#include "transform/row_batch.hpp"

#include <memory>
#include <optional>
#include <vector>

namespace sluice::transform {

// What became of a message.
enum class outcome : std::uint8_t
{
    row,
    dead_letter,
    duplicate, // its key is in the batch already: only its receipt is kept
    corrupt,   // not what was sent: neither stored nor deleted
};

// Not thread-safe. Allocates nothing a message in steady state.
class transformer
{
public:
    // `keys` may be null if no column is sealed or tokenized; it must outlive the transformer.
    // Throws crypto_error; std::invalid_argument if a key is needed and there is none.
    transformer(std::shared_ptr<const mapping> columns, const mask::keyring* keys);
    transformer(const transformer&) = delete;
    transformer& operator=(const transformer&) = delete;

    // Opens the bodies of those messages whose bits are set, by index: add() and refuse() would do
    // it one after another, which costs more. Changes nothing else.
    void open(delivery& from, std::uint16_t which) { opener_.open(from, which); }

    // Adds a message to a batch, as exactly one of its kinds.
    outcome add(receipt from, row_batch& to);

    // Adds a message as a dead letter for a reason that lies outside of it (poison).
    outcome refuse(receipt from, reason why, row_batch& to);

    [[nodiscard]] const mapping& columns() const noexcept { return *mapping_; }

private:
    [[nodiscard]] verdict append_row(receipt from, row_batch& to, std::int16_t& column);
    [[nodiscard]] bool has_whole_attributes(const message& which);
    [[nodiscard]] verdict read(receipt from);
    [[nodiscard]] verdict append_column(column_writer& writer, receipt from, column_array& out);
    [[nodiscard]] verdict append_body_value(column_writer& writer, column_array& out);
    [[nodiscard]] verdict append_text(column_writer& writer, std::string_view text,
                                      column_array& out);
    [[nodiscard]] verdict append_attribute(column_writer& writer, column_array& out);
    void append_letter(receipt from, const ledger_key& key, const refusal& refused,
                       std::int16_t column, row_batch& to);

    std::shared_ptr<const mapping> mapping_;
    std::unique_ptr<mask::seal_engine> engine_; // null without a keyring
    std::vector<column_writer> writers_;
    dead_letters letters_;
    body_opener opener_;
    std::unique_ptr<body_envelope> envelope_;            // null where the body is the record
    std::unique_ptr<attribute_digest> attribute_digest_; // null where no column takes one
    json::reader body_;
    json::reader attributes_;
    workspace work_;
    std::vector<column_array::mark> marks_; // of the row that is being appended
    std::string_view record_;               // of the message at hand
    bool has_attributes_ = false;           // the same
};

} // namespace sluice::transform
