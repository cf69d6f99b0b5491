// A dead letter on its way back: stored as the daemon stores it, opened and transformed again. The
// first byte chooses the keyring (even: none, and a mapping without masks), the next two which bit
// of what was sealed somebody turns; the rest is the message.
#include "core/big_endian.hpp"
#include "fuzz/messages.hpp"
#include "sink/postgres/letter_transform.hpp"
#include "transform/columns/date_time.hpp"

#include <fmt/format.h>

#include <array>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using fuzz::element;
using fuzz::require;
using postgres::letter;

// {0} and {1} are masks.
constexpr std::string_view configuration = R"(
pipelines:
  people:
    source: {{ sqs: {{ queue_url: "http://127.0.0.1:9324/000000000000/people" }} }}
    record:
      columns:
        user_id:       {{ type: text, max_length: 128, from: /user_id, required: true }}
        ip:            {{ type: text, max_length: 256, from: /ip {0} }}
        device_token:  {{ type: text, max_length: 256, from: /device_id {1} }}
        app_version:   {{ type: integer, from: /app_version, parse: version_major }}
        amount:        {{ type: numeric, from: /amount, min: "-1000000" }}
        seen_at:       {{ type: timestamptz, from: /seen_at }}
        extra:         {{ type: jsonb, from: /extra }}
        tags:          {{ type: "text[]", from: /tags }}
        kind:          {{ type: text, from: "@attribute/kind" }}
        group_id:      {{ type: text, from: "@group_id" }}
        message_id:    {{ type: text, from: "@message_id" }}
        sent_at:       {{ type: timestamptz, from: "@sent_at" }}
        received_at:   {{ type: timestamptz, from: "@received_at" }}
        receive_count: {{ type: bigint, from: "@receive_count" }}
        body:          {{ type: text, from: "@body" {0} }}
    sink: {{ postgres: {{ url: "postgresql://localhost/x", table: people }} }}
keys: {{ keyring: /nowhere }}
)";

// One deployment, with a keyring and masks, or without both.
struct rig
{
    explicit rig(bool masked)
        : columns(
              fuzz::compiled(fmt::format(fmt::runtime(configuration), masked ? ", mask: seal" : "",
                                         masked ? ", mask: token" : ""))),
          keys(masked ? std::optional(mask::keyring::ephemeral()) : std::nullopt)
    {
        columns->shape(live);
        columns->shape(unread);
    }

    [[nodiscard]] const mask::keyring* keyring() const { return keys ? &*keys : nullptr; }

    std::shared_ptr<const mapping> columns;
    std::optional<mask::keyring> keys;
    transformer work{columns, keyring()};
    postgres::letter_transform replays{columns, keyring()};
    postgres::letter_opener opener{keyring()};
    row_batch live;
    row_batch unread;
    delivery first;
    delivery again;
};

wall_time time_of(column_array& of)
{
    const auto bytes = element(of, 0);
    require(bytes && bytes->size() == 8, "a letter has its times");
    const auto since_2000 =
        static_cast<std::int64_t>(load_big_endian<std::uint64_t>(bytes->data())) / 1000;
    constexpr std::int64_t from_1970_to_2000_ms = 946'684'800'000;
    return wall_time(std::chrono::milliseconds(since_2000 + from_1970_to_2000_ms));
}

// The first letter of a batch, as it comes back out of the table.
letter stored(row_batch& batch)
{
    letter_columns& from = batch.letters;
    const auto count = element(from.receive_count, 0);
    require(count.has_value(), "a letter has a count");
    letter out;
    out.id = 1;
    out.pipeline = "people";
    out.message_id = element(from.message_id, 0).value_or("");
    out.reason = element(from.reason, 0).value_or("");
    out.column = element(from.column_name, 0);
    out.detail = element(from.detail, 0);
    out.body = element(from.body, 0);
    out.body_sealed = element(from.body_sealed, 0) == std::string(1, '\1');
    out.attributes = element(from.attributes, 0);
    out.receive_count = load_big_endian<std::uint32_t>(count->data());
    out.sent_at = time_of(from.sent_at);
    out.received_at = time_of(from.received_at);
    return out;
}

void check_same_row(row_batch& live, row_batch& replayed)
{
    for (std::size_t i = 0; i < live.columns.size(); ++i)
        require(live.columns[i].finish() == replayed.columns[i].finish(),
                "a replay gives the row that the message would have given");
    require(live.row_keys.finish() == replayed.row_keys.finish(), "it is the same message");
}

void check_same_refusal(const letter& live, const postgres::refused_letter& replayed)
{
    require(replayed.reason == live.reason && replayed.column == live.column.value_or("") &&
                replayed.detail == live.detail.value_or(""),
            "a replay refuses what the message was refused for");
    for (const std::string* const each : {&replayed.column, &replayed.detail})
        require(each->find(fuzz::canary) == std::string::npos, "a refusal holds no value");
}

// Whatever a letter was stored for, its replay ends as the message did.
void check_replay(rig& with, const letter& of)
{
    postgres::letter_work work = with.replays.begin();
    require(!with.replays.add(of, work), "what was stored opens");
    require(work.rows.size() == with.live.rows.size() &&
                work.letters.size() == with.live.letter_entries.size(),
            "a replay ends as the message did");
    if (!work.rows.empty())
        return check_same_row(with.live, work.batch);
    const auto refusals = with.replays.refusals(work);
    require(refusals.size() == 1, "it is one letter again");
    check_same_refusal(stored(with.live), refusals.front());
}

void check_refused(rig& with, const letter& of, const char* what)
{
    postgres::letter_work work = with.replays.begin();
    const auto refused = with.replays.add(of, work);
    require(refused && refused->reason == "cannot_open", what);
    require(work.batch.empty() && work.messages.empty(), "what does not open is not transformed");
    require(refused->detail.find(fuzz::canary) == std::string::npos, "a refusal holds no value");
}

std::string with_a_bit_turned(std::string text, std::uint8_t where, std::uint8_t bit)
{
    text[where * text.size() / 256] ^= static_cast<char>(1U << (bit % 8));
    return text;
}

// Nobody who can write to the table, but has no key, makes a row of a sealed letter.
void check_tampering(rig& with, const letter& of, std::uint8_t where, std::uint8_t bit)
{
    letter turned = of;
    turned.body = with_a_bit_turned(*of.body, where, bit);
    check_refused(with, turned, "no bit of a sealed body can be turned");
    require(!with.opener.body(turned).text, "and none of it can be read");

    letter cut = of;
    cut.body->resize(where * cut.body->size() / 256);
    check_refused(with, cut, "a sealed body cannot be shortened");

    letter moved = of;
    moved.attributes = of.body;
    check_refused(with, moved, "a body is no attributes");

    letter clear = of;
    clear.attributes = R"({"kind":{"DataType":"String","StringValue":"other"}})";
    check_refused(with, clear, "attributes in clear do not belong to a sealed body");

    if (of.attributes) {
        turned = of;
        turned.attributes = with_a_bit_turned(*of.attributes, where, bit);
        check_refused(with, turned, "no bit of sealed attributes can be turned");
        require(!with.opener.attributes(turned).text, "and none of them can be read");
    }
    static rig without_keys{false};
    check_refused(without_keys, of, "nothing sealed opens without its key");
}

void check_kept(rig& with, const message& what, const letter& as)
{
    const auto body = with.opener.body(as);
    require(body.text && *body.text == what.body, "the body that is kept is the body");
    const auto attributes = with.opener.attributes(as);
    require(attributes.text && *attributes.text == kept_attributes(what),
            "and so are its attributes");
    require(as.message_id == what.id && as.sent_at == what.sent_at &&
                as.receive_count == what.receive_count,
            "a letter keeps what it came with");
    require(as.body_sealed == with.keys.has_value(), "with a keyring bodies are sealed");
    require(!as.body_sealed || as.body->find(fuzz::canary) == std::string::npos,
            "no sealed body holds a value in clear");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    static rig clear{false};
    static rig sealed{true};
    std::string_view input = fuzz::as_text(data, size);
    rig& with = fuzz::take_choice(input) % 2 == 0 ? clear : sealed;
    const auto where = static_cast<std::uint8_t>(fuzz::take_choice(input));
    const auto bit = static_cast<std::uint8_t>(fuzz::take_choice(input));
    const fuzz::message_parts from = fuzz::parts_of(input);
    if (!from.attributes.empty() && !from.attributes.starts_with('{'))
        return 0; // the envelope gives objects alone

    with.live.clear();
    with.unread.clear();
    fuzz::fill(with.first, from);
    fuzz::fill(with.again, from);
    if (bit % 2 == 1)
        for (delivery* const each : {&with.first, &with.again})
            each->messages[0].group_id = R"(acct-\"7\\)";
    const outcome became = with.work.add({&with.first, 0}, with.live);
    if (became == outcome::corrupt)
        return 0;
    // As a message that was never looked at, which tells whatever it is how it would have ended.
    require(with.work.refuse({&with.again, 0}, reason::poison, with.unread) == outcome::dead_letter,
            "what arrived whole can be set aside");
    const letter set_aside = stored(with.unread);
    check_kept(with, with.first.messages[0], set_aside);
    check_replay(with, set_aside);
    if (became == outcome::dead_letter)
        check_replay(with, stored(with.live));
    if (set_aside.body_sealed)
        check_tampering(with, set_aside, where, bit);
    return 0;
}
