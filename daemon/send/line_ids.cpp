#include "daemon/send/line_ids.hpp"

#include "config/rules.hpp"
#include "core/encoding.hpp"
#include "transform/json/escape.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::daemon {

using sluice::json::kind;

namespace {

constexpr std::size_t id_bytes_max = 128;

// Numbers and truth values are taken as they are written.
std::string text_of(const sluice::json::value& value)
{
    if (value.what != kind::string)
        return std::string(value.text);
    std::string out(value.text.size(), '\0');
    out.resize(sluice::json::unescape(value.text, out.data()).size);
    return out;
}

} // namespace

bool is_message_id_text(std::string_view text) noexcept
{
    return !text.empty() && text.size() <= id_bytes_max &&
           std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

line_ids::line_ids(line_id_rules rules) : rules_(std::move(rules))
{
    const auto want = [this](const config::json_pointer& pointer) {
        return wanted{paths_.add(pointer.path), config::pointer_text(pointer)};
    };
    if (rules_.group_from)
        group_ = want(*rules_.group_from);
    if (rules_.same_value_from)
        same_ = want(*rules_.same_value_from);
    if (paths_.slots() == 0)
        return;
    paths_.compile();
    // Whether a key may come twice is for the pipeline to say.
    reader_.emplace(paths_, sluice::json::reader::options{.duplicate_keys_rejected = false});
}

std::optional<std::string> line_ids::give(message_line& to)
{
    std::string group = rules_.group_id;
    std::string same;
    if (reader_)
        if (auto why = read(to, group, same))
            return why;
    if (rules_.same == same_message::line)
        same = fmt::format("{}-{}", rules_.run, to.number);
    else if (rules_.same == same_message::content)
        same = to_hex(sha256_(to.body)); // as SQS itself does it
    to.group_id = std::move(group);
    to.deduplication_id = std::move(same);
    return std::nullopt;
}

std::optional<std::string> line_ids::read(message_line& from, std::string& group, std::string& same)
{
    const std::size_t size = from.body.size();
    from.body.append(sluice::json::padding_bytes, '\0');
    std::optional<std::string> why;
    if (reader_->read(std::string_view(from.body).substr(0, size)))
        why = fmt::format("is no JSON object, so nothing stands at {}; correct it",
                          group_.pointer.empty() ? same_.pointer : group_.pointer);
    if (!why && group_.slot != sluice::json::no_slot)
        why = value_at(group_, group);
    if (!why && same_.slot != sluice::json::no_slot)
        why = value_at(same_, same);
    from.body.resize(size);
    return why;
}

std::optional<std::string> line_ids::value_at(const wanted& where, std::string& out) const
{
    const sluice::json::value& value = reader_->at(where.slot);
    const bool is_scalar =
        value.what == kind::string || value.what == kind::number || value.what == kind::boolean;
    if (is_scalar)
        out = text_of(value);
    if (is_scalar && is_message_id_text(out))
        return std::nullopt;
    return fmt::format("has no text of 1 to {} printable ASCII characters without blanks at {}, "
                       "which is what SQS takes there; correct it",
                       id_bytes_max, where.pointer);
}

} // namespace sluice::daemon
