#include "transform/json/path_trie.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <charconv>
#include <optional>

namespace sluice::json {
namespace {

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
    mask_ = table_.size() - 1;
    for (const auto& child : children_) {
        const std::uint64_t hash = hash_of(child->key_);
        std::size_t at = hash & mask_;
        while (table_[at].child != nullptr)
            at = (at + 1) & mask_;
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
