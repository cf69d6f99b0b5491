// What is wrong with a configuration, told to the person who wrote it: the place, what is wrong
// there, and what to do about it.
#pragma once

#include "core/control_characters.hpp"

#include <boost/system/result.hpp>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::config {

enum class severity
{
    warning, // the file works as it is
    error,   // the file is refused
};

// What is wrong, and what its owner should do. Neither text ends in a full stop.
struct problem
{
    problem() = default;
    // An aggregate could be made from one text, and parsed<std::string> would not know which it is.
    problem(std::string is_wrong, std::string to_do)
        : what(std::move(is_wrong)), remedy(std::move(to_do))
    {}

    std::string what;
    std::string remedy;
};

// A value, or why there is none.
template <class T>
using parsed = boost::system::result<T, problem>;

struct finding
{
    severity weight;
    int line;        // from 1; 0: the file as a whole
    int column;      // orders the findings of one line
    std::string key; // dotted path; empty: the file as a whole
    problem told;
};

// `FILE:LINE: KEY: what is wrong; what to do`, always one line.
[[nodiscard]] std::string to_string(std::string_view file, const finding& what);

// The text in quotes, without control characters, and cut when it is long.
[[nodiscard]] std::string in_quotes(std::string_view text);

using sluice::printable;

} // namespace sluice::config
