// Reads one JSON document in place: validates all of it, and finds the values that the pointers of
// a mapping ask for, in one pass.
#pragma once

#include "transform/json/path_trie.hpp"
#include "transform/json/value.hpp"
#include "transform/refusal.hpp"

#include <memory>
#include <span>
#include <string_view>
#include <vector>

namespace sluice::json {

// So many bytes must be readable behind a document; what they hold does not matter.
inline constexpr std::size_t padding_bytes = 64;

// What was found in a document.
struct findings
{
    std::string_view document;
    std::vector<value> values;                // by slot
    std::vector<std::vector<value>> elements; // by slot; where they were wanted and it is an array
    std::vector<transform::refusal> flaws;    // what cannot be stored, in the order of the document
};

// Not thread-safe. Allocates nothing once it has seen the largest document.
class reader
{
public:
    struct options
    {
        std::size_t depth_max = 64;
        bool duplicate_keys_rejected = true; // otherwise the last one counts
        bool unknown_fields_rejected = false;
    };

    // The tree must outlive the reader.
    reader(const path_trie& paths, options how);
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    ~reader();

    // Refuses whatever is not exactly one JSON object. padding_bytes must follow the document.
    [[nodiscard]] transform::verdict read(std::string_view document);

    // What the last read found; valid until the next one, and as long as its document is.
    [[nodiscard]] const value& at(slot where) const noexcept { return found_.values[where]; }
    // The elements of an array that was asked for with wants_elements.
    [[nodiscard]] std::span<const value> elements(slot where) const noexcept
    {
        return found_.elements[where];
    }
    // Why a value cannot be stored whole: a NUL, a lone surrogate or a number beyond the bounds
    // inside of it. Nothing if it can.
    [[nodiscard]] transform::verdict flaw_of(const value& container) const noexcept
    {
        return container.flaw == no_flaw ? transform::verdict{} : found_.flaws[container.flaw];
    }
    // Where a value begins in the document.
    [[nodiscard]] std::uint64_t offset_of(const value& found) const noexcept;

private:
    class walk;

    findings found_;
    std::unique_ptr<walk> walk_;
};

} // namespace sluice::json
