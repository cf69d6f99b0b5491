// A message body on its way to a row or a dead letter, with masked columns among the others. The
// first byte chooses how it comes: 'e' as it stands in the response, escaped; 'a' with message
// attributes, which are the first line; else the body as it was sent.
#include "core/big_endian.hpp"
#include "fuzz/messages.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/transformer.hpp"

#include <boost/json/parse.hpp>

#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using fuzz::canary;
using fuzz::element;
using fuzz::fill;
using fuzz::require;

constexpr std::string_view configuration = R"(
pipelines:
  people:
    source: { sqs: { queue_url: "http://127.0.0.1:9324/000000000000/people" } }
    record:
      columns:
        user_id:       { type: text, max_length: 128, from: /user_id, required: true }
        device_type:   { type: text, max_length: 32, from: /device_type }
        sealed_ip:     { type: text, max_length: 256, from: /ip, mask: seal }
        sealed_host:   { type: inet, from: /host, mask: seal }
        device_token:  { type: text, max_length: 256, from: /device_id, mask: token }
        network:       { type: inet, from: /peer, mask: truncate_ip }
        locale:        { type: text, from: /profile/locale, parse: lower, matches: "[a-z_-]*" }
        app_version:   { type: integer, from: /app_version, parse: version_major }
        amount:        { type: numeric, from: /amount, min: "-1000000" }
        ratio:         { type: double, from: /ratio }
        count:         { type: bigint, from: /count, parse: trim }
        active:        { type: boolean, from: /active }
        born:          { type: date, from: /born }
        seen_at:       { type: timestamptz, from: /seen_at }
        local_at:      { type: timestamp, from: /local_at, parse: { format: "%d/%m/%Y %H:%M" } }
        id:            { type: uuid, from: /id }
        extra:         { type: jsonb, from: /extra }
        picture:       { type: bytea, from: /picture }
        tags:          { type: "text[]", from: /tags }
        kind:          { type: text, from: "@attribute/kind" }
    sink: { postgres: { url: "postgresql://localhost/x", table: people } }
keys: { keyring: /nowhere }
)";

struct rig
{
    std::shared_ptr<const mapping> columns = fuzz::compiled(std::string(configuration));
    mask::keyring keys = mask::keyring::ephemeral();
    transformer work{columns, &keys};
    mask::opener opener{keys};
    row_batch batch;
    delivery first;
    delivery again;
    delivery replayed;
};

column_array& column_of(rig& with, std::string_view name)
{
    for (std::size_t i = 0; i < with.batch.columns.size(); ++i)
        if (with.columns->column_name(static_cast<std::int16_t>(i)) == name)
            return with.batch.columns[i];
    require(false, "the column is there");
    return with.batch.columns[0];
}

// The second parser looks at all there is; ours lets pass, in a field that nobody uses, a surrogate
// alone and a number that fits no type.
bool may_disagree(error_code ec, std::string_view body)
{
    return ec == boost::json::error::exponent_overflow ||
           body.find("\\ud") != std::string_view::npos ||
           body.find("\\uD") != std::string_view::npos;
}

const boost::json::value* member_of(const boost::json::value& document, std::string_view name)
{
    const auto* const found = document.get_object().if_contains({name.data(), name.size()});
    return found == nullptr || found->is_null() ? nullptr : found;
}

// The text of a member as a second parser reads it; nothing if it is null or not there.
std::optional<std::string> text_in(const boost::json::value& document, std::string_view name)
{
    const auto* const found = member_of(document, name);
    if (found == nullptr)
        return std::nullopt;
    require(found->is_string(), "only texts become texts");
    return std::string(found->get_string().data(), found->get_string().size());
}

// What a second parser makes of the body.
boost::json::value second_reading(std::string_view body, error_code& ec)
{
    boost::json::parse_options lenient;
    lenient.allow_invalid_utf8 = true;
    lenient.max_depth = 1000;
    return boost::json::parse({body.data(), body.size()}, ec, {}, lenient);
}

void check_values(rig& with, const boost::json::value& document)
{
    const auto active = element(column_of(with, "active"), 0);
    if (const auto* const found = member_of(document, "active"))
        require(active == std::string(1, found->as_bool() ? '\1' : '\0'),
                "a second parser reads the same truth");
    else
        require(!active, "what is not there is null");
    const auto count = element(column_of(with, "count"), 0);
    const auto* const number = member_of(document, "count");
    require(count.has_value() == (number != nullptr), "a count is there if it was sent");
    if (number != nullptr && number->is_int64())
        require(static_cast<std::int64_t>(load_big_endian<std::uint64_t>(count->data())) ==
                    number->get_int64(),
                "a second parser reads the same number");
    const auto extra = element(column_of(with, "extra"), 0);
    const auto* const part = member_of(document, "extra");
    require(extra.has_value() == (part != nullptr), "a part is there if it was sent");
    if (part == nullptr)
        return;
    error_code ec;
    constexpr std::size_t version_bytes = 1;
    const auto stored = second_reading(std::string_view(*extra).substr(version_bytes), ec);
    require(!ec && stored == *part, "what is stored whole is that part of the body");
}

void check_row(rig& with, std::string_view body)
{
    for (const char* const masked : {"sealed_ip", "sealed_host", "device_token", "network"})
        require(column_of(with, masked).finish().find(canary) == std::string_view::npos,
                "no masked column holds a value in clear");
    error_code ec;
    const boost::json::value document = second_reading(body, ec);
    if (ec && may_disagree(ec, body))
        return;
    require(!ec && document.is_object(), "a second parser agrees that it is an object");
    for (const char* const name : {"user_id", "device_type"})
        require(element(column_of(with, name), 0) == text_in(document, name),
                "a second parser reads the same text");
    check_values(with, document);
    const auto sealed = element(column_of(with, "sealed_ip"), 0);
    const auto clear = text_in(document, "ip");
    require(sealed.has_value() == clear.has_value(), "what is there is sealed");
    if (sealed) {
        const auto opened = with.opener.open(*sealed, "public.people.sealed_ip");
        require(opened && opened->bytes == *clear, "what was sealed is the value");
    }
}

// A refusal for the JSON itself is one that a second parser understands.
void check_refusal(const row_batch::letter_entry& letter, std::string_view body)
{
    error_code ec;
    const boost::json::value document = second_reading(body, ec);
    const bool is_object = !ec && document.is_object();
    if (letter.why == reason::not_json_object)
        require(!is_object, "no object is refused as none");
    constexpr std::int16_t user_id = 0;
    if (letter.why == reason::missing && letter.column == user_id && is_object)
        require(member_of(document, "user_id") == nullptr, "what is missing is not there");
}

// Nothing of the body leaves in clear, and what is kept of it is all of it: it can be replayed.
void check_letter(rig& with, std::string_view body, bool has_attributes)
{
    letter_columns& letters = with.batch.letters;
    for (column_array* const each :
         {&letters.message_id, &letters.reason, &letters.sqlstate, &letters.column_name,
          &letters.detail, &letters.body, &letters.attributes})
        require(each->finish().find(canary) == std::string_view::npos,
                "no dead letter holds a value in clear");
    require(element(letters.body_sealed, 0) == std::string(1, '\1'), "a body is sealed");
    const auto sealed = element(letters.body, 0);
    require(sealed.has_value(), "a body is kept");
    const auto opened = with.opener.open(*sealed, letter_body_domain);
    require(opened && opened->bytes == body, "the body that is kept is the body");
    if (has_attributes) // a replay has them too; here it would not
        return;
    const reason why = with.batch.letter_entries[0].why;
    fill(with.replayed,
         {"replayed", fuzz::escaped(opened->bytes), fuzz::md5_of(opened->bytes), {}});
    require(with.work.add({&with.replayed, 0}, with.batch) == outcome::dead_letter,
            "replayed as it is, a dead letter is one again");
    require(with.batch.letter_entries[1].why == why, "and for the same reason");
}

void check_counts(const rig& with, outcome became)
{
    const row_batch& batch = with.batch;
    require(batch.rows.size() == (became == outcome::row ? 1 : 0), "a row is a row");
    require(batch.letter_entries.size() == (became == outcome::dead_letter ? 1 : 0),
            "a dead letter is a dead letter");
    require(batch.corrupt.size() + batch.duplicates.size() == (became == outcome::corrupt ? 2 : 1),
            "the second of two is a duplicate, unless neither arrived whole");
    for (const column_array& each : batch.columns)
        require(each.count() == batch.rows.size(), "every column has a value a row");
    require(batch.row_keys.count() == batch.rows.size(), "every row has its key");
    require(batch.letters.reason.count() == batch.letter_entries.size(), "letters are whole");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static rig with;
    with.batch.clear();
    with.columns->shape(with.batch);
    const fuzz::message_parts from = fuzz::parts_of(fuzz::as_text(data, size));
    fill(with.first, from);
    fill(with.again, from);
    const outcome became = with.work.add({&with.first, 0}, with.batch);
    const outcome twin = with.work.add({&with.again, 0}, with.batch);
    require(became != outcome::duplicate, "the first is no duplicate");
    require(twin == (became == outcome::corrupt ? outcome::corrupt : outcome::duplicate),
            "the second is one");
    require(from.md5.empty() || became != outcome::corrupt, "what arrived whole is not corrupt");
    check_counts(with, became);
    const std::string_view body = with.first.messages[0].body;
    if (became == outcome::row)
        check_row(with, body);
    if (became == outcome::dead_letter) {
        check_refusal(with.batch.letter_entries[0], body);
        check_letter(with, body, !from.attributes.empty());
    }
    return 0;
}
