#include "config/suggestion.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

using namespace sluice::config;

namespace {

const std::vector<std::string> known{"wait", "visibility", "max_hold", "queue_url", "region"};

// The definition, by recursion: slow, and plainly right.
std::size_t slow_distance(std::string_view a, std::string_view b)
{
    if (a.empty() || b.empty())
        return a.size() + b.size();
    const std::string_view rest_a = a.substr(1);
    const std::string_view rest_b = b.substr(1);
    std::size_t best = slow_distance(rest_a, rest_b) + (a[0] == b[0] ? 0 : 1);
    best = std::min({best, slow_distance(rest_a, b) + 1, slow_distance(a, rest_b) + 1});
    if (a.size() > 1 && b.size() > 1 && a[0] == b[1] && a[1] == b[0])
        best = std::min(best, slow_distance(a.substr(2), b.substr(2)) + 1);
    return best;
}

} // namespace

TEST_CASE("suggestion: the distance counts changes, additions, omissions and swaps")
{
    CHECK(edit_distance("", "") == 0);
    CHECK(edit_distance("wait", "wait") == 0);
    CHECK(edit_distance("", "wait") == 4);
    CHECK(edit_distance("wait", "") == 4);
    CHECK(edit_distance("wait", "wail") == 1);
    CHECK(edit_distance("wait", "waits") == 1);
    CHECK(edit_distance("wait", "wat") == 1);
    CHECK(edit_distance("wait", "wiat") == 1);
    CHECK(edit_distance("kitten", "sitting") == 3);
}

TEST_CASE("suggestion: the distance agrees with its definition on random words")
{
    std::mt19937 random(7);
    const auto word = [&random] {
        std::string out;
        for (std::size_t letters = random() % 6; letters > 0; --letters)
            out.push_back(static_cast<char>('a' + random() % 3));
        return out;
    };
    for (int round = 0; round < 300; ++round) {
        const std::string a = word();
        const std::string b = word();
        INFO(a << " " << b);
        CHECK(edit_distance(a, b) == slow_distance(a, b));
        CHECK(edit_distance(a, b) == edit_distance(b, a));
    }
}

TEST_CASE("suggestion: a slip of the finger finds its name")
{
    CHECK(nearest("wiat", known) == "wait");
    CHECK(nearest("Wait", known) == "wait");
    CHECK(nearest("visibilty", known) == "visibility");
    CHECK(nearest("maxhold", known) == "max_hold");
    CHECK(nearest("queue-url", known) == "queue_url");
}

TEST_CASE("suggestion: a different name finds none, and is told all")
{
    CHECK(nearest("timeout", known) == std::nullopt);
    CHECK(nearest("", known) == std::nullopt);
    CHECK(nearest(std::string(10'000, 'w'), known) == std::nullopt);
    CHECK(nearest("wait", {}) == std::nullopt);
    CHECK(suggest("wiat", known) == "did you mean wait?");
    CHECK(suggest("timeout", known) == "known here: wait, visibility, max_hold, queue_url, region");
}
