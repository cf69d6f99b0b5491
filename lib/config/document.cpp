#include "config/document.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <algorithm>
#include <utility>

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

std::string_view line_of(std::string_view text, int line)
{
    for (int passed = 1; passed < line; ++passed)
        text.remove_prefix(std::min(text.find('\n'), text.size() - 1) + 1);
    return text.substr(0, text.find('\n'));
}

// A file that ends too early is marked at its start: the last line is the better place.
int line_of_error(const YAML::Exception& error, std::string_view text)
{
    const bool ended_early = error.mark.pos == 0 && error.msg.starts_with("end of");
    return error.mark.is_null() || ended_early ? lines_of(text) : error.mark.line + 1;
}

// The message of yaml-cpp tells one character of the file at most, so it can hold no secret.
problem syntax_problem(const YAML::Exception& error, std::string_view line)
{
    // The braces of a reference end the map or list that it stands in.
    const char* const remedy = line.find("${") == std::string_view::npos
                                   ? "correct the syntax here"
                                   : "inside { } and [ ], put a value with ${...} in quotes";
    return {fmt::format("is no YAML: {}", error.msg), remedy};
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
        root_ = node(*this, parts.front(), {}, {at.line + 1, at.column});
    } catch (const YAML::Exception& error) {
        const int line = line_of_error(error, text);
        add(severity::error, {line, 0}, {}, syntax_problem(error, line_of(text, line)));
    }
}

std::filesystem::path document::folder() const
{
    return std::filesystem::path(options_.file).parent_path();
}

void document::report(severity weight, const std::string& key, problem what)
{
    add(weight, keys_.place_of(key), key, std::move(what));
}

void document::add(severity weight, place at, const std::string& key, problem what)
{
    if (weight == severity::error)
        keys_.set_unknown(key);
    if (findings_.size() < findings_max) {
        findings_.emplace(std::pair(at.line, at.column),
                          finding{weight, at.line, at.column, key, std::move(what)});
    }
}

std::vector<finding> document::take_findings()
{
    std::vector<finding> out;
    out.reserve(findings_.size());
    for (auto& [at, each] : findings_)
        out.push_back(std::move(each));
    findings_.clear();
    return out;
}

} // namespace sluice::config
