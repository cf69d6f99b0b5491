// The keys of the objects that a reader is inside of, to tell when one comes twice.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>
#include <vector>

namespace sluice::json {

// A stack: the keys of an inner object lie above those of the outer one, and leave before any
// further key of it comes. Not thread-safe.
class key_list
{
public:
    struct key
    {
        std::uint64_t hash;
        std::string_view text; // unescaped
    };

    // One object on the stack.
    struct object
    {
        std::size_t begin = 0;  // its first key
        std::uint64_t seen = 0; // one bit of sixty-four for the hash of each key
    };

    void clear() noexcept { keys_.clear(); }

    [[nodiscard]] object open() const noexcept { return {.begin = keys_.size()}; }

    // Adds a key. False if a small object has it already; a large one is looked at when it closes.
    [[nodiscard]] bool add(object& to, const key& added)
    {
        const std::uint64_t bit = std::uint64_t{1} << (added.hash >> 58);
        if ((to.seen & bit) != 0 && is_there(to, added))
            return false;
        to.seen |= bit;
        keys_.push_back(added);
        return true;
    }

    // Ends an object. Null, or a key that it has twice.
    [[nodiscard]] const key* close(const object& from)
    {
        const key* const twice =
            keys_.size() - from.begin > compared_one_by_one ? find_twice(from) : nullptr;
        if (twice == nullptr)
            keys_.resize(from.begin);
        return twice;
    }

private:
    // Up to here comparing each with each is cheaper than sorting; beyond, an object of many keys
    // must not cost their square.
    static constexpr std::size_t compared_one_by_one = 32;

    [[nodiscard]] bool is_there(const object& in, const key& wanted) const noexcept;
    [[nodiscard]] const key* find_twice(const object& in);

    std::vector<key> keys_;
};

} // namespace sluice::json
