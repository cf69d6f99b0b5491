// The ledger keys of a batch: whether one is there already, and all of them in order.
#pragma once

#include "transform/column_array.hpp"
#include "transform/ledger_key.hpp"

#include <compare>
#include <cstddef>
#include <cstdint>
#include <vector>

namespace sluice::transform {

// Not thread-safe. Keeps its memory on clear().
class key_set
{
public:
    [[nodiscard]] bool contains(const ledger_key& key) const noexcept;

    // The key must not be there yet.
    void add(const ledger_key& key);

    // Appends all keys, ascending as PostgreSQL orders uuid.
    void append_sorted(column_array& to);

    void clear() noexcept;
    [[nodiscard]] std::size_t size() const noexcept { return entries_.size(); }

private:
    // As two numbers, which compare as the bytes do.
    struct entry
    {
        std::uint64_t high;
        std::uint64_t low;

        friend auto operator<=>(const entry&, const entry&) = default;
    };

    // Where the key is in the table, or the free place where it would be.
    [[nodiscard]] std::size_t place_of(const entry& of) const noexcept;
    void grow();

    std::vector<entry> entries_;        // in the order of their coming
    std::vector<std::uint32_t> places_; // of each entry in the table
    std::vector<std::uint32_t> table_;  // open addressing: 1 + the index of an entry, 0 if free
    std::vector<entry> sorted_;
};

} // namespace sluice::transform
