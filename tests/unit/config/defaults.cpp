// The printed defaults and the reader are one table: what is printed must load, and change nothing.
#include "config/printing_form.hpp"
#include "config/sections.hpp"
#include "files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

std::vector<std::string> split(const std::string& text)
{
    std::vector<std::string> out;
    std::size_t start = 0;
    for (std::size_t end; (end = text.find('\n', start)) != std::string::npos; start = end + 1)
        out.push_back(text.substr(start, end - start));
    return out;
}

std::string join(const std::vector<std::string>& from)
{
    std::string out;
    for (const std::string& each : from)
        out += each + "\n";
    return out;
}

// `#key: value`, unlike `# a comment`.
bool is_commented_out(const std::string& line)
{
    const std::size_t start = line.find_first_not_of(' ');
    return start != std::string::npos && line[start] == '#' && line[start + 1] != ' ';
}

} // namespace

TEST_CASE("defaults: what is printed loads, and holds the defaults")
{
    const loaded got = load_text(defaults(), "f.yaml", references::leave);
    CHECK(lines(got).empty());
    // Printed from what was read, the text is the same: no key was read wrongly or lost.
    settings read = got.value;
    REQUIRE(read.pipelines.size() == 1);
    settings fresh;
    pipeline one = read.pipelines[0];
    printing_form of_read;
    describe(of_read, one);
    pipeline empty;
    printing_form of_fresh;
    describe(of_fresh, empty);
    const auto without_required = [](const std::string& text) {
        std::vector<std::string> kept;
        for (const std::string& line : split(text))
            if (line.find("queue_url:") == std::string::npos &&
                line.find(" table:") == std::string::npos)
                kept.push_back(line);
        return kept;
    };
    CHECK(without_required(of_read.text()) == without_required(of_fresh.text()));
    CHECK(read.workers == fresh.workers);
    CHECK(read.shutdown_deadline == fresh.shutdown_deadline);
    CHECK(read.admin.port == fresh.admin.port);
    CHECK(read.log_level == fresh.log_level);
    CHECK(read.log_format == fresh.log_format);
}

TEST_CASE("defaults: every key that is commented out loads when it is not")
{
    const std::vector<std::string> printed = split(defaults());
    std::size_t tried = 0;
    for (std::size_t i = 0; i < printed.size(); ++i) {
        if (!is_commented_out(printed[i]))
            continue;
        std::vector<std::string> changed = printed;
        changed[i].erase(changed[i].find('#'), 1);
        INFO(changed[i]);
        const bool needs_mask = changed[i].find("domain:") != std::string::npos;
        const loaded got = load_text(join(changed), "f.yaml", references::leave);
        CHECK(got.ok() != needs_mask);
        CHECK(got.findings.size() == (needs_mask ? 1 : 0));
        ++tried;
    }
    CHECK(tried == 13);
}

TEST_CASE("defaults: no line is longer than a terminal is wide")
{
    for (const std::string& line : split(defaults())) {
        INFO(line);
        CHECK(line.size() <= 100);
    }
}

TEST_CASE("defaults: the bounds of a key are printed with it")
{
    const std::string text = defaults();
    for (const char* const bounds :
         {"(0s to 20s)", "(1 to 10000)", "(1KiB to 64MiB)", "(queue, or 1s to 12h)",
          "(auto, or 1 to 64)", "(ignore | reject)",
          "(none | seal | token | redact | truncate_ip | drop)"}) {
        INFO(bounds);
        CHECK(text.find(bounds) != std::string::npos);
    }
}
