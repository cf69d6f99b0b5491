#include "config/document.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <tuple>

namespace sluice::config {
namespace {

// So many mistakes are one mistake repeated; the rest is not worth its lines.
constexpr std::size_t findings_max = 1000;

int lines_of(std::string_view text)
{
    const auto breaks = std::count(text.begin(), text.end(), '\n');
    const bool ends_open = !text.empty() && text.back() != '\n';
    return static_cast<int>(breaks) + (ends_open ? 1 : 0);
}

// yaml-cpp's message names no text of the file, so it can hold no secret. A file that ends too
// early is marked at its start: the last line is the better place.
finding syntax_error(const YAML::Exception& error, std::string_view text)
{
    const bool ended_early = error.mark.pos == 0 && error.msg.starts_with("end of");
    const int line = error.mark.is_null() || ended_early ? lines_of(text) : error.mark.line + 1;
    return {severity::error,
            line,
            std::max(error.mark.column, 0),
            {},
            {fmt::format("is no YAML: {}", error.msg), "correct the syntax here"}};
}

} // namespace

document::document(std::string_view text, options given) : options_(std::move(given))
{
    parse(text);
}

void document::parse(std::string_view text)
{
    const auto refuse = [this](int line, std::string what, std::string remedy) {
        add(severity::error, {line, 0}, {}, {std::move(what), std::move(remedy)});
    };
    if (!simdjson::validate_utf8(text.data(), text.size()))
        return refuse(0, "is no UTF-8 text", "save it as UTF-8");
    if (const auto nul = text.find('\0'); nul != std::string_view::npos)
        return refuse(lines_of(text.substr(0, nul + 1)), "holds a NUL", "remove it");
    try {
        const std::vector<YAML::Node> parts = YAML::LoadAll(std::string(text));
        if (parts.empty() || (parts.size() == 1 && parts.front().IsNull()))
            return refuse(0, "is empty", "start from what sluice check --defaults prints");
        if (parts.size() > 1) {
            return refuse(parts[1].Mark().line + 1, "begins a second document here",
                          "keep one document in a file");
        }
        const YAML::Mark at = parts.front().Mark();
        if (!parts.front().IsMap())
            return refuse(at.line + 1, "is no map of keys", "begin with the key pipelines");
        root_ = node(*this, parts.front(), {}, at.line + 1, at.column);
    } catch (const YAML::Exception& error) {
        findings_.push_back(syntax_error(error, text));
    }
}

std::filesystem::path document::folder() const
{
    return std::filesystem::path(options_.file).parent_path();
}

document::place document::place_of(std::string_view key) const
{
    while (!key.empty()) {
        if (const auto found = places_.find(key); found != places_.end())
            return found->second;
        const std::size_t dot = key.rfind('.');
        key = dot == std::string_view::npos ? std::string_view() : key.substr(0, dot);
    }
    const auto found = places_.find(std::string_view());
    return found == places_.end() ? place{0, 0} : found->second;
}

void document::report(severity weight, const std::string& key, problem what)
{
    add(weight, place_of(key), key, std::move(what));
}

void document::add(severity weight, place at, const std::string& key, problem what)
{
    if (weight == severity::error)
        unknown_.insert(key);
    if (findings_.size() < findings_max)
        findings_.push_back({weight, at.line, at.column, key, std::move(what)});
}

std::vector<finding> document::take_findings()
{
    std::stable_sort(findings_.begin(), findings_.end(), [](const finding& a, const finding& b) {
        return std::tie(a.line, a.column) < std::tie(b.line, b.column);
    });
    return std::move(findings_);
}

} // namespace sluice::config
