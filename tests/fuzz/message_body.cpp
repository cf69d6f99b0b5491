// A message body on its way to a row or a dead letter, with masked columns among the others. The
// first byte chooses how it comes: 'e' as it stands in the response, escaped; 'a' with message
// attributes, which are the first line; else the body as it was sent.
#include "config/load.hpp"
#include "core/encoding.hpp"
#include "fuzz/target.hpp"
#include "transform/column_cursor.hpp"
#include "transform/json/reader.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/transformer.hpp"

#include <boost/json/parse.hpp>

#include <openssl/evp.h>

#include <array>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using sluice::fuzz::require;

// The bodies of the corpus hold it; where personal data must not be in clear, it must not be.
constexpr std::string_view canary = "canary-7391-pii";

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

std::shared_ptr<const mapping> compiled()
{
    const auto got = config::load_text(configuration, "f.yaml", config::references::leave);
    for (const auto& each : got.findings)
        std::fprintf(stderr, "%s\n", config::to_string("f.yaml", each).c_str());
    require(got.ok(), "the configuration is good");
    auto out = mapping::compile(got.value.pipelines.at(0));
    require(out.made != nullptr, "the mapping is good");
    return out.made;
}

std::string md5_of(std::string_view text)
{
    std::array<unsigned char, 16> digest{};
    require(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr) == 1,
            "MD5 is there");
    return to_hex(digest);
}

std::string escaped(std::string_view body)
{
    std::string out;
    append_json_string(out, body);
    return out.substr(1, out.size() - 2);
}

struct parts
{
    std::string id;
    std::string token; // the body as it stands in the response
    std::string md5;
    std::string attributes;
};

// One message in a response of its own.
void fill(delivery& out, const parts& from)
{
    out.buffer.clear();
    out.buffer.append(from.id + '"' + from.token + '"' + from.md5 + '"' + from.attributes);
    out.buffer.append(std::string(json::padding_bytes, '"'));
    std::string_view rest = out.buffer.view();
    const auto take = [&rest](std::size_t bytes) {
        const std::string_view taken = rest.substr(0, bytes);
        rest.remove_prefix(bytes + 1);
        return taken;
    };
    message& one = out.messages[0];
    one = {};
    one.id = take(from.id.size());
    one.body_token = take(from.token.size());
    one.body_md5 = take(from.md5.size());
    one.attributes = take(from.attributes.size());
    one.sent_at = wall_time(std::chrono::milliseconds(1763640000123));
    one.receive_count = 1;
    out.count = 1;
}

std::optional<std::string> element(column_array& of, std::size_t index)
{
    column_cursor cursor(of.finish());
    for (std::size_t skipped = 0; skipped < index; ++skipped)
        static_cast<void>(cursor.next());
    const auto found = cursor.next();
    return found ? std::optional(std::string(*found)) : std::nullopt;
}

struct rig
{
    std::shared_ptr<const mapping> columns = compiled();
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

// The text of a member as a second parser reads it; nothing if it is null or not there.
std::optional<std::string> text_in(const boost::json::value& document, std::string_view name)
{
    const auto* const found = document.get_object().if_contains({name.data(), name.size()});
    if (found == nullptr || found->is_null())
        return std::nullopt;
    require(found->is_string(), "only texts become texts");
    return std::string(found->get_string().data(), found->get_string().size());
}

void check_row(rig& with, std::string_view body)
{
    for (const char* const masked : {"sealed_ip", "sealed_host", "device_token", "network"})
        require(column_of(with, masked).finish().find(canary) == std::string_view::npos,
                "no masked column holds a value in clear");
    boost::json::parse_options lenient;
    lenient.allow_invalid_utf8 = true;
    lenient.max_depth = 1000;
    error_code ec;
    const auto document = boost::json::parse({body.data(), body.size()}, ec, {}, lenient);
    if (ec && may_disagree(ec, body))
        return;
    require(!ec && document.is_object(), "a second parser agrees that it is an object");
    for (const char* const name : {"user_id", "device_type"})
        require(element(column_of(with, name), 0) == text_in(document, name),
                "a second parser reads the same text");
    const auto sealed = element(column_of(with, "sealed_ip"), 0);
    const auto clear = text_in(document, "ip");
    require(sealed.has_value() == clear.has_value(), "what is there is sealed");
    if (sealed) {
        const auto opened = with.opener.open(*sealed, "public.people.sealed_ip");
        require(opened && opened->bytes == *clear, "what was sealed is the value");
    }
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
    fill(with.replayed, {"replayed", escaped(opened->bytes), md5_of(opened->bytes), {}});
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

parts parts_of(std::string_view input)
{
    const char choice = fuzz::take_choice(input);
    if (choice == 'e') {
        // Not what could end the string: the envelope would have ended it there.
        std::string token(input);
        std::erase(token, '"');
        return {"m-1", std::move(token), {}, {}};
    }
    std::string attributes;
    if (choice == 'a')
        attributes = fuzz::take_line(input);
    return {"m-1", escaped(input), md5_of(input), std::move(attributes)};
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static rig with;
    with.batch.clear();
    with.columns->shape(with.batch);
    const parts from = parts_of(fuzz::as_text(data, size));
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
    else if (became == outcome::dead_letter)
        check_letter(with, body, !from.attributes.empty());
    return 0;
}
