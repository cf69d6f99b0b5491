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

constexpr std::string_view group_member = R"({"@group_id":")";

} // namespace

std::string kept_attributes(const message& of)
{
    std::string_view rest = of.attributes.empty() ? "{}" : of.attributes;
    const bool keeps_group =
        !of.group_id.empty() && rest.front() == '{' && !rest.starts_with(group_member);
    if (!keeps_group)
        return std::string(of.attributes);
    rest.remove_prefix(1);
    const std::size_t next = rest.find_first_not_of(" \t\r\n");
    const bool is_last = next != std::string_view::npos && rest[next] == '}';
    std::string out(group_member);
    out += of.group_id;
    out += is_last ? "\"" : "\",";
    out += rest;
    return out;
}

std::string_view kept_group_id(std::string_view attributes)
{
    if (!attributes.starts_with(group_member))
        return {};
    attributes.remove_prefix(group_member.size());
    for (std::size_t at = 0; at < attributes.size(); ++at) {
        if (attributes[at] == '"')
            return attributes.substr(0, at);
        if (attributes[at] == '\\')
            ++at;
    }
    return {};
}

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
    if (const std::string attributes = kept_attributes(bad); attributes.empty())
        letters.attributes.append_null();
    else
        static_cast<void>(append_secret(attributes_sealer_, attributes, letters.attributes));
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
