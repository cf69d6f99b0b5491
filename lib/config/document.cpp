#include "config/document.hpp"

#include <fmt/format.h>
#include <simdjson.h>
#include <yaml-cpp/eventhandler.h>

#include <algorithm>
#include <sstream>
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

// Looks for where documents begin, and for nothing else.
class document_starts final : public YAML::EventHandler
{
public:
    void OnDocumentStart(const YAML::Mark& at) override { last = at; }
    void OnDocumentEnd() override {}
    void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
    void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
    void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  const std::string&) override
    {}
    void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                         YAML::EmitterStyle::value) override
    {}
    void OnSequenceEnd() override {}
    void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                    YAML::EmitterStyle::value) override
    {}
    void OnMapEnd() override {}

    YAML::Mark last = YAML::Mark::null_mark();
};

// Where the second document begins, if there is one. YAML::Load would pass over it in silence, and
// YAML::LoadAll of yaml-cpp 0.7 finds documents without end behind a comma that stands alone.
std::optional<YAML::Mark> second_document(std::string_view text)
{
    std::istringstream in{std::string(text)};
    YAML::Parser parser(in);
    document_starts starts;
    const bool has_second = parser.HandleNextDocument(starts) && parser.HandleNextDocument(starts);
    return has_second ? std::optional(starts.last) : std::nullopt;
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
        if (const auto second = second_document(text)) {
            return refuse(second->line + 1, "is no part of the document before it",
                          "keep one document in a file, and nothing behind it");
        }
        const YAML::Node whole = YAML::Load(std::string(text));
        if (whole.IsNull())
            return refuse(0, "is empty", "start from what sluice check --defaults prints");
        const place at{whole.Mark().line + 1, whole.Mark().column};
        if (!whole.IsMap())
            return refuse(at.line, "is no map of keys", "begin with the key pipelines");
        root_ = node(*this, whole, {}, at);
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
