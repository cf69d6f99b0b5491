#include "transform/transformer.hpp"

#include "core/encoding.hpp"
#include "transform/json/number.hpp"

#include <fmt/format.h>

namespace sluice::transform {

using json::kind;

namespace {

constexpr std::size_t attributes_depth_max = 8;

} // namespace

transformer::transformer(std::shared_ptr<const mapping> columns, const mask::keyring* keys)
    : mapping_(std::move(columns)),
      engine_(keys != nullptr ? std::make_unique<mask::seal_engine>(*keys) : nullptr),
      letters_(*mapping_, engine_.get()),
      body_(mapping_->body_paths(), mapping_->reading()),
      attributes_(mapping_->attribute_paths(), {.depth_max = attributes_depth_max})
{
    writers_.reserve(mapping_->columns().size());
    for (const column_plan& plan : mapping_->columns())
        writers_.emplace_back(plan, keys, engine_.get());
    marks_.resize(writers_.size());
    if (!mapping_->form().is_bare())
        envelope_ =
            std::make_unique<body_envelope>(mapping_->form(), mapping_->reading().depth_max);
    if (mapping_->uses_queue_attributes())
        attribute_digest_ = std::make_unique<attribute_digest>();
}

outcome transformer::add(receipt from, row_batch& to)
{
    const ledger_key key = key_of(*from);
    if (to.keys.contains(key)) {
        to.duplicates.push_back(from);
        return outcome::duplicate;
    }
    if (!opener_.open(from) || !has_whole_attributes(*from)) {
        to.corrupt.push_back(from);
        return outcome::corrupt;
    }
    to.keys.add(key);
    std::int16_t column = -1;
    if (const verdict refused = append_row(from, to, column)) {
        append_letter(from, key, *refused, column, to);
        return outcome::dead_letter;
    }
    to.row_keys.append(as_text(key));
    to.rows.push_back({key, from});
    return outcome::row;
}

outcome transformer::refuse(receipt from, reason why, row_batch& to)
{
    const ledger_key key = key_of(*from);
    if (to.keys.contains(key)) {
        to.duplicates.push_back(from);
        return outcome::duplicate;
    }
    if (!opener_.open(from)) {
        to.corrupt.push_back(from);
        return outcome::corrupt;
    }
    to.keys.add(key);
    letters_.append(from, key, {.why = why}, to);
    return outcome::dead_letter;
}

// On a refusal every column is as it was, and `column` is the one to blame, or -1.
verdict transformer::append_row(receipt from, row_batch& to, std::int16_t& column)
{
    if (const verdict refused = read(from))
        return refused;
    for (std::size_t i = 0; i < writers_.size(); ++i) {
        column_array& out = to.columns[i];
        marks_[i] = out.position();
        if (verdict refused = append_column(writers_[i], from, out)) {
            for (std::size_t undone = 0; undone <= i; ++undone)
                to.columns[undone].rewind(marks_[undone]);
            column = static_cast<std::int16_t>(i);
            return refused;
        }
    }
    return std::nullopt;
}

bool transformer::has_whole_attributes(const message& which)
{
    return !attribute_digest_ || which.attributes_md5.empty() ||
           attribute_digest_->is_of(which.attributes, which.attributes_md5);
}

verdict transformer::read(receipt from)
{
    record_ = from->body;
    std::string_view attributes = from->attributes;
    if (envelope_) {
        if (const verdict refused = envelope_->open(from->body))
            return refused;
        record_ = envelope_->record();
        if (mapping_->form().format == config::body_format::sns_json)
            attributes = envelope_->attributes();
    }
    if (const verdict refused = body_.read(record_))
        return refused;
    has_attributes_ = mapping_->uses_attributes() && !attributes.empty();
    if (has_attributes_ && attributes_.read(attributes))
        return transform::refuse(reason::unparsable, "the message attributes are no JSON object");
    return std::nullopt;
}

verdict transformer::append_column(column_writer& writer, receipt from, column_array& out)
{
    switch (writer.plan().source.from) {
    case origin::body_value:
        return append_body_value(writer, out);
    case origin::message_id:
        return append_text(writer, from->id, out);
    case origin::sent_at:
        return writer.append_time(from->sent_at, work_, out);
    case origin::received_at:
        return writer.append_time(from.from->received_at, work_, out);
    case origin::receive_count: {
        const fmt::format_int digits(from->receive_count);
        const json::value count{.what = kind::number, .text = {digits.data(), digits.size()}};
        return writer.append({count}, work_, out);
    }
    case origin::group_id: {
        const std::string_view group = from->group_id;
        const json::value id{.what = group.empty() ? kind::missing : kind::string,
                             .escaped = group.find('\\') != std::string_view::npos,
                             .text = group};
        return writer.append({id}, work_, out);
    }
    case origin::whole_body:
        return append_text(writer, record_, out);
    case origin::attribute:
        return append_attribute(writer, out);
    }
    return transform::refuse(reason::missing, "has no source");
}

verdict transformer::append_body_value(column_writer& writer, column_array& out)
{
    const json::value& value = body_.at(writer.plan().source.slot);
    verdict refused = writer.append({value, &body_}, work_, out);
    if (refused && refused->offset == refusal::no_offset && value.what != kind::missing)
        refused->offset = body_.offset_of(value);
    return refused;
}

// A text that is not escaped; an empty one is none.
verdict transformer::append_text(column_writer& writer, std::string_view text, column_array& out)
{
    const kind what = text.empty() ? kind::missing : kind::string;
    const json::value value{.what = what, .text = text};
    return writer.append({value}, work_, out);
}

// String and Binary attributes are texts, Number attributes numbers.
verdict transformer::append_attribute(column_writer& writer, column_array& out)
{
    json::value found;
    if (!has_attributes_)
        return writer.append({found}, work_, out);
    const attribute_slots& slots = writer.plan().source.attribute;
    const json::value& binary = attributes_.at(slots.binary);
    found = binary.what == kind::string ? binary : attributes_.at(slots.text);
    const bool is_number = attributes_.at(slots.type).text.starts_with("Number");
    if (is_number && found.what == kind::string && json::read_number(found.text))
        found.what = kind::number;
    return writer.append({found}, work_, out);
}

void transformer::append_letter(receipt from, const ledger_key& key, const refusal& refused,
                                std::int16_t column, row_batch& to)
{
    const std::string detail = detail_of(refused);
    letters_.append(from, key, {.why = refused.why, .column = column, .detail = detail}, to);
}

} // namespace sluice::transform
