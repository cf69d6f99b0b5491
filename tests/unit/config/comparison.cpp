#include "config/comparison.hpp"

#include "files.hpp"

#include <catch2/catch.hpp>

using namespace sluice::config;
using namespace sluice::config::tests;

namespace {

pipeline read(const std::string& text)
{
    loaded from = load_text(text, "f.yaml", references::resolve);
    REQUIRE(lines(from).empty());
    return from.value.pipelines.front();
}

bool same(std::string_view from, std::string_view to)
{
    return same_work(read(good_text()), read(replaced(good_text(), from, to)));
}

} // namespace

TEST_CASE(
    "comparison: comments, layout, the file's tests and defaults that are written change nothing")
{
    CHECK(same_work(read(good_text()), read("# new\n\n" + good_text())));
    CHECK(same("        wait: 20s\n", "\n        # as ever\n        wait: 20s\n"));
    CHECK(same("        wait: 20s\n", ""));
    CHECK(same("limits: { in_flight_messages: 20000, in_flight_bytes: 64MiB, json_depth: 64 }",
               "limits: { json_depth: 64 }"));
    CHECK(same("- { in: '{}', dead_letter: missing user_id }", ""));
}

TEST_CASE("comparison: whatever a pipeline does otherwise is seen")
{
    CHECK_FALSE(same("1/logins", "1/others"));
    CHECK_FALSE(same("max: 40", "max: 41"));
    CHECK_FALSE(same("visibility: 60s", "visibility: 61s"));
    CHECK_FALSE(same(", required: true", ""));
    CHECK_FALSE(same(", required: true", ", required: true, one_of: [a, b]"));
    CHECK_FALSE(same("from: /ip", "from: /pi"));
    CHECK_FALSE(same("mask: seal", "mask: token"));
    CHECK_FALSE(same("mask: seal }", "mask: seal, domain: d }"));
    CHECK_FALSE(same("localhost/logins", "localhost/others"));
    CHECK_FALSE(same("table: user_logins", "table: other.user_logins"));
    CHECK_FALSE(same("linger: 50ms", "linger: 51ms"));
    CHECK_FALSE(same("json_depth: 64", "json_depth: 65"));
    CHECK_FALSE(same("    limits:", "    on_error: { brake: off }\n    limits:"));
}

TEST_CASE("comparison: what a reference stands for counts, not how it is written")
{
    const temporary_folder folder;
    const auto with_file = [&] {
        const std::string reference = "${file:" + folder.path("url") + "}";
        return read(replaced(good_text(), "postgresql://localhost/logins", reference));
    };
    static_cast<void>(folder.write("url", "postgresql://localhost/logins"));
    const pipeline before = with_file();
    CHECK(same_work(before, read(good_text())));
    static_cast<void>(folder.write("url", "postgresql://localhost/others"));
    CHECK_FALSE(same_work(before, with_file()));
}
