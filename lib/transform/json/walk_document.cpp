#include "transform/json/fault.hpp"
#include "transform/json/walk.hpp"

#include <algorithm>
#include <bit>
#include <cstring>
#include <new>

namespace sluice::json {

using transform::reason;

static_assert(padding_bytes >= simdjson::SIMDJSON_PADDING);

transform::verdict reader::walk::read(std::string_view document)
{
    if (document.empty())
        return transform::refuse_at(reason::not_json_object, 0);
    found_.document = fenced(document);
    if (visit_document())
        return std::nullopt;
    return refused_;
}

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

bool reader::walk::start(ondemand::document& json)
{
    const std::string_view document = found_.document;
    here_ = document.data();
    keys_.clear();
    found_.flaws.clear();
    std::ranges::fill(found_.values, value{});
    has_escapes_ = std::memchr(document.data(), '\\', document.size()) != nullptr;
    if (has_escapes_) {
        unescaped_keys_.clear();
        unescaped_keys_.reserve(document.size() + sizeof(std::uint64_t)); // hash_key reads eight
    }
    if (document.size() > parser_.capacity() &&
        parser_.allocate(std::bit_ceil(document.size())) != simdjson::SUCCESS)
        throw std::bad_alloc();
    const std::size_t readable = document.size() + padding_bytes;
    switch (parser_.iterate(document.data(), document.size(), readable).get(json)) {
    case simdjson::SUCCESS:
        return true;
    case simdjson::MEMALLOC:
        throw std::bad_alloc();
    case simdjson::UTF8_ERROR:
        return refuse(reason::invalid_text, find_invalid_utf8(document));
    case simdjson::UNESCAPED_CHARS:
    case simdjson::UNCLOSED_STRING:
        return refuse(reason::not_json_object, find_broken_string(document));
    default:
        return refuse(reason::not_json_object, 0);
    }
}

bool reader::walk::visit_document()
{
    ondemand::document json;
    if (!start(json))
        return false;
    ondemand::object object;
    if (json.get_object().get(object) != simdjson::SUCCESS)
        return malformed(here_);
    const node& root = paths_.root();
    if (!visit_members(object, {.asked = &root, .depth = 1, .stored = root.is_taken()}))
        return false;
    // Only the end of the document has no location.
    const char* trailing = here_;
    if (json.current_location().get(trailing) != simdjson::OUT_OF_BOUNDS)
        return malformed(trailing);
    if (root.is_taken()) {
        value& whole = found_.values[root.value_slot()];
        whole.what = kind::object;
        whole.text = trimmed(found_.document.substr(found_.document.find('{')));
        whole.flaw = found_.flaws.empty() ? no_flaw : 0;
    }
    return true;
}

} // namespace sluice::json
