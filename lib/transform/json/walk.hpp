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
using transform::reason;
using transform::refuse_at;
using transform::verdict;
using node = path_trie::node;

// Simdjson's on demand front end moves through the structure and checks it; it looks at a scalar
// only when told to, so every one is looked at here, asked for or not.
class reader::walk
{
public:
    walk(const path_trie& paths, options how)
        : paths_(paths), how_(how), values_(paths.slots()), elements_(paths.slots())
    {}

    verdict read(std::string_view document);
    [[nodiscard]] const value& at(slot where) const noexcept { return values_[where]; }
    [[nodiscard]] std::span<const value> elements(slot where) const noexcept
    {
        return elements_[where];
    }
    [[nodiscard]] verdict flaw_of(const value& container) const noexcept
    {
        return container.flaw == no_flaw ? verdict{} : flaws_[container.flaw];
    }
    [[nodiscard]] std::uint64_t offset_of(const value& found) const noexcept
    {
        const auto offset = static_cast<std::uint64_t>(found.text.data() - document_.data());
        return found.what == kind::string ? offset - 1 : offset; // its quote
    }

private:
    // What the surroundings of a value ask of it.
    struct place
    {
        const node* asked; // null: no pointer leads here or below
        bool stored;       // a value around it is stored whole, so all of it must be storable
        std::size_t depth; // of the container around it
    };

    struct member
    {
        std::string_view key; // unescaped
        std::uint64_t hash;
        const char* at; // its opening quote
    };

    [[nodiscard]] std::string_view fenced(std::string_view document);
    verdict start(ondemand::document& into);
    verdict visit(ondemand::value& json, std::string_view token, place where, value& found);
    verdict visit_object(ondemand::value& json, place where);
    verdict visit_array(ondemand::value& json, place where);
    verdict visit_members(ondemand::object& object, place where);
    verdict visit_member(ondemand::value& json, const member& name, std::string_view token,
                         place where);
    verdict visit_string(ondemand::value& json, std::string_view token, place where, value& found);
    verdict visit_scalar(std::string_view token, place where, value& found);
    verdict visit_container(ondemand::value& json, std::string_view token, place where,
                            value& found);
    verdict read_key(ondemand::field& field, const char* value_at, bool stored, member& into);

    void forget(const node& from);
    [[nodiscard]] verdict refuse_from(reason why, const char* at) const noexcept
    {
        return refuse_at(why, static_cast<std::uint64_t>(at - document_.data()));
    }
    [[nodiscard]] verdict malformed(const char* at) const noexcept
    {
        return refuse_from(reason::not_json_object, at);
    }
    void note_flaw(transform::refusal what, const char* at)
    {
        what.offset = static_cast<std::uint64_t>(at - document_.data());
        flaws_.push_back(what);
    }
    void note_text_flaw(const escape_findings& text, bool stored, const char* at)
    {
        if (stored && !text.storable())
            note_flaw(refuse_at(reason::invalid_text, 0), at);
    }

    const path_trie& paths_;
    options how_;
    ondemand::parser parser_;
    std::string_view document_;
    const char* here_ = nullptr;               // the last token that was looked at
    bool has_escapes_ = false;                 // the document holds a backslash at all
    std::vector<value> values_;                // by slot
    std::vector<std::vector<value>> elements_; // by slot; filled where they are wanted
    std::vector<transform::refusal> flaws_;    // in the order of the document
    byte_buffer copy_; // of a document that could not be read where it stood
    key_list keys_;
    byte_buffer unescaped_keys_; // never grows within a document: views point into it
};

} // namespace sluice::json
