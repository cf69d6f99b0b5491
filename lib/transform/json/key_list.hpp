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

    void clear() noexcept { keys_.clear(); }

    // Begins an object; what it returns names the object.
    [[nodiscard]] std::size_t open() const noexcept { return keys_.size(); }

    // Adds a key. False if a small object has it already; a large one is looked at when it closes.
    [[nodiscard]] bool add(std::size_t object, key added)
    {
        if (keys_.size() - object < compared_one_by_one) {
            for (std::size_t i = object; i < keys_.size(); ++i)
                if (keys_[i].hash == added.hash && keys_[i].text == added.text)
                    return false;
        }
        keys_.push_back(added);
        return true;
    }

    // Ends an object. Null, or a key that it has twice.
    [[nodiscard]] const key* close(std::size_t object)
    {
        const key* const twice =
            keys_.size() - object > compared_one_by_one ? find_twice(object) : nullptr;
        if (twice == nullptr)
            keys_.resize(object);
        return twice;
    }

private:
    // Up to here comparing each with each is cheaper than sorting; beyond, an object of many keys
    // must not cost their square.
    static constexpr std::size_t compared_one_by_one = 32;

    [[nodiscard]] const key* find_twice(std::size_t object);

    std::vector<key> keys_;
};

} // namespace sluice::json
