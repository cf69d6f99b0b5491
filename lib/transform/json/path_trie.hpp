// All JSON pointers of a mapping in one tree, so that one pass over a document finds every value.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::json {

// Where a value that a pointer asks for is put.
using slot = std::uint32_t;
inline constexpr slot no_slot = 0xffffffff;

// Eight bytes must be readable at `text`, however short it is.
[[nodiscard]] std::uint64_t hash_key(const char* text, std::size_t size) noexcept;

// Immutable once compiled; then any number of threads may read it.
class path_trie
{
public:
    class node
    {
    public:
        // The member `key` of an object here; null if no pointer asks for it.
        [[nodiscard]] const node* member(std::string_view key, std::uint64_t hash) const noexcept;
        // The element `index` of an array here.
        [[nodiscard]] const node* element(std::uint64_t index) const noexcept;

        [[nodiscard]] slot value_slot() const noexcept { return slot_; }
        // Whether the elements of an array here are asked for one by one.
        [[nodiscard]] bool wants_elements() const noexcept { return wants_elements_; }
        // Whether the whole value is asked for, and so every member of it is known.
        [[nodiscard]] bool is_taken() const noexcept { return slot_ != no_slot; }
        [[nodiscard]] bool has_elements() const noexcept { return !elements_.empty(); }

        [[nodiscard]] const std::vector<std::unique_ptr<node>>& children() const noexcept
        {
            return children_;
        }

    private:
        friend class path_trie;

        struct entry
        {
            std::uint64_t hash = 0;
            const node* child = nullptr; // null: the place is free
        };
        struct element_entry
        {
            std::uint64_t index;
            const node* child;
        };

        void compile();

        std::string key_;
        slot slot_ = no_slot;
        bool wants_elements_ = false;
        std::vector<std::unique_ptr<node>> children_;
        std::vector<entry> table_; // open addressing; its size is a power of two
        std::vector<element_entry> elements_;
    };

    // The slot of the value that the reference tokens lead to: the same for the same path. An
    // empty path is the whole document.
    slot add(const std::vector<std::string>& path, bool wants_elements = false);

    // After the last add, before the first read.
    void compile() { root_.compile(); }

    [[nodiscard]] const node& root() const noexcept { return root_; }
    [[nodiscard]] std::size_t slots() const noexcept { return slots_; }

private:
    node root_;
    slot slots_ = 0;
};

} // namespace sluice::json
