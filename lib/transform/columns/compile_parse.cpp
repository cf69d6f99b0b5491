#include "transform/columns/compiler.hpp"

namespace sluice::transform {

using config::parse_verb;
using letters = parse_plan::letters;
using reading = parse_plan::reading;

void column_compiler::compile_parse()
{
    if (from_.parse.empty())
        return;
    const origin from = plan_.source.from;
    const bool is_measured =
        from == origin::sent_at || from == origin::received_at || from == origin::receive_count;
    if (plan_.type == column_type::jsonb || is_measured) {
        fail("parse", "{} there is no text to parse; remove `parse`",
             is_measured ? "the value comes from SQS, and" : "jsonb is stored as it stands, and");
        return;
    }
    plan_.parse.given = true;
    for (const config::parse_step& step : from_.parse)
        add_verb(step);
}

void column_compiler::add_verb(const config::parse_step& step)
{
    if (plan_.parse.last != reading::literal) {
        fail("parse", "nothing can follow version_major, version_packed, epoch_s, epoch_ms or "
                      "format; put it last, and only one of them");
        return;
    }
    switch (step.verb) {
    case parse_verb::trim:
        plan_.parse.trimmed = true;
        break;
    case parse_verb::lower:
        plan_.parse.turned = letters::lowered;
        break;
    case parse_verb::upper:
        plan_.parse.turned = letters::raised;
        break;
    case parse_verb::version_major:
        add_reading(step, reading::version_major);
        break;
    case parse_verb::version_packed:
        add_reading(step, reading::version_packed);
        break;
    case parse_verb::epoch_s:
        add_reading(step, reading::epoch_seconds);
        break;
    case parse_verb::epoch_ms:
        add_reading(step, reading::epoch_milliseconds);
        break;
    case parse_verb::format:
        add_reading(step, reading::format);
        break;
    }
}

bool column_compiler::is_time() const noexcept
{
    return plan_.type == column_type::date || plan_.type == column_type::timestamp ||
           plan_.type == column_type::timestamptz;
}

void column_compiler::add_reading(const config::parse_step& step, reading how)
{
    plan_.parse.last = how;
    const bool is_version = how == reading::version_major || how == reading::version_packed;
    const bool is_whole = plan_.type == column_type::integer || plan_.type == column_type::bigint;
    if (is_version && !is_whole)
        fail("parse", "a version becomes a whole number; set the type to integer or bigint");
    if (!is_version && !is_time())
        fail("parse", "epoch_s, epoch_ms and format read times; set the type to date, timestamp or "
                      "timestamptz");
    if (how == reading::format)
        add_format(step.pattern);
}

void column_compiler::add_format(const std::string& pattern)
{
    auto compiled = time_format::compile(pattern);
    if (const auto* const fault = std::get_if<time_format::fault>(&compiled)) {
        fail("parse", "format `{}`: {}", pattern, *fault);
        return;
    }
    plan_.parse.format = std::get<time_format>(std::move(compiled));
    if (plan_.parse.format->has_zone() && plan_.type != column_type::timestamptz)
        fail("parse",
             "format `{}`: a {} would lose the zone that %z reads; set the type to "
             "timestamptz",
             pattern, to_string(plan_.type));
}

} // namespace sluice::transform
