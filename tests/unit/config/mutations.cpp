// Random damage to good files: whatever comes out, the loader answers with findings of one line
// each, and never throws.
#include "files.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <fstream>
#include <iterator>
#include <random>
#include <string>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

constexpr int rounds = 4000;

std::string example(const std::string& name)
{
    std::ifstream in(std::string(SLUICE_EXAMPLES) + "/" + name);
    return {std::istreambuf_iterator<char>(in), {}};
}

// Pieces that mean something to YAML or to the loader.
constexpr std::array<std::string_view, 30> pieces{
    ":",    "- ",   "\n",    "  ",   "\t",          "{",
    "}",    "[",    "]",     ",",    "#",           "&a ",
    "*a",   "!!x ", "'",     "\"",   "|",           ">",
    "?",    "%",    "@",     "${",   "${env:HOME}", "${file:/}",
    "null", "~",    "---\n", "<<: ", "\xff",        "99999999999999999999s",
};

class damage
{
public:
    explicit damage(unsigned seed) : random_(seed) {}

    void apply(std::string& text)
    {
        for (std::size_t hits = 1 + random_() % 4; hits > 0; --hits)
            hit(text);
    }

private:
    std::size_t below(std::size_t bound) { return bound == 0 ? 0 : random_() % bound; }

    void hit(std::string& text)
    {
        const std::size_t at = below(text.size() + 1);
        const std::size_t length = below(std::min<std::size_t>(text.size() - at, 40) + 1);
        switch (random_() % 5) {
        case 0: // drop a piece
            text.erase(at, length);
            break;
        case 1: // repeat a piece elsewhere
            text.insert(below(text.size() + 1), text.substr(at, length));
            break;
        case 2: // change a byte
            if (at < text.size())
                text[at] = static_cast<char>(random_());
            break;
        case 3: // cut the rest off
            if (random_() % 8 == 0)
                text.resize(at);
            break;
        default:
            text.insert(at, pieces[below(pieces.size())]);
            break;
        }
    }

    std::mt19937 random_;
};

} // namespace

TEST_CASE("mutations: no damage to a good file makes the loader do anything but tell of it")
{
    const std::array<std::string, 4> sources{good_text(), defaults(), example("user_logins.yaml"),
                                             example("user_logins_token.yaml")};
    int refused = 0;
    for (unsigned seed = 1; seed <= rounds; ++seed) {
        std::string text = sources[seed % sources.size()];
        damage(seed).apply(text);
        const references how = seed % 2 == 0 ? references::resolve : references::leave;
        INFO("seed " << seed << "\n" << text);
        const loaded got = load_text(text, "f.yaml", how);
        refused += got.ok() ? 0 : 1;
        for (const std::string& line : lines(got)) {
            const bool one_line = line.starts_with("f.yaml:") &&
                                  line.find('\n') == std::string::npos &&
                                  line.find("; ") != std::string::npos;
            if (!one_line)
                FAIL("no line of a finding: " << line);
        }
        if (got.ok() && got.value.pipelines.empty())
            FAIL("a file without a pipeline was taken");
    }
    CHECK(refused > rounds / 4); // the damage is real
    CHECK(refused < rounds);     // and not always deadly
}
