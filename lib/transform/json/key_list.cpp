#include "transform/json/key_list.hpp"

#include <algorithm>
#include <tuple>

namespace sluice::json {

const key_list::key* key_list::find_twice(std::size_t object)
{
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(object);
    std::sort(first, keys_.end(), [](const key& left, const key& right) {
        return std::tie(left.hash, left.text) < std::tie(right.hash, right.text);
    });
    const auto it = std::adjacent_find(first, keys_.end(), [](const key& left, const key& right) {
        return left.hash == right.hash && left.text == right.text;
    });
    return it == keys_.end() ? nullptr : &*it;
}

} // namespace sluice::json
