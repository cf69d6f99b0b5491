// The published suite of JSON documents, good, bad and doubtful, as bodies of messages.
#include "sample_pipeline.hpp"

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>

namespace {

using namespace sluice;
using transform::outcome;

std::string contents(const std::filesystem::path& file)
{
    std::ifstream in(file, std::ios::binary);
    return {std::istreambuf_iterator<char>(in), {}};
}

bool is_object(std::string_view text)
{
    const std::size_t begin = text.find_first_not_of(" \t\r\n");
    return begin != std::string_view::npos && text[begin] == '{';
}

} // namespace

TEST_CASE("transformer: the published suite ends as rows and dead letters, as it demands")
{
    const char* const vectors = std::getenv("SLUICE_VECTORS");
    if (vectors == nullptr) {
        WARN("skipped: SLUICE_VECTORS is not set");
        return;
    }
    // Takes every object: what is refused is refused for its JSON.
    config::pipeline lenient = test::pipeline_of({test::column("a", config::column_type::jsonb)});
    lenient.limits.duplicate_keys_rejected = false;
    test::bench used(lenient);
    int bad = 0;
    int good = 0;
    int doubtful = 0;
    for (const auto& file : std::filesystem::directory_iterator(std::filesystem::path(vectors) /
                                                                "json/test_parsing")) {
        const std::string name = file.path().filename();
        const std::string body = contents(file.path());
        CAPTURE(name);
        used.clear();
        const outcome became = used.add(body);
        CHECK((became == outcome::row || became == outcome::dead_letter));
        CHECK(used.batch.rows.size() + used.batch.letter_entries.size() == 1);
        if (name.starts_with("n_")) {
            CHECK(became == outcome::dead_letter);
            ++bad;
        } else if (name.starts_with("y_")) {
            CHECK((became == outcome::row) == is_object(body));
            ++good;
        } else {
            ++doubtful;
        }
    }
    CHECK(bad == 188);
    CHECK(good == 95);
    CHECK(doubtful == 35);
}
