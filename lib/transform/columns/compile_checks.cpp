#include "transform/columns/checks.hpp"
#include "transform/columns/compiler.hpp"

namespace sluice::transform {

void column_compiler::compile_checks()
{
    compile_length();
    compile_bounds();
    compile_one_of();
    compile_pattern();
}

void column_compiler::compile_length()
{
    if (!from_.max_length)
        return;
    plan_.max_length = from_.max_length;
    if (*from_.max_length == 0)
        fail("max_length", "nothing fits into 0 characters; give at least 1");
    if (plan_.is_replaced_by_text())
        plan_.mask.stored_max = from_.max_length;
    else if (plan_.type != column_type::text)
        fail("max_length", "only text has a length; remove it");
    else if (from_.mask == config::mask_kind::truncate_ip)
        plan_.mask.stored_max = from_.max_length;
    else
        plan_.check.length_max = from_.max_length;
}

void column_compiler::compile_bounds()
{
    compile_bound(from_.min, "min", plan_.check.least);
    compile_bound(from_.max, "max", plan_.check.most);
    if (plan_.check.least && plan_.check.most &&
        compare(plan_.type, *plan_.check.least, *plan_.check.most) > 0)
        fail("min", "{} is more than max, {}; swap them", *from_.min, *from_.max);
}

void column_compiler::compile_bound(const std::optional<std::string>& text, const char* key,
                                    std::optional<typed_value>& into)
{
    if (!text)
        return;
    switch (plan_.type) {
    case column_type::text:
    case column_type::boolean:
    case column_type::uuid:
    case column_type::inet:
    case column_type::jsonb:
    case column_type::bytea:
        fail(key, "{} has no order; only numbers, dates and times have a min and max",
             to_string(plan_.type));
        return;
    default:
        break;
    }
    byte_buffer ignored;
    typed_value bound;
    if (const verdict refused = read_literal(plan_.type, *text, bound, ignored))
        fail(key, "`{}` is no {} ({}); give a value of the column's type", *text,
             to_string(plan_.type), detail_of(*refused));
    else
        into = bound;
}

void column_compiler::compile_one_of()
{
    if (from_.one_of.empty())
        return;
    if (plan_.type == column_type::jsonb || plan_.type == column_type::bytea) {
        fail("one_of", "{} is not compared; remove it", to_string(plan_.type));
        return;
    }
    for (const std::string& text : from_.one_of) {
        if (plan_.type == column_type::text) {
            plan_.check.one_of_text.push_back(text);
            continue;
        }
        byte_buffer ignored;
        typed_value allowed;
        if (const verdict refused = read_literal(plan_.type, text, allowed, ignored))
            fail("one_of", "`{}` is no {} ({}); give values of the column's type", text,
                 to_string(plan_.type), detail_of(*refused));
        else
            plan_.check.one_of.push_back(allowed);
    }
}

void column_compiler::compile_pattern()
{
    if (!from_.matches)
        return;
    if (plan_.type != column_type::text) {
        fail("matches", "only text is matched; remove it");
        return;
    }
    re2::RE2::Options how;
    how.set_log_errors(false);
    auto pattern = std::make_unique<re2::RE2>(*from_.matches, how);
    if (pattern->ok())
        plan_.check.pattern = std::move(pattern);
    else
        fail("matches", "`{}` is no regular expression ({}); see the syntax of RE2", *from_.matches,
             pattern->error());
}

} // namespace sluice::transform
