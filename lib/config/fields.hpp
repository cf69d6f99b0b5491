// The kinds of values that many keys share. Each function binds one variable: its value now is the
// default that is printed, and reading writes to it. The field must not outlive the variable.
#pragma once

#include "config/form.hpp"
#include "config/units.hpp"
#include "core/secret.hpp"

#include <array>
#include <chrono>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// Takes a value, or says why not.
using taker = std::function<std::optional<problem>(value_text)>;

// Any single value. With a reference that was left alone, `take` is not called.
[[nodiscard]] field single(std::string fallback, std::string accepts, taker take);

[[nodiscard]] field count(std::size_t& out, count_bounds within);
[[nodiscard]] field percent(std::size_t& out, count_bounds within);
[[nodiscard]] field size(std::size_t& out, size_bounds within);
[[nodiscard]] field boolean(bool& out);
[[nodiscard]] field duration(std::chrono::milliseconds& out, duration_bounds within);
[[nodiscard]] field duration(std::chrono::seconds& out, duration_bounds within); // whole seconds

// A word that stands for "nothing given", or a value.
[[nodiscard]] field count_or(std::string_view word, std::size_t& out, count_bounds within);
[[nodiscard]] field duration_or(std::string_view word, std::optional<std::chrono::seconds>& out,
                                duration_bounds within);

[[nodiscard]] field optional_count(std::optional<std::size_t>& out, count_bounds within);

// Text that fits a rule. With a reference that was left alone, the text is the reference itself.
using text_rule = std::optional<problem> (*)(value_text);
[[nodiscard]] field text(std::string& out, text_rule rule);
[[nodiscard]] field optional_text(std::optional<std::string>& out);
[[nodiscard]] field text_list(std::vector<std::string>& out);

// Text that no message may show.
[[nodiscard]] field hidden(secret& out, text_rule rule);

// ---- one of a few words ------------------------------------------------------------------------

template <class T>
struct named
{
    std::string_view name;
    T value;
};

// The index of the word in `words`. A planned word is one that a later release will know.
[[nodiscard]] parsed<std::size_t> choose(value_text value, std::span<const std::string> words,
                                         std::span<const std::string_view> planned);

[[nodiscard]] std::string alternatives(std::span<const std::string> words);

template <class T>
[[nodiscard]] std::vector<std::string> words_of(std::span<const named<T>> choices)
{
    std::vector<std::string> words;
    for (const named<T>& each : choices)
        words.emplace_back(each.name);
    return words;
}

template <class T>
[[nodiscard]] std::string word_of(T value, std::span<const named<T>> choices)
{
    for (const named<T>& each : choices)
        if (each.value == value)
            return std::string(each.name);
    return {};
}

template <class T, std::size_t Count>
[[nodiscard]] field choice(T& out, const std::array<named<T>, Count>& choices,
                           std::vector<std::string_view> planned = {})
{
    const std::span<const named<T>> all(choices);
    std::vector<std::string> words = words_of(all);
    std::string accepts = alternatives(words);
    auto take = [&out, &choices, words = std::move(words),
                 planned = std::move(planned)](value_text value) -> std::optional<problem> {
        const auto chosen = choose(value, words, planned);
        if (!chosen)
            return chosen.error();
        out = choices[*chosen].value;
        return std::nullopt;
    };
    return single(word_of(out, all), std::move(accepts), std::move(take));
}

// A key that has one value so far.
[[nodiscard]] field only(std::string_view word, std::vector<std::string_view> planned);

// As `inner`, but a map in its place is a form that a later release will know.
[[nodiscard]] field map_planned(field inner);

// The problem of a value that the design has and this release has not.
[[nodiscard]] problem not_yet(std::string_view shown, std::string_view instead);

} // namespace sluice::config
