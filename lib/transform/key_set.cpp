#include "transform/key_set.hpp"

#include "core/big_endian.hpp"
#include "core/encoding.hpp"

#include <algorithm>

namespace sluice::transform {
namespace {

constexpr std::size_t smallest_table = 64;

} // namespace

std::size_t key_set::place_of(const entry& of) const noexcept
{
    constexpr std::uint64_t factor = 0x9e3779b97f4a7c15;
    const std::size_t mask = table_.size() - 1;
    std::size_t at = (of.low ^ of.high) * factor >> 32 & mask;
    while (table_[at] != 0 && entries_[table_[at] - 1] != of)
        at = (at + 1) & mask;
    return at;
}

bool key_set::contains(const ledger_key& key) const noexcept
{
    if (entries_.empty())
        return false;
    const entry wanted{load_big_endian<std::uint64_t>(key.data()),
                       load_big_endian<std::uint64_t>(key.data() + 8)};
    return table_[place_of(wanted)] != 0;
}

void key_set::add(const ledger_key& key)
{
    if (2 * (entries_.size() + 1) > table_.size())
        grow();
    const entry added{load_big_endian<std::uint64_t>(key.data()),
                      load_big_endian<std::uint64_t>(key.data() + 8)};
    const std::size_t place = place_of(added);
    entries_.push_back(added);
    places_.push_back(static_cast<std::uint32_t>(place));
    table_[place] = static_cast<std::uint32_t>(entries_.size());
}

void key_set::grow()
{
    table_.assign(std::max(smallest_table, table_.size() * 2), 0);
    for (std::size_t i = 0; i < entries_.size(); ++i) {
        const std::size_t place = place_of(entries_[i]);
        places_[i] = static_cast<std::uint32_t>(place);
        table_[place] = static_cast<std::uint32_t>(i + 1);
    }
}

void key_set::append_sorted(column_array& to)
{
    sorted_ = entries_;
    std::ranges::sort(sorted_);
    for (const entry& each : sorted_) {
        ledger_key key;
        store_big_endian(key.data(), each.high);
        store_big_endian(key.data() + 8, each.low);
        to.append(as_text(key));
    }
}

void key_set::clear() noexcept
{
    for (const std::uint32_t place : places_)
        table_[place] = 0;
    entries_.clear();
    places_.clear();
}

} // namespace sluice::transform
