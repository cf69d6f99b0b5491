#include "transform/dead_letters.hpp"

#include "core/encoding.hpp"
#include "transform/columns/date_time.hpp"

#include <algorithm>
#include <limits>

namespace sluice::transform {
namespace {

void append_text(column_array& to, std::string_view text)
{
    if (text.empty())
        to.append_null();
    else
        to.append(text);
}

void append_time(column_array& to, wall_time at)
{
    to.begin_element().append_u64(static_cast<std::uint64_t>(microseconds_since_2000(at)));
    to.end_element();
}

} // namespace

dead_letters::dead_letters(const mapping& columns, mask::seal_engine* engine)
    : mapping_(&columns), clear_allowed_(engine == nullptr && !columns.masks())
{
    if (engine == nullptr)
        return;
    body_sealer_.emplace(*engine, letter_body_domain);
    attributes_sealer_.emplace(*engine, letter_attributes_domain);
}

void dead_letters::append(receipt from, const ledger_key& key, const fault& what, row_batch& to)
{
    const message& bad = *from;
    letter_columns& letters = to.letters;
    if (what.why == reason::too_old)
        letters.key.append_null(); // the ledger has no place for it
    else
        letters.key.append(as_text(key));
    letters.message_id.append(bad.id);
    letters.reason.append(to_string(what.why));
    append_text(letters.sqlstate, what.sqlstate);
    append_text(letters.column_name, mapping_->column_name(what.column));
    append_text(letters.detail, what.detail);
    const bool sealed = append_secret(body_sealer_, bad.body, letters.body);
    letters.body_sealed.append(sealed ? std::string_view("\1", 1) : std::string_view("\0", 1));
    if (bad.attributes.empty())
        letters.attributes.append_null();
    else
        static_cast<void>(append_secret(attributes_sealer_, bad.attributes, letters.attributes));
    constexpr std::uint32_t count_max = std::numeric_limits<std::int32_t>::max();
    letters.receive_count.begin_element().append_u32(std::min(bad.receive_count, count_max));
    letters.receive_count.end_element();
    append_time(letters.sent_at, bad.sent_at);
    append_time(letters.received_at, from.from->received_at);
    to.letter_entries.push_back({key, from, what.why, what.column});
}

// What cannot be sealed is left out: a dead letter without its body is better than a leak.
bool dead_letters::append_secret(std::optional<mask::sealer>& sealer, std::string_view clear,
                                 column_array& to)
{
    if (sealer) {
        const column_array::mark before = to.position();
        if (sealer->seal(mask::content::bytes, clear, to.begin_element())) {
            to.end_element();
            return true;
        }
        to.rewind(before);
    } else if (clear_allowed_) {
        to.append(clear);
        return false;
    }
    to.append_null();
    return false;
}

} // namespace sluice::transform
