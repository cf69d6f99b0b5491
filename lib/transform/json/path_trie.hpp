// All JSON pointers of a mapping in one tree, so that one pass over a document finds every value.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::json {

// Where a value that a pointer asks for is put.
using slot = std::uint32_t;
inline constexpr slot no_slot = 0xffffffff;

// Mixes the first eight bytes, the last eight and the length: enough to tell the keys of honest
// documents apart. Equal hashes are only slow, since the keys themselves are compared then. Eight
// bytes must be readable at `text`, however short it is.
[[nodiscard]] inline std::uint64_t hash_key(const char* text, std::size_t size) noexcept
{
    static_assert(std::endian::native == std::endian::little);
    constexpr std::size_t word_bytes = sizeof(std::uint64_t);
    constexpr std::uint64_t first_factor = 0x9e3779b97f4a7c15;
    constexpr std::uint64_t last_factor = 0xd6e8feb86659fd93;
    std::uint64_t first;
    std::memcpy(&first, text, word_bytes);
    std::uint64_t last = 0;
    if (size >= word_bytes)
        std::memcpy(&last, text + size - word_bytes, word_bytes);
    else
        first &= (std::uint64_t{1} << 8 * size) - 1;
    std::uint64_t hash = (first ^ size * last_factor) * first_factor;
    hash ^= hash >> 32;
    hash = (hash ^ last) * last_factor;
    return hash ^ hash >> 29;
}

// Immutable once compiled; then any number of threads may read it.
class path_trie
{
public:
    class node
    {
    public:
        // The member `key` of an object here; null if no pointer asks for it.
        [[nodiscard]] const node* member(std::string_view key, std::uint64_t hash) const noexcept
        {
            if (table_.empty())
                return nullptr;
            const entry* const table = table_.data(); // hardened builds check every index
            for (std::size_t at = hash & mask_; table[at].child != nullptr; at = (at + 1) & mask_)
                if (table[at].hash == hash && table[at].child->key_ == key)
                    return table[at].child;
            return nullptr;
        }
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
        std::size_t mask_ = 0;     // that size less one
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
