#include "transform/columns/compiler.hpp"

#include <algorithm>

namespace sluice::transform {
namespace {

using config::metadata;

struct metadata_name
{
    metadata which;
    origin from;
    std::string_view text;
};

constexpr metadata_name names[] = {
    {metadata::message_id, origin::message_id, "@message_id"},
    {metadata::sent_at, origin::sent_at, "@sent_at"},
    {metadata::received_at, origin::received_at, "@received_at"},
    {metadata::receive_count, origin::receive_count, "@receive_count"},
    {metadata::group_id, origin::group_id, "@group_id"},
    {metadata::body, origin::whole_body, "@body"},
    {metadata::attribute, origin::attribute, "@attribute"},
};

} // namespace

void column_compiler::compile_source()
{
    if (const auto* const pointer = std::get_if<config::json_pointer>(&from_.from))
        compile_pointer(*pointer);
    else
        compile_metadata(std::get<config::metadata_source>(from_.from));
}

void column_compiler::compile_pointer(const config::json_pointer& pointer)
{
    if (pointer.path.empty() && plan_.type != column_type::jsonb)
        fail("from", "the whole body is an object, which only a jsonb column takes; set the type "
                     "to jsonb, or use @body for its text");
    plan_.source.from = origin::body_value;
    plan_.source.slot = pointers_.body.add(pointer.path, plan_.is_array);
}

void column_compiler::compile_metadata(const config::metadata_source& source)
{
    const auto& name = *std::ranges::find(names, source.which, &metadata_name::which);
    plan_.source.from = name.from;
    if (plan_.is_array) {
        fail("from", "{} is no array; set the type to {}", name.text, to_string(plan_.type));
        return;
    }
    switch (source.which) {
    case metadata::message_id:
        expect_types(name.text, {column_type::text, column_type::uuid});
        break;
    case metadata::sent_at:
    case metadata::received_at:
        expect_types(name.text,
                     {column_type::date, column_type::timestamp, column_type::timestamptz});
        break;
    case metadata::receive_count:
        expect_types(name.text, {column_type::integer, column_type::bigint, column_type::numeric});
        break;
    case metadata::group_id:
        expect_types(name.text, {column_type::text});
        break;
    case metadata::body:
        expect_types(name.text, {column_type::text, column_type::jsonb});
        if (plan_.type == column_type::jsonb)
            compile_pointer({});
        break;
    case metadata::attribute: {
        if (plan_.type == column_type::jsonb)
            fail("from", "a message attribute is no JSON; set the type to text");
        const std::string& attribute = source.attribute_name;
        pointers_.uses_attributes = true;
        const auto slot_of = [&](const char* of_queue, const char* of_notification) {
            return pointers_.attributes.add(
                {attribute, pointers_.of_notification ? of_notification : of_queue});
        };
        plan_.source.attribute = {.type = slot_of("DataType", "Type"),
                                  .text = slot_of("StringValue", "Value"),
                                  .binary = slot_of("BinaryValue", "Value")};
        break;
    }
    }
}

void column_compiler::expect_types(std::string_view source,
                                   std::initializer_list<column_type> types)
{
    if (std::ranges::find(types, plan_.type) != types.end())
        return;
    std::string list;
    for (const column_type type : types)
        list += fmt::format("{}{}", list.empty() ? "" : ", ", to_string(type));
    fail("from", "{} does not fit type {}; set the type to one of: {}", source,
         to_string(plan_.type), list);
}

} // namespace sluice::transform
