#include "transform/json/walk.hpp"

#include "transform/json/number.hpp"

#include <cstring>

namespace sluice::json {

using transform::reason;

bool reader::walk::visit_members(ondemand::object& object, place where)
{
    key_list::object keys = keys_.open();
    for (auto entry : object) {
        ondemand::field field;
        if (std::move(entry).get(field) != simdjson::SUCCESS)
            return malformed(here_);
        ondemand::value& json = field.value();
        const std::string_view token = json.raw_json_token();
        member name;
        if (!read_key(field, token.data(), where.stored, name))
            return false;
        if (how_.duplicate_keys_rejected && !keys_.add(keys, name.key))
            return refuse(reason::duplicate_key, offset_of(name.at));
        if (!visit_member(json, name, token, where))
            return false;
    }
    if (keys_.close(keys) != nullptr)
        return refuse(reason::duplicate_key, offset_of(here_));
    return true;
}

inline bool reader::walk::read_key(ondemand::field& field, const char* value_at, bool stored,
                                   member& into)
{
    const char* const begin = field.key().raw();
    into.at = begin - 1;
    here_ = into.at;
    // Between the key's closing quote and the value there is a colon and perhaps white space.
    const char* end = value_at - 1;
    while (*end != '"')
        --end;
    std::string_view text(begin, static_cast<std::size_t>(end - begin));
    if (has_escapes_ && std::memchr(begin, '\\', text.size()) != nullptr) {
        char* const out = unescaped_keys_.extend(text.size());
        const escape_findings escapes = unescape(text, out);
        if (escapes.malformed)
            return malformed(into.at);
        note_text_flaw(escapes, stored, into.at);
        text = {out, escapes.size};
    }
    into.key = {hash_key(text.data(), text.size()), text};
    return true;
}

inline bool reader::walk::visit_member(ondemand::value& json, const member& name,
                                       std::string_view token, place where)
{
    const node* const asked =
        where.asked != nullptr ? where.asked->member(name.key.text, name.key.hash) : nullptr;
    if (asked == nullptr)
        return visit_unknown(json, name, token, where);
    if (!how_.duplicate_keys_rejected)
        forget(*asked);
    value* found = &ignored_;
    where.asked = asked;
    if (asked->is_taken()) {
        found = found_.values.data() + asked->value_slot();
        where.stored = true;
    }
    if (!token.empty() && *token.data() == '"')
        return visit_string(json, token, where, *found);
    return visit(json, token, where, *found);
}

bool reader::walk::visit_unknown(ondemand::value& json, const member& name, std::string_view token,
                                 place where)
{
    // Below a value that is stored whole, and below one that nobody asked for, all is known.
    if (how_.unknown_fields_rejected && where.asked != nullptr && !where.stored)
        return refuse(reason::unknown_field, offset_of(name.at));
    where.asked = nullptr;
    return visit(json, token, where, ignored_);
}

bool reader::walk::visit(ondemand::value& json, std::string_view token, place where, value& found)
{
    if (token.empty())
        return malformed(here_);
    switch (*token.data()) {
    case '"':
        return visit_string(json, token, where, found);
    case '{':
    case '[':
        return visit_container(json, token, where, found);
    default:
        return visit_scalar(token, where, found);
    }
}

inline bool reader::walk::visit_string(ondemand::value& json, std::string_view token, place where,
                                       value& found)
{
    here_ = token.data();
    // Taken, not skipped: skipping would also take a colon that follows it.
    ondemand::raw_json_string taken;
    if (json.get_raw_json_string().get(taken) != simdjson::SUCCESS)
        return malformed(token.data());
    const std::string_view text = trimmed(token);
    found.what = kind::string;
    found.text = {text.data() + 1, text.size() - 2};
    found.escaped =
        has_escapes_ && std::memchr(found.text.data(), '\\', found.text.size()) != nullptr;
    if (!found.escaped)
        return true;
    const escape_findings escapes = check_escapes(found.text);
    if (escapes.malformed)
        return malformed(token.data());
    note_text_flaw(escapes, where.stored, token.data());
    return true;
}

bool reader::walk::visit_scalar(std::string_view token, place where, value& found)
{
    here_ = token.data();
    found.text = trimmed(token);
    if (found.text == "null") {
        found.what = kind::null;
        return true;
    }
    if (found.text == "true" || found.text == "false") {
        found.what = kind::boolean;
        return true;
    }
    const std::optional<number> digits = read_number(found.text);
    if (!digits)
        return malformed(token.data());
    found.what = kind::number;
    if (where.stored)
        if (const auto beyond = check_bounds(*digits))
            note_flaw(*beyond, token.data());
    return true;
}

bool reader::walk::visit_container(ondemand::value& json, std::string_view token, place where,
                                   value& found)
{
    here_ = token.data();
    if (++where.depth > how_.depth_max)
        return refuse(reason::too_deep, offset_of(token.data()));
    const bool is_object = *token.data() == '{';
    const std::size_t flaws_before = found_.flaws.size();
    if (!(is_object ? visit_object(json, where) : visit_array(json, where)))
        return false;
    found.what = is_object ? kind::object : kind::array;
    if (where.asked == nullptr || !where.asked->is_taken())
        return true;
    // The next token begins behind our closing bracket and white space.
    const char* next = nullptr;
    if (json.current_location().get(next) != simdjson::SUCCESS)
        return malformed(token.data());
    found.text = trimmed({token.data(), static_cast<std::size_t>(next - token.data())});
    if (found_.flaws.size() > flaws_before)
        found.flaw = static_cast<std::uint32_t>(flaws_before);
    return true;
}

bool reader::walk::visit_object(ondemand::value& json, place where)
{
    ondemand::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS)
        return malformed(here_);
    return visit_members(object, where);
}

bool reader::walk::visit_array(ondemand::value& json, place where)
{
    ondemand::array array;
    if (json.get_array().get(array) != simdjson::SUCCESS)
        return malformed(here_);
    std::vector<value>* const wanted = where.asked != nullptr && where.asked->wants_elements()
                                           ? &found_.elements[where.asked->value_slot()]
                                           : nullptr;
    if (wanted != nullptr)
        wanted->clear();
    std::uint64_t index = 0;
    for (auto entry : array) {
        ondemand::value element;
        if (std::move(entry).get(element) != simdjson::SUCCESS)
            return malformed(here_);
        const node* const asked = where.asked != nullptr && where.asked->has_elements()
                                      ? where.asked->element(index)
                                      : nullptr;
        const bool taken = asked != nullptr && asked->is_taken();
        value found;
        const place inside{asked, where.depth, where.stored || taken};
        if (!visit(element, element.raw_json_token(), inside, found))
            return false;
        if (taken)
            found_.values[asked->value_slot()] = found;
        if (wanted != nullptr)
            wanted->push_back(found);
        ++index;
    }
    return true;
}

// The last of equal keys counts, with nothing of the earlier ones below it.
void reader::walk::forget(const node& from)
{
    if (from.is_taken())
        found_.values[from.value_slot()] = {};
    for (const auto& child : from.children())
        forget(*child);
}

} // namespace sluice::json
