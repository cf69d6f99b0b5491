#include "config/printing_form.hpp"

#include <fmt/format.h>

namespace sluice::config {
namespace {

constexpr std::size_t spaces_a_level = 2;
constexpr std::size_t comment_column = 44;
constexpr std::size_t line_columns = 100;

std::string comment_of(const field& value, const notes& about)
{
    std::string out = fmt::format("{}{}", about.required ? "required: " : "", about.help);
    if (!value.accepts.empty())
        out += fmt::format("{}({})", out.empty() ? "" : " ", value.accepts);
    return out;
}

} // namespace

void printing_form::print(const std::string& yaml, const std::string& comment)
{
    const std::string indent(depth_ * spaces_a_level, ' ');
    const std::string start = indent + yaml;
    const std::string behind = fmt::format("{:<{}} # {}\n", start, comment_column, comment);
    if (comment.empty()) {
        text_ += start + '\n';
    } else if (behind.size() <= line_columns) {
        text_ += behind;
    } else {
        print_above(indent, comment);
        text_ += start + '\n';
    }
}

// A comment that is too long for the line of its key stands above it.
void printing_form::print_above(const std::string& indent, std::string_view comment)
{
    const std::size_t room = line_columns - indent.size() - 2;
    while (!comment.empty()) {
        std::size_t end = comment.size();
        if (end > room) {
            const std::size_t blank = comment.rfind(' ', room);
            end = blank == std::string_view::npos ? room : blank;
        }
        text_ += fmt::format("{}# {}\n", indent, comment.substr(0, end));
        comment.remove_prefix(end);
        if (comment.starts_with(' '))
            comment.remove_prefix(1);
    }
}

void printing_form::key(std::string_view name, const field& value, const notes& about)
{
    const bool has_default = !value.fallback.empty();
    const bool commented_out = !has_default && !about.required;
    print(fmt::format("{}{}: {}", commented_out ? "#" : "", name,
                      has_default ? std::string_view(value.fallback) : about.example),
          comment_of(value, about));
}

void printing_form::section(std::string_view name, const notes& about, const keys& inside)
{
    print(fmt::format("{}:", name), std::string(about.help));
    ++depth_;
    inside(*this);
    --depth_;
}

void printing_form::section_or_off(std::string_view name, const notes& about, bool& on,
                                   const keys& inside)
{
    const std::string help = fmt::format("{} (or: off)", about.help);
    section(name, {.help = help}, inside);
    static_cast<void>(on);
}

void printing_form::each(std::string_view name, const notes& about, const named_keys& inside)
{
    print(fmt::format("{}:", name), fmt::format("required: {}", about.help));
    ++depth_;
    const std::string example(about.example);
    section(example, {}, [&](form& inner) { inside(inner, example); });
    --depth_;
}

void printing_form::list(std::string_view name, const notes& about, const keys&)
{
    print(fmt::format("#{}: {}", name, about.example), std::string(about.help));
}

} // namespace sluice::config
