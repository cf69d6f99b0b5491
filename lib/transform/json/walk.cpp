#include "transform/json/walk.hpp"

#include "transform/json/fault.hpp"
#include "transform/json/number.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace sluice::json {

static_assert(padding_bytes >= simdjson::SIMDJSON_PADDING);

namespace {

constexpr std::string_view white_space = " \t\n\r";

// simdjson gives a token up to the beginning of the next one.
std::string_view trimmed(std::string_view token) noexcept
{
    while (!token.empty() && white_space.find(token.back()) != std::string_view::npos)
        token.remove_suffix(1);
    return token;
}

} // namespace

// Simdjson reads one byte beyond the last token, and takes a closing bracket or a comma there for a
// part of the document. Where one follows, the document is read from a copy.
std::string_view reader::walk::fenced(std::string_view document)
{
    const char behind = document.data()[document.size()];
    if (behind != '}' && behind != ']' && behind != ',')
        return document;
    copy_.clear();
    copy_.reserve(document.size() + padding_bytes);
    copy_.append(document);
    std::memset(copy_.extend(padding_bytes), 0, padding_bytes);
    return copy_.view().substr(0, document.size());
}

verdict reader::walk::start(ondemand::document& into)
{
    here_ = document_.data();
    keys_.clear();
    flaws_.clear();
    std::ranges::fill(values_, value{});
    has_escapes_ = std::memchr(document_.data(), '\\', document_.size()) != nullptr;
    if (has_escapes_) {
        unescaped_keys_.clear();
        unescaped_keys_.reserve(document_.size() + sizeof(std::uint64_t)); // hash_key reads eight
    }
    if (document_.size() > parser_.capacity() &&
        parser_.allocate(std::bit_ceil(document_.size())) != simdjson::SUCCESS)
        throw std::bad_alloc();
    const std::size_t readable = document_.size() + padding_bytes;
    switch (parser_.iterate(document_.data(), document_.size(), readable).get(into)) {
    case simdjson::SUCCESS:
        return std::nullopt;
    case simdjson::MEMALLOC:
        throw std::bad_alloc();
    case simdjson::UTF8_ERROR:
        return refuse_at(reason::invalid_text, find_invalid_utf8(document_));
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING:
        return refuse_at(reason::not_json_object, find_broken_string(document_));
    default:
        return refuse_at(reason::not_json_object, 0);
    }
}

verdict reader::walk::read(std::string_view document)
{
    if (document.empty())
        return refuse_at(reason::not_json_object, 0);
    document_ = fenced(document);
    ondemand::document json;
    if (const verdict refused = start(json))
        return refused;
    ondemand::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS)
        return malformed(here_);
    const node& root = paths_.root();
    const place where{.asked = &root, .stored = root.is_taken(), .depth = 1};
    if (const verdict refused = visit_members(object, where))
        return refused;
    // Only the end of the document has no location.
    const char* trailing = here_;
    if (json.current_location().get(trailing) != simdjson::OUT_OF_BOUNDS)
        return malformed(trailing);
    if (root.is_taken()) {
        value& whole = values_[root.value_slot()];
        whole.what = kind::object;
        whole.text = trimmed(document_.substr(document_.find('{')));
        whole.flaw = flaws_.empty() ? no_flaw : 0;
    }
    return std::nullopt;
}

verdict reader::walk::visit(ondemand::value& json, std::string_view token, place where,
                            value& found)
{
    if (token.empty())
        return malformed(here_);
    here_ = token.data();
    switch (token.front()) {
    case '"':
        return visit_string(json, token, where, found);
    case '{':
    case '[':
        return visit_container(json, token, where, found);
    default:
        return visit_scalar(token, where, found);
    }
}

verdict reader::walk::visit_string(ondemand::value& json, std::string_view token, place where,
                                   value& found)
{
    // Taken, not skipped: skipping would also take a colon that follows it.
    ondemand::raw_json_string taken;
    if (json.get_raw_json_string().get(taken) != simdjson::SUCCESS)
        return malformed(token.data());
    const std::string_view text = trimmed(token);
    found.what = kind::string;
    found.text = text.substr(1, text.size() - 2);
    found.escaped =
        has_escapes_ && std::memchr(found.text.data(), '\\', found.text.size()) != nullptr;
    if (!found.escaped)
        return std::nullopt;
    const escape_findings escapes = check_escapes(found.text);
    if (escapes.malformed)
        return malformed(token.data());
    note_text_flaw(escapes, where.stored, token.data());
    return std::nullopt;
}

verdict reader::walk::visit_scalar(std::string_view token, place where, value& found)
{
    found.text = trimmed(token);
    if (found.text == "null") {
        found.what = kind::null;
        return std::nullopt;
    }
    if (found.text == "true" || found.text == "false") {
        found.what = kind::boolean;
        return std::nullopt;
    }
    const std::optional<number> digits = read_number(found.text);
    if (!digits)
        return malformed(token.data());
    found.what = kind::number;
    if (where.stored)
        if (const verdict beyond = check_bounds(*digits))
            note_flaw(*beyond, token.data());
    return std::nullopt;
}

verdict reader::walk::visit_container(ondemand::value& json, std::string_view token, place where,
                                      value& found)
{
    if (++where.depth > how_.depth_max)
        return refuse_from(reason::too_deep, token.data());
    const bool is_object = token.front() == '{';
    const std::size_t flaws_before = flaws_.size();
    const verdict refused = is_object ? visit_object(json, where) : visit_array(json, where);
    if (refused)
        return refused;
    found.what = is_object ? kind::object : kind::array;
    if (where.asked == nullptr || !where.asked->is_taken())
        return std::nullopt;
    // The next token begins behind our closing bracket and white space.
    const char* next = nullptr;
    if (json.current_location().get(next) != simdjson::SUCCESS)
        return malformed(token.data());
    found.text = trimmed({token.data(), static_cast<std::size_t>(next - token.data())});
    if (flaws_.size() > flaws_before)
        found.flaw = static_cast<std::uint32_t>(flaws_before);
    return std::nullopt;
}

verdict reader::walk::visit_object(ondemand::value& json, place where)
{
    ondemand::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS)
        return malformed(here_);
    return visit_members(object, where);
}

verdict reader::walk::visit_members(ondemand::object& object, place where)
{
    const std::size_t opened = keys_.open();
    for (auto entry : object) {
        ondemand::field field;
        if (std::move(entry).get(field) != simdjson::SUCCESS)
            return malformed(here_);
        ondemand::value& json = field.value();
        const std::string_view token = json.raw_json_token();
        member name{};
        if (const verdict refused = read_key(field, token.data(), where.stored, name))
            return refused;
        if (how_.duplicate_keys_rejected && !keys_.add(opened, {name.hash, name.key}))
            return refuse_from(reason::duplicate_key, name.at);
        if (const verdict refused = visit_member(json, name, token, where))
            return refused;
    }
    if (keys_.close(opened) != nullptr)
        return refuse_from(reason::duplicate_key, here_);
    return std::nullopt;
}

verdict reader::walk::visit_member(ondemand::value& json, const member& name,
                                   std::string_view token, place where)
{
    const node* const asked =
        where.asked != nullptr ? where.asked->member(name.key, name.hash) : nullptr;
    if (asked == nullptr) {
        // Below a value that is stored whole, and below one that nobody asked for, all is known.
        if (how_.unknown_fields_rejected && where.asked != nullptr && !where.stored)
            return refuse_from(reason::unknown_field, name.at);
        value ignored;
        return visit(json, token, {nullptr, where.stored, where.depth}, ignored);
    }
    if (!how_.duplicate_keys_rejected)
        forget(*asked);
    const place inside{asked, where.stored || asked->is_taken(), where.depth};
    if (asked->is_taken())
        return visit(json, token, inside, values_[asked->value_slot()]);
    value ignored;
    return visit(json, token, inside, ignored);
}

verdict reader::walk::visit_array(ondemand::value& json, place where)
{
    ondemand::array array;
    if (json.get_array().get(array) != simdjson::SUCCESS)
        return malformed(here_);
    const bool wanted = where.asked != nullptr && where.asked->wants_elements();
    if (wanted)
        elements_[where.asked->value_slot()].clear();
    std::uint64_t index = 0;
    for (auto entry : array) {
        ondemand::value element;
        if (std::move(entry).get(element) != simdjson::SUCCESS)
            return malformed(here_);
        const node* asked = where.asked != nullptr && where.asked->has_elements()
                                ? where.asked->element(index)
                                : nullptr;
        const bool taken = asked != nullptr && asked->is_taken();
        value found;
        const place inside{asked, where.stored || taken, where.depth};
        if (const verdict refused = visit(element, element.raw_json_token(), inside, found))
            return refused;
        if (taken)
            values_[asked->value_slot()] = found;
        if (wanted)
            elements_[where.asked->value_slot()].push_back(found);
        ++index;
    }
    return std::nullopt;
}

verdict reader::walk::read_key(ondemand::field& field, const char* value_at, bool stored,
                               member& into)
{
    const char* const begin = field.key().raw();
    into.at = begin - 1;
    here_ = into.at;
    // Between the key's closing quote and the value there is a colon and perhaps white space.
    const char* end = value_at - 1;
    while (*end != '"')
        --end;
    into.key = {begin, static_cast<std::size_t>(end - begin)};
    const bool escaped = has_escapes_ && std::memchr(begin, '\\', into.key.size()) != nullptr;
    if (escaped) {
        char* const out = unescaped_keys_.extend(into.key.size());
        const escape_findings escapes = unescape(into.key, out);
        if (escapes.malformed)
            return malformed(into.at);
        note_text_flaw(escapes, stored, into.at);
        into.key = {out, escapes.size};
    }
    into.hash = hash_key(into.key.data(), into.key.size());
    return std::nullopt;
}

// The last of equal keys counts, with nothing of the earlier ones below it.
void reader::walk::forget(const node& from)
{
    if (from.is_taken())
        values_[from.value_slot()] = {};
    for (const auto& child : from.children())
        forget(*child);
}

} // namespace sluice::json
