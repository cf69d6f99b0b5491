#include "sink/postgres/letter_transform.hpp"

#include "transform/column_cursor.hpp"
#include "transform/dead_letters.hpp"
#include "transform/json/reader.hpp"

namespace sluice::postgres {
namespace {

// A message as it was received, its body open.
std::unique_ptr<delivery> make_message(const letter& from, const std::string& body,
                                       const std::string& attributes)
{
    auto made = std::make_unique<delivery>();
    const std::string padding(json::padding_bytes, '\0');
    for (const std::string& part : {body, padding, attributes, padding})
        made->buffer.append(part);
    made->count = 1;
    made->received_at = from.received_at;
    const std::string_view text = made->buffer.view();
    message& only = made->messages.front();
    only.id = from.message_id;
    only.body = text.substr(0, body.size());
    only.attributes = text.substr(body.size() + padding.size(), attributes.size());
    only.group_id = transform::kept_group_id(only.attributes);
    only.sent_at = from.sent_at;
    only.receive_count = from.receive_count;
    return made;
}

} // namespace

letter_transform::letter_transform(std::shared_ptr<const transform::mapping> columns,
                                   const mask::keyring* keys)
    : transformer_(std::move(columns), keys), opener_(keys)
{}

letter_work letter_transform::begin() const
{
    letter_work out;
    transformer_.columns().shape(out.batch);
    return out;
}

std::optional<refused_letter> letter_transform::add(const letter& from, letter_work& to)
{
    const auto body = opener_.body(from);
    const auto attributes = opener_.attributes(from);
    if (!body.text || !attributes.text)
        return refused_letter{
            from.id, from.message_id, "cannot_open", {}, body.text ? attributes.why : body.why};
    to.messages.push_back(make_message(from, *body.text, *attributes.text));
    switch (transformer_.add({to.messages.back().get(), 0}, to.batch)) {
    case transform::outcome::row:
        to.rows.push_back(&from);
        return std::nullopt;
    case transform::outcome::dead_letter:
        to.letters.push_back(&from);
        return std::nullopt;
    case transform::outcome::duplicate:
    case transform::outcome::corrupt:
        break;
    }
    return refused_letter{from.id,
                          from.message_id,
                          "duplicate",
                          {},
                          "another letter has the same message; replay it alone"};
}

std::vector<refused_letter> letter_transform::refusals(letter_work& of) const
{
    std::vector<refused_letter> out;
    transform::column_cursor details(of.batch.letters.detail.finish());
    for (std::size_t i = 0; i < of.letters.size(); ++i) {
        const auto& entry = of.batch.letter_entries[i];
        out.push_back({of.letters[i]->id, of.letters[i]->message_id,
                       std::string(to_string(entry.why)),
                       std::string(transformer_.columns().column_name(entry.column)),
                       std::string(details.next().value_or(""))});
    }
    return out;
}

} // namespace sluice::postgres
