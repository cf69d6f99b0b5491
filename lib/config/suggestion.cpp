#include "config/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <vector>

namespace sluice::config {
namespace {

// Longer names are no slip of the finger, and would cost time quadratic in their length.
constexpr std::size_t name_bytes_max = 64;

// One slip in a short name, one in three letters of a longer one.
std::size_t slips_allowed(std::size_t letters)
{
    return std::max<std::size_t>(1, letters / 3);
}

} // namespace

// Optimal string alignment: Levenshtein's distance that counts a swap of neighbours as one.
std::size_t edit_distance(std::string_view from, std::string_view to)
{
    std::vector<std::size_t> before_last(to.size() + 1);
    std::vector<std::size_t> last(to.size() + 1);
    std::vector<std::size_t> row(to.size() + 1);
    for (std::size_t j = 0; j <= to.size(); ++j)
        last[j] = j;
    for (std::size_t i = 1; i <= from.size(); ++i) {
        row[0] = i;
        for (std::size_t j = 1; j <= to.size(); ++j) {
            const std::size_t changed = last[j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
            row[j] = std::min({changed, last[j] + 1, row[j - 1] + 1});
            const bool swapped =
                i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
            if (swapped)
                row[j] = std::min(row[j], before_last[j - 2] + 1);
        }
        before_last.swap(last);
        last.swap(row);
    }
    return last[to.size()];
}

std::optional<std::string> nearest(std::string_view written,
                                   std::span<const std::string> candidates)
{
    if (written.size() > name_bytes_max)
        return std::nullopt;
    std::optional<std::string> best;
    std::size_t fewest = slips_allowed(written.size()) + 1;
    for (const std::string& candidate : candidates) {
        const std::size_t slips = edit_distance(written, candidate);
        if (slips < fewest) {
            fewest = slips;
            best = candidate;
        }
    }
    return best;
}

std::string suggest(std::string_view written, std::span<const std::string> candidates)
{
    if (const auto meant = nearest(written, candidates))
        return fmt::format("did you mean {}?", *meant);
    return fmt::format("known here: {}", fmt::join(candidates, ", "));
}

} // namespace sluice::config
