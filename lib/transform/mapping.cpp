#include "transform/mapping.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::transform {
namespace {

using config::mask_kind;

// Whether what `outer` takes holds what `inner` takes.
bool holds(const config::column& outer, const config::column& inner)
{
    const auto* const metadata = std::get_if<config::metadata_source>(&outer.from);
    const auto* const inner_metadata = std::get_if<config::metadata_source>(&inner.from);
    if (metadata != nullptr && inner_metadata != nullptr)
        return metadata->which == inner_metadata->which &&
               metadata->attribute_name == inner_metadata->attribute_name;
    if (metadata != nullptr)
        return metadata->which == config::metadata::body;
    if (inner_metadata != nullptr)
        return false;
    const auto& path = std::get<config::json_pointer>(outer.from).path;
    const auto& inner_path = std::get<config::json_pointer>(inner.from).path;
    return path.size() <= inner_path.size() &&
           std::equal(path.begin(), path.end(), inner_path.begin());
}

// A column in clear beside a mask of the same value would undo the mask.
void check_leaks(const config::record& record, std::vector<mapping_error>& errors)
{
    for (const config::column& masked : record.columns) {
        if (masked.mask == mask_kind::none)
            continue;
        for (const config::column& clear : record.columns)
            if (clear.mask == mask_kind::none && holds(clear, masked))
                errors.push_back({clear.line, clear.name, "from",
                                  fmt::format("would store in clear what column {} masks; mask it "
                                              "too, or take it from elsewhere",
                                              masked.name)});
    }
}

} // namespace

mapping::compiled mapping::compile(const config::pipeline& from)
{
    compiled out;
    const std::shared_ptr<mapping> made(new mapping());
    made->compile_columns(from, out.errors);
    check_leaks(from.record, out.errors);
    if (out.errors.empty())
        out.made = made;
    return out;
}

void mapping::compile_columns(const config::pipeline& from, std::vector<mapping_error>& errors)
{
    const std::string table = fmt::format("{}.{}", from.sink.schema, from.sink.table);
    form_ = from.record.form;
    pointers_.of_notification = form_.format == config::body_format::sns_json;
    columns_.reserve(from.record.columns.size());
    for (const config::column& column : from.record.columns)
        columns_.push_back(compile_column(column, table, pointers_, errors));
    pointers_.body.compile();
    pointers_.attributes.compile();
    reading_ = {.depth_max = from.limits.json_depth,
                .duplicate_keys_rejected = from.limits.duplicate_keys_rejected,
                .unknown_fields_rejected = from.record.unknown == config::unknown_fields::reject};
}

std::string_view mapping::column_name(std::int16_t index) const noexcept
{
    return index < 0 ? std::string_view() : columns_[static_cast<std::size_t>(index)].name;
}

bool mapping::needs_keyring() const noexcept
{
    return std::ranges::any_of(columns_, &column_plan::needs_key);
}

bool mapping::masks() const noexcept
{
    return std::ranges::any_of(columns_, &column_plan::is_masked);
}

void mapping::shape(row_batch& batch) const
{
    if (batch.columns.size() == columns_.size())
        return;
    batch.columns.clear();
    batch.columns.reserve(columns_.size());
    for (const column_plan& column : columns_)
        batch.columns.emplace_back(column.element());
}

} // namespace sluice::transform
