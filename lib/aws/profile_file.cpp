#include "aws/profile_file.hpp"

#include "aws/settings_error.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <fmt/format.h>

#include <string>

namespace sluice::aws {
namespace {

constexpr std::string_view white_space = " \t";

std::string trimmed(std::string_view text)
{
    return boost::algorithm::trim_copy(std::string(text));
}

// Cuts a comment that follows a value: the sign must stand behind white space, since it may be part
// of a secret.
std::string_view without_comment(std::string_view text)
{
    for (std::size_t i = 1; i < text.size(); ++i)
        if ((text[i] == '#' || text[i] == ';') && white_space.find(text[i - 1]) != text.npos)
            return text.substr(0, i);
    return text;
}

class reader
{
public:
    reader(const std::string& path, profile_file_kind kind, profile_set& into)
        : path_(path), kind_(kind), into_(into)
    {}

    void read_line(std::string_view line)
    {
        ++line_number_;
        const std::string content = trimmed(line);
        if (content.empty() || content.starts_with('#') || content.starts_with(';'))
            return;
        if (white_space.find(line.front()) != std::string_view::npos)
            read_indented(content);
        else if (content.starts_with('['))
            read_heading(content);
        else
            read_property(content);
    }

private:
    [[noreturn]] void fail(std::string_view what) const
    {
        throw settings_error(fmt::format("{}:{}: {}", path_, line_number_, what));
    }

    void read_heading(std::string_view content)
    {
        const std::size_t end = content.find(']');
        if (end == std::string_view::npos)
            fail("the heading has no \"]\"; write it as [default] or [profile NAME]");
        open_key_.clear();
        heading_seen_ = true;
        section_ = find_section(trimmed(content.substr(1, end - 1)));
    }

    // Nothing for a heading that is none of ours: other tools keep theirs in these files, too.
    profile_section* find_section(const std::string& heading)
    {
        if (kind_ == profile_file_kind::credentials)
            return &into_.profiles[heading];
        if (heading == "default")
            return &into_.profiles[heading];
        const std::size_t space = heading.find_first_of(white_space);
        if (space == std::string::npos)
            return nullptr;
        const std::string_view type = std::string_view(heading).substr(0, space);
        const std::string name = trimmed(std::string_view(heading).substr(space));
        if (type == "profile")
            return &into_.profiles[name];
        if (type == "services")
            return &into_.services[name];
        return nullptr;
    }

    struct property
    {
        std::string key;
        std::string value;
    };

    [[nodiscard]] property split(std::string_view content) const
    {
        const std::size_t equals = content.find('=');
        if (equals == std::string_view::npos)
            fail("neither a [heading] nor \"key = value\"");
        property read{boost::algorithm::to_lower_copy(trimmed(content.substr(0, equals))),
                      trimmed(without_comment(content.substr(equals + 1)))};
        if (read.key.empty())
            fail("there is no key before the \"=\"");
        return read;
    }

    void read_property(std::string_view content)
    {
        if (!heading_seen_)
            fail("this stands before the first [heading]; put it below [default]");
        const property read = split(content);
        open_key_ = read.key;
        if (section_ != nullptr)
            section_->values[read.key] = read.value;
    }

    void read_indented(std::string_view content)
    {
        if (open_key_.empty())
            fail("an indented line must belong to the \"key =\" above it");
        if (section_ == nullptr)
            return;
        std::string& above = section_->values[open_key_];
        if (!above.empty()) { // a value that goes on
            above += '\n';
            above += content;
            return;
        }
        const property read = split(content);
        section_->nested[open_key_][read.key] = read.value;
    }

    const std::string& path_;
    profile_file_kind kind_;
    profile_set& into_;
    profile_section* section_ = nullptr;
    std::string open_key_; // of the last property that was not indented
    int line_number_ = 0;
    bool heading_seen_ = false;
};

} // namespace

const std::string& profile_section::value(std::string_view key) const noexcept
{
    static const std::string none;
    const auto found = values.find(key);
    return found == values.end() ? none : found->second;
}

void parse_profile_file(std::string_view text, const std::string& path, profile_file_kind kind,
                        profile_set& into)
{
    constexpr std::string_view byte_order_mark = "\xef\xbb\xbf";
    if (text.starts_with(byte_order_mark))
        text.remove_prefix(byte_order_mark.size());
    reader reader(path, kind, into);
    while (!text.empty()) {
        const std::size_t end = std::min(text.find('\n'), text.size());
        std::string_view line = text.substr(0, end);
        text.remove_prefix(std::min(end + 1, text.size()));
        if (line.ends_with('\r'))
            line.remove_suffix(1);
        reader.read_line(line);
    }
}

} // namespace sluice::aws
