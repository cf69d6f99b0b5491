#include "sqs_server/server/specification.hpp"

#include "config/suggestion.hpp"
#include "config/units.hpp"

#include <fmt/format.h>

#include <charconv>

namespace sluice::sqs_server {
namespace {

constexpr std::uint64_t milliseconds_in_second = 1000;

template <class T>
T value_or_throw(std::string_view option, const config::parsed<T>& from)
{
    if (!from)
        throw usage_error(option, from.error().what, from.error().remedy);
    return *from;
}

} // namespace

usage_error::usage_error(std::string_view option, std::string_view what, std::string_view remedy)
    : std::runtime_error(fmt::format("{}: {}; {}", option, what, remedy))
{}

specification::specification(std::string option, std::string_view text)
    : option_(std::move(option)), head_(text.substr(0, text.find(',')))
{
    text.remove_prefix(head_.size());
    while (!text.empty()) {
        text.remove_prefix(1); // the comma
        const std::string_view item = text.substr(0, text.find(','));
        text.remove_prefix(item.size());
        const std::size_t equals = item.find('=');
        std::optional<std::string> value;
        if (equals != std::string_view::npos)
            value = item.substr(equals + 1);
        if (!given_.emplace(item.substr(0, equals), value).second)
            throw usage_error(option_, fmt::format("{} stands twice", item.substr(0, equals)),
                              "give it once");
    }
}

bool specification::take_flag(const std::string& key)
{
    known_.push_back(key);
    const auto it = given_.find(key);
    if (it == given_.end())
        return false;
    if (it->second)
        throw usage_error(option_, key + " takes no value", "write " + key + " alone");
    given_.erase(it);
    return true;
}

std::optional<std::string> specification::take_text(const std::string& key)
{
    known_.push_back(key);
    const auto it = given_.find(key);
    if (it == given_.end())
        return std::nullopt;
    if (!it->second || it->second->empty())
        throw usage_error(option_, key + " has no value", "write " + key + "=VALUE");
    std::string value = *it->second;
    given_.erase(it);
    return value;
}

std::optional<std::uint64_t> specification::take_count(const std::string& key, std::uint64_t most)
{
    const auto text = take_text(key);
    if (!text)
        return std::nullopt;
    return parse_count(option_ + " " + key, *text, most);
}

std::optional<double> specification::take_share(const std::string& key)
{
    const auto text = take_text(key);
    if (!text)
        return std::nullopt;
    return parse_share(option_ + " " + key, *text);
}

std::optional<std::chrono::seconds> specification::take_seconds(const std::string& key,
                                                                std::chrono::seconds most)
{
    const auto text = take_text(key);
    if (!text)
        return std::nullopt;
    const std::string option = option_ + " " + key;
    const auto span = parse_duration(option, *text, most);
    if (span.count() % milliseconds_in_second != 0)
        throw usage_error(option, *text + " is no whole number of seconds", "write it like 30s");
    return std::chrono::duration_cast<std::chrono::seconds>(span);
}

void specification::done()
{
    if (given_.empty())
        return;
    const std::string& first = given_.begin()->first;
    throw usage_error(option_, fmt::format("{} is not known", config::in_quotes(first)),
                      config::suggest(first, known_));
}

double parse_share(std::string_view option, std::string_view text)
{
    double value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || std::string_view(end, text.data() + text.size()) != "%" ||
        !(value >= 0 && value <= 100))
        throw usage_error(option, fmt::format("{} is no share", config::in_quotes(text)),
                          "write it like 5%, from 0% to 100%");
    return value / 100;
}

std::uint64_t parse_count(std::string_view option, std::string_view text, std::uint64_t most)
{
    return value_or_throw(option, config::parse_count({text, config::in_quotes(text)}, {0, most}));
}

std::chrono::milliseconds parse_duration(std::string_view option, std::string_view text,
                                         std::chrono::milliseconds most)
{
    return value_or_throw(option, config::parse_duration({text, config::in_quotes(text)},
                                                         {std::chrono::milliseconds(0), most}));
}

} // namespace sluice::sqs_server
