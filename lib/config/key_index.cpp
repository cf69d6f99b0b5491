#include "config/key_index.hpp"

namespace sluice::config {

place key_index::place_of(std::string_view key) const
{
    while (true) {
        if (const auto found = places_.find(key); found != places_.end())
            return found->second;
        if (key.empty())
            return {};
        const std::size_t dot = key.rfind('.');
        key = dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
    }
}

bool key_index::known_inside(const std::string& key) const
{
    // Keys inside follow the key itself: `a.b` then `a.b.c`, or `a.b[0]`.
    for (auto it = unknown_.lower_bound(key); it != unknown_.end() && it->starts_with(key); ++it) {
        const bool is_inside =
            it->size() == key.size() || (*it)[key.size()] == '.' || (*it)[key.size()] == '[';
        if (is_inside)
            return false;
    }
    return true;
}

} // namespace sluice::config
