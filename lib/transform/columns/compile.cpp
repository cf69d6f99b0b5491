#include "transform/columns/compile.hpp"

#include "transform/columns/compiler.hpp"
#include "transform/columns/convert.hpp"
#include "transform/json/reader.hpp"

namespace sluice::transform {

using config::mask_kind;

namespace {

std::string_view name_of(mask_kind kind) noexcept
{
    switch (kind) {
    case mask_kind::none:
        return "none";
    case mask_kind::seal:
        return "seal";
    case mask_kind::token:
        return "token";
    case mask_kind::redact:
        return "redact";
    case mask_kind::truncate_ip:
        return "truncate_ip";
    case mask_kind::drop:
        return "drop";
    }
    return "none";
}

} // namespace

column_plan column_compiler::compile(std::string_view table)
{
    const std::size_t errors_before = errors_.size();
    plan_.name = from_.name;
    plan_.line = from_.line;
    plan_.type = from_.type;
    plan_.is_array = from_.is_array;
    compile_type();
    compile_source();
    compile_parse();
    compile_mask(table);
    compile_checks();
    compile_presence();
    // A default goes through all of the above, so only when that is sound.
    if (from_.fallback && !from_.fallback->is_null && errors_.size() == errors_before)
        compile_default();
    return std::move(plan_);
}

void column_compiler::compile_type()
{
    if (plan_.is_array && plan_.type == column_type::jsonb)
        fail("type", "jsonb[] is no type of a column here; use jsonb, which holds arrays too");
}

void column_compiler::compile_presence()
{
    plan_.required = from_.required;
    if (from_.required && from_.fallback)
        fail("default", "a required column never takes its default; remove one of the two");
    if (from_.required && from_.mask == mask_kind::drop)
        fail("required", "mask: drop stores null always; remove `required`");
}

void column_compiler::compile_mask(std::string_view table)
{
    plan_.mask.kind = from_.mask;
    const bool is_text = plan_.type == column_type::text;
    const bool is_address = plan_.type == column_type::inet;
    if (plan_.needs_key()) {
        plan_.mask.domain =
            from_.domain.empty() ? fmt::format("{}.{}", table, from_.name) : from_.domain;
        if (plan_.is_array || (!is_text && !is_address))
            fail("mask", "{} masks text and inet, not {}{}; change the type, or use redact or drop",
                 name_of(from_.mask), to_string(plan_.type), plan_.is_array ? "[]" : "");
    } else if (!from_.domain.empty()) {
        fail("domain", "only seal and token have a domain; remove it");
    }
    if (from_.mask == mask_kind::truncate_ip && (plan_.is_array || (!is_text && !is_address)))
        fail("mask", "truncate_ip takes addresses, as inet or text; change the type");
    if (from_.mask == mask_kind::redact && plan_.is_array)
        fail("mask", "redact masks single values; use drop for an array");
    if (from_.mask == mask_kind::redact && from_.max_length &&
        *from_.max_length < redacted_text.size())
        fail("max_length", "redact stores {} characters; make it at least that",
             redacted_text.size());
}

void column_compiler::compile_default()
{
    const std::string& text = from_.fallback->text;
    if (from_.mask == mask_kind::drop) {
        fail("default", "mask: drop stores null always; remove the default");
        return;
    }
    auto made = std::make_unique<default_plan>();
    verdict refused = make_default(text, *made);
    if (!refused)
        refused = check_default(*made);
    if (refused)
        fail("default", "`{}` does not fit the column ({}: {}); give a value that the column takes",
             text, to_string(refused->why), detail_of(*refused));
    plan_.fallback = std::move(made);
}

// The value that the text of a default stands for, as if it had stood in a body.
verdict column_compiler::make_default(std::string_view text, default_plan& into) const
{
    if (plan_.is_array || plan_.type == column_type::jsonb) {
        into.document = fmt::format(R"({{"v":{}}})", text);
        into.document.append(json::padding_bytes, '\0');
        json::path_trie paths;
        const json::slot where = paths.add({"v"}, plan_.is_array);
        paths.compile();
        json::reader reader(paths, {});
        const std::size_t size = into.document.size() - json::padding_bytes;
        if (const verdict refused = reader.read(std::string_view(into.document).substr(0, size)))
            return refuse(reason::unparsable, "no JSON");
        into.value = reader.at(where);
        const auto elements = reader.elements(where);
        into.elements.assign(elements.begin(), elements.end());
        return reader.flaw_of(into.value);
    }
    into.document = text;
    into.value.text = into.document;
    switch (plan_.type) {
    case column_type::integer:
    case column_type::bigint:
    case column_type::numeric:
    case column_type::double_precision:
        into.value.what = json::kind::number;
        break;
    case column_type::boolean:
        into.value.what = json::kind::boolean;
        break;
    default:
        into.value.what = json::kind::string;
        break;
    }
    if (text.find('\0') != std::string_view::npos)
        return refuse(reason::invalid_text, "holds a NUL");
    return std::nullopt;
}

verdict column_compiler::check_default(const default_plan& made) const
{
    workspace work;
    if (!plan_.is_array)
        return read_value(plan_, {made.value}, false, work);
    if (made.value.what != json::kind::array)
        return refuse(reason::wrong_type, "no array");
    for (const json::value& element : made.elements)
        if (element.what != json::kind::null)
            if (const verdict refused = read_value(plan_, {element}, false, work))
                return refused;
    return std::nullopt;
}

column_plan compile_column(const config::column& from, std::string_view table,
                           pointer_set& pointers, std::vector<mapping_error>& errors)
{
    return column_compiler(from, pointers, errors).compile(table);
}

} // namespace sluice::transform
