// Finds the row that PostgreSQL refuses: its errors do not say which row of an array they mean.
// The batch is cut into ten parts, each a transaction of its own; the good ones are committed, the
// bad one is cut again, and a part of one row becomes a dead letter. And takes out of a batch what
// the ledger no longer has a place for. Of a FIFO queue it keeps deliveries whole; the parts of a
// single one must be written one after another.
#pragma once

#include "transform/dead_letters.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/row_batch.hpp"

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace sluice::transform {

// Why the database refused a row; names only, no values.
struct database_refusal
{
    std::string_view sqlstate;
    std::string_view column;
    std::string_view constraint;
};

// Not thread-safe.
class row_splitter
{
public:
    // Measured: fewer round trips than halving, less work than single rows.
    static constexpr std::size_t fan_out = 10;

    // `keys` may be null, as for the transformer; it must outlive the splitter. `keeps_order`: of
    // message groups, since the queue is FIFO.
    row_splitter(std::shared_ptr<const mapping> columns, const mask::keyring* keys,
                 bool keeps_order = false);

    using take_batch = std::function<std::unique_ptr<row_batch>()>;

    // The parts that stand for the batch together, their keys sorted. The first one takes its dead
    // letters and corrupt messages; a duplicate goes with its twin, since it is deleted with it. A
    // batch of one row becomes one dead letter. The batch has a row.
    [[nodiscard]] std::vector<std::unique_ptr<row_batch>>
    split(row_batch& bad, const database_refusal& why, const take_batch& take);

    // Two parts, or one: what was sent before the floor, as dead letters that are too old, and the
    // rest as it was. Some of the batch was.
    [[nodiscard]] std::vector<std::unique_ptr<row_batch>>
    set_aside_old(row_batch& from, const ledger_key& floor, const take_batch& take);

    // Whether no part of this batch may be written before the one in front of it is durable: a
    // later message of a group must not be stored without the earlier.
    [[nodiscard]] bool splits_in_sequence(const row_batch& bad) const noexcept;
    [[nodiscard]] bool keeps_order() const noexcept { return keeps_order_; }

    // "" for -1.
    [[nodiscard]] std::string column_name(std::int16_t index) const
    {
        return std::string(mapping_->column_name(index));
    }

private:
    [[nodiscard]] std::unique_ptr<row_batch> make_part(const row_batch& of,
                                                       const take_batch& take) const;
    [[nodiscard]] std::vector<std::size_t> cut(const row_batch& bad) const;
    void append_letter(row_batch& to, const row_batch::entry& refused, const database_refusal& why);
    [[nodiscard]] std::int16_t index_of(std::string_view column) const noexcept;

    std::shared_ptr<const mapping> mapping_;
    std::unique_ptr<mask::seal_engine> engine_; // null without a keyring
    dead_letters letters_;
    bool keeps_order_;
};

} // namespace sluice::transform
