#include "daemon/record_tests.hpp"

#include "config/suggestion.hpp"
#include "core/encoding.hpp"
#include "daemon/element_text.hpp"
#include "daemon/trial.hpp"
#include "transform/mapping.hpp"
#include "transform/reason.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::daemon {
namespace {

using config::problem;
using transform::mapping;

constexpr const char* remedy = "correct the test, or what the columns say";

std::vector<std::string> reason_names()
{
    std::vector<std::string> out;
    out.reserve(transform::reason_count);
    for (std::size_t i = 0; i < transform::reason_count; ++i)
        out.emplace_back(to_string(static_cast<transform::reason>(i)));
    return out;
}

// Columns that hold, when the fields below `/value` are missing, what a test expects of them: each
// value becomes the column's default, and so goes through the same checks, mask and encoding.
config::pipeline expecting(const config::pipeline& one, const config::record_test& test)
{
    config::pipeline out = one;
    out.record.form = {};
    out.record.unknown = config::unknown_fields::ignore;
    out.record.columns.clear();
    for (const auto& [name, expected] : test.row) {
        if (!expected)
            continue;
        config::column column = *std::ranges::find(one.record.columns, name, &config::column::name);
        column.from = config::json_pointer{{"value", name}};
        column.required = false;
        column.parse.clear();
        column.fallback = config::default_value{false, *expected};
        out.record.columns.push_back(std::move(column));
    }
    return out;
}

// Whether a column of numbers takes the attribute: then it is sent as a Number.
bool is_number(const config::pipeline& one, std::string_view attribute)
{
    using enum config::column_type;
    constexpr std::array numbers{integer, bigint, numeric, double_precision};
    return std::ranges::any_of(one.record.columns, [&](const config::column& each) {
        const auto* const from = std::get_if<config::metadata_source>(&each.from);
        return from != nullptr && from->which == config::metadata::attribute &&
               from->attribute_name == attribute &&
               std::ranges::find(numbers, each.type) != numbers.end();
    });
}

// The attributes of a test as SQS delivers them.
std::string attributes_of(const config::pipeline& one, const config::record_test& test)
{
    if (test.attributes.empty())
        return {};
    std::string out;
    for (const auto& [name, value] : test.attributes) {
        out.push_back(out.empty() ? '{' : ',');
        append_json_string(out, name);
        out += is_number(one, name) ? R"(:{"DataType":"Number","StringValue":)"
                                    : R"(:{"DataType":"String","StringValue":)";
        append_json_string(out, value);
        out.push_back('}');
    }
    out.push_back('}');
    return out;
}

// What is not known is either wrong, and told already, or stands behind a reference.
void warn_if_untold(config::loaded& file, const std::string& key)
{
    if (file.ok()) {
        file.report(
            config::severity::warning, key,
            {"not run: it needs values that references stand for, and they are left alone here",
             "write those values out"});
    }
}

// The tests of one pipeline, one after the other.
class test_run
{
public:
    test_run(config::loaded& file, const config::pipeline& one,
             std::shared_ptr<const mapping> columns)
        : file_(file), one_(one), columns_(std::move(columns)), trial_(columns_, keys_)
    {}

    std::size_t run();

private:
    bool passes(const config::record_test& test);
    bool is_expected_letter(const std::string& expected, const trial_result& got);
    bool is_expected_row(const config::record_test& test, const trial_result& got);
    bool is_expected_value(const std::string& name, const trial_value& expected,
                           const trial_result& got);
    std::optional<trial_result> expected_row(const config::record_test& test);

    bool fail(const std::string& inside, problem what)
    {
        file_.report(config::severity::error, key_ + inside, std::move(what));
        return false;
    }

    config::loaded& file_;
    const config::pipeline& one_;
    mask::keyring keys_ = mask::keyring::ephemeral();
    std::shared_ptr<const mapping> columns_;
    trial trial_;
    std::string key_; // of the test at hand
};

std::size_t test_run::run()
{
    std::size_t passed = 0;
    for (std::size_t i = 0; i < one_.tests.size(); ++i) {
        key_ = fmt::format("pipelines.{}.tests[{}]", one_.name, i);
        if (!file_.keys.known_inside(key_))
            warn_if_untold(file_, key_);
        else if (passes(one_.tests[i]))
            ++passed;
    }
    return passed;
}

bool test_run::passes(const config::record_test& test)
{
    const trial_result got = trial_.run(test.in, attributes_of(one_, test));
    if (test.dead_letter)
        return is_expected_letter(*test.dead_letter, got);
    return is_expected_row(test, got);
}

// `reason`, or `reason column`.
bool test_run::is_expected_letter(const std::string& expected, const trial_result& got)
{
    const std::size_t blank = std::min(expected.find(' '), expected.size());
    const std::string reason = expected.substr(0, blank);
    const std::vector<std::string> known = reason_names();
    if (std::ranges::find(known, reason) == known.end()) {
        return fail(".dead_letter",
                    {fmt::format("{} is no reason of a dead letter", config::in_quotes(reason)),
                     config::suggest(reason, known)});
    }
    if (!got.letter)
        return fail("", {"the message becomes a row, not a dead letter", remedy});
    const bool names_column = blank < expected.size();
    const std::string became = names_column ? got.letter->reason_and_column() : got.letter->reason;
    if (became == expected)
        return true;
    return fail(".dead_letter", {fmt::format("the message becomes a dead letter for {}",
                                             got.letter->reason_and_column()),
                                 remedy});
}

bool test_run::is_expected_row(const config::record_test& test, const trial_result& got)
{
    if (got.letter) {
        return fail("", {fmt::format("the message becomes a dead letter for {} ({}), not a row",
                                     got.letter->reason_and_column(), got.letter->detail),
                         remedy});
    }
    const auto expected = expected_row(test);
    if (!expected)
        return false;
    bool all_equal = true;
    std::size_t next = 0; // in `expected`, which holds what is not null
    for (const auto& [name, text] : test.row) {
        const trial_value value = text ? expected->values[next++] : trial_value{};
        all_equal = is_expected_value(name, value, got) && all_equal;
    }
    return all_equal;
}

// The values that the test gives, as they are stored. Nothing if a column cannot hold one.
std::optional<trial_result> test_run::expected_row(const config::record_test& test)
{
    const mapping::compiled compiled = mapping::compile(expecting(one_, test));
    for (const transform::mapping_error& each : compiled.errors)
        fail(".row." + each.column, {each.text.substr(0, each.text.find("; ")), remedy});
    if (!compiled.made)
        return std::nullopt;
    return trial(compiled.made, keys_).run("{}");
}

bool test_run::is_expected_value(const std::string& name, const trial_value& expected,
                                 const trial_result& got)
{
    const auto& plans = columns_->columns();
    const auto plan = std::ranges::find(plans, name, &transform::column_plan::name);
    const trial_value& value = got.values[static_cast<std::size_t>(plan - plans.begin())];
    if (value == expected)
        return true;
    // Only the key of this run could open a masked value, so there is nothing to show.
    const std::string shown = !value              ? "null"
                              : plan->is_masked() ? "another value"
                                                  : config::in_quotes(element_text(*plan, *value));
    return fail(".row." + name, {fmt::format("the message gives {}", shown), remedy});
}

} // namespace

std::size_t run_record_tests(config::loaded& file, const config::pipeline& one)
{
    if (one.tests.empty())
        return 0;
    const std::string key = "pipelines." + one.name;
    if (!file.keys.known_inside(key + ".record")) {
        warn_if_untold(file, key + ".tests");
        return 0;
    }
    const mapping::compiled compiled = mapping::compile(one);
    return compiled.made ? test_run(file, one, compiled.made).run() : 0;
}

} // namespace sluice::daemon
