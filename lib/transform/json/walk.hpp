// The pass of a reader over one document. Included by reader.cpp and walk.cpp alone: simdjson's
// header is large.
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/json/escape.hpp"
#include "transform/json/key_list.hpp"
#include "transform/json/reader.hpp"

#include <simdjson.h>

namespace sluice::json {

namespace ondemand = simdjson::ondemand;
using node = path_trie::node;

// A token without the white space behind it: simdjson gives one up to the beginning of the next.
[[nodiscard]] inline std::string_view trimmed(std::string_view token) noexcept
{
    const auto is_space = [](char c) { return c == ' ' || c == '\n' || c == '\r' || c == '\t'; };
    std::size_t size = token.size();
    while (size != 0 && is_space(token.data()[size - 1]))
        --size;
    return {token.data(), size};
}

// Simdjson's on demand front end moves through the structure and checks it; it looks at a scalar
// only when told to, so every one is looked at here, asked for or not. The functions that visit
// return false when the document is refused; then `refused_` says why.
class reader::walk
{
public:
    // Fills `into`, which must outlive it.
    walk(const path_trie& paths, options how, findings& into)
        : paths_(paths), how_(how), found_(into)
    {}

    transform::verdict read(std::string_view document);

private:
    // What the surroundings of a value ask of it. Small enough for two registers.
    struct place
    {
        const node* asked;   // null: no pointer leads here or below
        std::uint32_t depth; // of the container around it
        bool stored;         // a value around it is stored whole, so all of it must be storable
    };

    struct member
    {
        key_list::key key;
        const char* at; // its opening quote
    };

    [[nodiscard]] std::string_view fenced(std::string_view document);
    bool start(ondemand::document& json);
    bool visit_document();
    bool visit(ondemand::value& json, std::string_view token, place where, value& found);
    bool visit_object(ondemand::value& json, place where);
    bool visit_array(ondemand::value& json, place where);
    bool visit_members(ondemand::object& object, place where);
    bool visit_member(ondemand::value& json, const member& name, std::string_view token,
                      place where);
    bool visit_unknown(ondemand::value& json, const member& name, std::string_view token,
                       place where);
    bool visit_string(ondemand::value& json, std::string_view token, place where, value& found);
    bool visit_scalar(std::string_view token, place where, value& found);
    bool visit_container(ondemand::value& json, std::string_view token, place where, value& found);
    bool read_key(ondemand::field& field, const char* value_at, bool stored, member& into);
    void forget(const node& from);

    [[nodiscard]] std::uint64_t offset_of(const char* at) const noexcept
    {
        return static_cast<std::uint64_t>(at - found_.document.data());
    }
    bool refuse(transform::reason why, std::uint64_t offset)
    {
        refused_ = transform::refuse_at(why, offset);
        return false;
    }
    bool malformed(const char* at)
    {
        return refuse(transform::reason::not_json_object, offset_of(at));
    }
    void note_flaw(transform::refusal what, const char* at)
    {
        what.offset = offset_of(at);
        found_.flaws.push_back(what);
    }
    void note_text_flaw(const escape_findings& text, bool stored, const char* at)
    {
        if (stored && !text.storable())
            note_flaw(transform::refuse_at(transform::reason::invalid_text, 0), at);
    }

    const path_trie& paths_;
    options how_;
    findings& found_;
    ondemand::parser parser_;
    const char* here_ = nullptr; // the last token that was looked at
    bool has_escapes_ = false;   // the document holds a backslash at all
    key_list keys_;
    byte_buffer unescaped_keys_; // never grows within a document: views point into it
    byte_buffer copy_;           // of a document that could not be read where it stood
    value ignored_;              // what nobody asks for
    transform::verdict refused_;
};

} // namespace sluice::json
