#include "config/fields.hpp"

#include "config/document.hpp"
#include "config/suggestion.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <utility>

namespace sluice::config {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

template <class T, class Out>
std::optional<problem> store(const parsed<T>& got, Out& out)
{
    if (!got)
        return got.error();
    out = *got;
    return std::nullopt;
}

parsed<seconds> parse_seconds(value_text value, duration_bounds within)
{
    const auto span = parse_duration(value, within);
    if (!span)
        return span.error();
    if (*span % seconds(1) != milliseconds(0)) {
        return problem{fmt::format("{} is no whole number of seconds", value.shown),
                       "give " + duration_range(within)};
    }
    return std::chrono::duration_cast<seconds>(*span);
}

// A field that keeps its text even when it is a reference that was left alone.
template <class Store>
field kept_text(text_rule rule, bool is_hidden, Store keep)
{
    field out;
    out.read = [rule, is_hidden, keep](const node& from) {
        const auto got = from.text();
        if (!got)
            return;
        const std::string_view shown = is_hidden ? std::string_view("the value") : got->shown;
        if (!got->left && rule != nullptr) {
            if (auto wrong = rule({got->value.reveal(), shown})) {
                from.error(std::move(*wrong));
                return;
            }
        }
        keep(from, *got);
    };
    return out;
}

} // namespace

field single(std::string fallback, std::string accepts, taker take)
{
    field out;
    out.fallback = std::move(fallback);
    out.accepts = std::move(accepts);
    out.read = [take = std::move(take)](const node& from) {
        const auto got = from.text();
        if (!got || got->left)
            return;
        if (auto wrong = take({got->value.reveal(), got->shown}))
            from.error(std::move(*wrong));
    };
    return out;
}

field count(std::size_t& out, count_bounds within)
{
    return single(std::to_string(out), count_range(within), [&out, within](value_text value) {
        return store(parse_count(value, within), out);
    });
}

field optional_count(std::optional<std::size_t>& out, count_bounds within)
{
    return single({}, count_range(within), [&out, within](value_text value) {
        return store(parse_count(value, within), out);
    });
}

field percent(std::size_t& out, count_bounds within)
{
    return single(fmt::format("{}%", out), percent_range(within), [&out, within](value_text value) {
        return store(parse_percent(value, within), out);
    });
}

field size(std::size_t& out, size_bounds within)
{
    return single(size_text(out), size_range(within), [&out, within](value_text value) {
        return store(parse_size(value, within), out);
    });
}

field duration(milliseconds& out, duration_bounds within)
{
    return single(duration_text(out), duration_range(within), [&out, within](value_text value) {
        return store(parse_duration(value, within), out);
    });
}

field duration(seconds& out, duration_bounds within)
{
    return single(duration_text(out), duration_range(within), [&out, within](value_text value) {
        return store(parse_seconds(value, within), out);
    });
}

field boolean(bool& out)
{
    static constexpr std::array<named<bool>, 2> choices{{{"true", true}, {"false", false}}};
    return choice(out, choices);
}

field count_or(std::string_view word, std::size_t& out, count_bounds within)
{
    std::string accepts = fmt::format("{}, or {}", word, count_range(within));
    auto take = [&out, word, within](value_text value) -> std::optional<problem> {
        if (value.text != word)
            return store(parse_count(value, within), out);
        out = 0;
        return std::nullopt;
    };
    return single(out == 0 ? std::string(word) : std::to_string(out), std::move(accepts),
                  std::move(take));
}

field duration_or(std::string_view word, std::optional<seconds>& out, duration_bounds within)
{
    std::string accepts = fmt::format("{}, or {}", word, duration_range(within));
    auto take = [&out, word, within](value_text value) -> std::optional<problem> {
        if (value.text != word)
            return store(parse_seconds(value, within), out);
        out.reset();
        return std::nullopt;
    };
    return single(out ? duration_text(*out) : std::string(word), std::move(accepts),
                  std::move(take));
}

field text(std::string& out, text_rule rule)
{
    field result = kept_text(rule, false,
                             [&out](const node&, const scalar& got) { out = got.value.reveal(); });
    result.fallback = out;
    return result;
}

field optional_text(std::optional<std::string>& out)
{
    return kept_text(nullptr, false,
                     [&out](const node&, const scalar& got) { out = got.value.reveal(); });
}

field hidden(secret& out, text_rule rule)
{
    return kept_text(rule, true, [&out](const node& from, const scalar& got) {
        out = got.value;
        const bool stands_in_the_file = !got.left && !got.has_references;
        if (stands_in_the_file && from.readable_by_all()) {
            from.warn(
                {"a secret stands in a file that every user can read",
                 "run chmod o-r on the file, or refer to it with ${env:NAME} or ${file:PATH}"});
        }
    });
}

field text_list(std::vector<std::string>& out)
{
    field result;
    result.read = [&out](const node& from) {
        const auto elements = from.elements();
        if (!elements)
            return;
        if (elements->empty())
            from.error({"is an empty list", "give a value, or remove the key"});
        for (const node& element : *elements)
            if (const auto got = element.text())
                out.push_back(got->value.reveal());
    };
    return result;
}

// ---- one of a few words ------------------------------------------------------------------------

std::string alternatives(std::span<const std::string> words)
{
    return fmt::format("{}", fmt::join(words, " | "));
}

problem not_yet(std::string_view shown, std::string_view instead)
{
    return {fmt::format("{} is planned but not yet built", shown), fmt::format("use {}", instead)};
}

parsed<std::size_t> choose(value_text value, std::span<const std::string> words,
                           std::span<const std::string_view> planned)
{
    const auto found = std::find(words.begin(), words.end(), value.text);
    if (found != words.end())
        return static_cast<std::size_t>(found - words.begin());
    if (std::find(planned.begin(), planned.end(), value.text) != planned.end())
        return not_yet(value.shown, fmt::format("{}", fmt::join(words, " or ")));
    return problem{fmt::format("{} is not known here", value.shown), suggest(value.text, words)};
}

field only(std::string_view word, std::vector<std::string_view> planned)
{
    auto take = [word, planned = std::move(planned)](value_text value) -> std::optional<problem> {
        const std::vector<std::string> words{std::string(word)};
        const auto chosen = choose(value, words, planned);
        return chosen ? std::nullopt : std::optional(chosen.error());
    };
    return single(std::string(word), {}, std::move(take));
}

field map_planned(field inner)
{
    const std::string instead = inner.fallback;
    inner.read = [read = std::move(inner.read), instead](const node& from) {
        if (from.is_map())
            from.error(not_yet("this map of keys", instead));
        else
            read(from);
    };
    return inner;
}

} // namespace sluice::config
