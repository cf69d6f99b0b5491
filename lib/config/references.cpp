#include "config/references.hpp"

#include "config/text_file.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cstdlib>
#include <string>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::size_t referenced_file_bytes_max = std::size_t{64} << 10;

constexpr std::string_view environment_prefix = "env:";
constexpr std::string_view file_prefix = "file:";

bool is_environment_name(std::string_view name)
{
    constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_";
    constexpr std::string_view digits = "0123456789";
    if (name.empty() || letters.find(name.front()) == std::string_view::npos)
        return false;
    return std::all_of(name.begin(), name.end(), [&](char c) {
        return letters.find(c) != std::string_view::npos ||
               digits.find(c) != std::string_view::npos;
    });
}

// Replaces the references of one text, left to right.
class expander
{
public:
    expander(references how, const std::filesystem::path& folder) : how_(how), folder_(folder) {}

    expansion run(std::string_view text);

private:
    void reference(std::string_view inside);
    void environment(const std::string& name);
    void file(const std::string& path);
    void refuse(std::string what, std::string remedy)
    {
        result_.errors.push_back({std::move(what), std::move(remedy)});
    }

    references how_;
    const std::filesystem::path& folder_;
    std::string out_;
    expansion result_;
};

expansion expander::run(std::string_view text)
{
    std::string_view rest = text;
    while (!rest.empty()) {
        const std::size_t start = std::min(rest.find('$'), rest.size());
        out_ += rest.substr(0, start);
        rest.remove_prefix(start);
        if (rest.starts_with("$${")) {
            out_ += "${";
            rest.remove_prefix(3);
        } else if (rest.starts_with("${")) {
            const std::size_t end = rest.find('}');
            if (end == std::string_view::npos) {
                refuse(fmt::format("{} has no closing brace", in_quotes(rest)),
                       "close it with }, or write $${ for the text ${");
                break;
            }
            reference(rest.substr(2, end - 2));
            rest.remove_prefix(end + 1);
        } else if (!rest.empty()) {
            out_ += rest.front();
            rest.remove_prefix(1);
        }
    }
    const bool left = how_ == references::leave && result_.has_references;
    result_.text = secret(left ? std::string(text) : out_);
    cleanse(out_.data(), out_.size());
    return std::move(result_);
}

void expander::reference(std::string_view inside)
{
    result_.has_references = true;
    if (inside.starts_with(environment_prefix)) {
        environment(std::string(inside.substr(environment_prefix.size())));
    } else if (inside.starts_with(file_prefix)) {
        file(std::string(inside.substr(file_prefix.size())));
    } else {
        refuse(fmt::format("{} is no reference", in_quotes(fmt::format("${{{}}}", inside))),
               "write ${env:NAME} or ${file:PATH}, or $${ for the text ${");
    }
}

void expander::environment(const std::string& name)
{
    if (!is_environment_name(name)) {
        refuse(fmt::format("{} is no name of an environment variable", in_quotes(name)),
               "use letters, digits and _");
        return;
    }
    if (how_ == references::leave)
        return;
    const char* const value = std::getenv(name.c_str()); // NOLINT(concurrency-mt-unsafe): start-up
    if (value == nullptr)
        refuse(fmt::format("the environment variable {} is not set", name), "set it");
    else
        out_ += value;
}

void expander::file(const std::string& path)
{
    if (path.empty()) {
        refuse("${file:} names no file", "write ${file:PATH}");
        return;
    }
    if (how_ == references::leave)
        return;
    auto read = read_text_file((folder_ / path).string(), referenced_file_bytes_max);
    if (!read) {
        result_.errors.push_back(read.error());
        return;
    }
    if (read->readable_by_all) {
        result_.warnings.push_back(
            {fmt::format("every user can read {}", path), fmt::format("run chmod o-r {}", path)});
    }
    std::string_view content = read->text.reveal();
    if (content.ends_with('\n'))
        content.remove_suffix(1);
    if (content.find('\0') != std::string_view::npos)
        refuse(fmt::format("{} is no text: it holds a NUL", path), "name a text file");
    else
        out_ += content;
}

} // namespace

expansion expand(std::string_view text, references how, const std::filesystem::path& folder)
{
    return expander(how, folder).run(text);
}

} // namespace sluice::config
