#include "transform/json/path_trie.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <cstring>
#include <optional>

namespace sluice::json {
namespace {

std::uint64_t load_u64(const char* at) noexcept
{
    std::uint64_t value;
    std::memcpy(&value, at, sizeof(value));
    return value;
}

// RFC 6901: digits without a leading zero.
std::optional<std::uint64_t> array_index(std::string_view token)
{
    if (token.empty() || (token.size() > 1 && token.front() == '0'))
        return std::nullopt;
    std::uint64_t index = 0;
    const auto [end, ec] = std::from_chars(token.data(), token.data() + token.size(), index);
    if (ec != std::errc() || end != token.data() + token.size())
        return std::nullopt;
    return index;
}

std::uint64_t hash_of(std::string_view key)
{
    const std::string padded = std::string(key) + std::string(sizeof(std::uint64_t), '\0');
    return hash_key(padded.data(), key.size());
}

} // namespace

// Mixes the first eight bytes, the last eight and the length: enough to tell the keys of honest
// documents apart. Equal hashes are only slow, since the keys themselves are compared then.
std::uint64_t hash_key(const char* text, std::size_t size) noexcept
{
    constexpr std::uint64_t first_factor = 0x9e3779b97f4a7c15;
    constexpr std::uint64_t last_factor = 0xd6e8feb86659fd93;
    std::uint64_t first = load_u64(text);
    std::uint64_t last = 0;
    if (size >= sizeof(std::uint64_t)) {
        last = load_u64(text + size - sizeof(std::uint64_t));
    } else {
        static_assert(std::endian::native == std::endian::little);
        first &= (std::uint64_t{1} << (8 * size)) - 1;
    }
    std::uint64_t hash = (first ^ size * last_factor) * first_factor;
    hash ^= hash >> 32;
    hash = (hash ^ last) * last_factor;
    return hash ^ hash >> 29;
}

const path_trie::node* path_trie::node::member(std::string_view key,
                                               std::uint64_t hash) const noexcept
{
    if (table_.empty())
        return nullptr;
    const std::size_t mask = table_.size() - 1;
    for (std::size_t at = hash & mask; table_[at].child != nullptr; at = (at + 1) & mask)
        if (table_[at].hash == hash && table_[at].child->key_ == key)
            return table_[at].child;
    return nullptr;
}

const path_trie::node* path_trie::node::element(std::uint64_t index) const noexcept
{
    const auto it = std::ranges::lower_bound(elements_, index, {}, &element_entry::index);
    return it != elements_.end() && it->index == index ? it->child : nullptr;
}

void path_trie::node::compile()
{
    table_.clear();
    elements_.clear();
    if (children_.empty())
        return;
    table_.resize(std::bit_ceil(children_.size() * 2)); // half of it free: every search ends
    const std::size_t mask = table_.size() - 1;
    for (const auto& child : children_) {
        const std::uint64_t hash = hash_of(child->key_);
        std::size_t at = hash & mask;
        while (table_[at].child != nullptr)
            at = (at + 1) & mask;
        table_[at] = {hash, child.get()};
        if (const auto index = array_index(child->key_))
            elements_.push_back({*index, child.get()});
        child->compile();
    }
    std::ranges::sort(elements_, {}, &element_entry::index);
}

slot path_trie::add(const std::vector<std::string>& path, bool wants_elements)
{
    node* at = &root_;
    for (const std::string& token : path) {
        const auto it = std::ranges::find(at->children_, token,
                                          [](const auto& child) -> auto& { return child->key_; });
        if (it != at->children_.end()) {
            at = it->get();
            continue;
        }
        at->children_.push_back(std::make_unique<node>());
        at = at->children_.back().get();
        at->key_ = token;
    }
    at->wants_elements_ |= wants_elements;
    if (at->slot_ == no_slot)
        at->slot_ = slots_++;
    return at->slot_;
}

} // namespace sluice::json
