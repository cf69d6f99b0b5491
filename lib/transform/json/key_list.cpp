#include "transform/json/key_list.hpp"

#include <algorithm>
#include <tuple>

namespace sluice::json {

bool key_list::is_there(const object& in, const key& wanted) const noexcept
{
    if (keys_.size() - in.begin >= compared_one_by_one)
        return false;
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(in.begin);
    return std::any_of(first, keys_.end(), [&wanted](const key& each) {
        return each.hash == wanted.hash && each.text == wanted.text;
    });
}

const key_list::key* key_list::find_twice(const object& in)
{
    const auto first = keys_.begin() + static_cast<std::ptrdiff_t>(in.begin);
    std::sort(first, keys_.end(), [](const key& left, const key& right) {
        return std::tie(left.hash, left.text) < std::tie(right.hash, right.text);
    });
    const auto it = std::adjacent_find(first, keys_.end(), [](const key& left, const key& right) {
        return left.hash == right.hash && left.text == right.text;
    });
    return it == keys_.end() ? nullptr : &*it;
}

} // namespace sluice::json
