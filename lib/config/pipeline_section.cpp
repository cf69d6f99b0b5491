#include "config/document.hpp"
#include "config/fields.hpp"
#include "config/sections.hpp"

#include <utility>

namespace sluice::config {
namespace {

constexpr std::size_t mebibyte = std::size_t{1} << 20;

// One receive brings up to ten messages; SQS hands out no more than 120000 at a time.
constexpr count_bounds in_flight_messages{10, 120'000};
constexpr size_bounds in_flight_bytes{mebibyte, 65'536 * mebibyte};
constexpr count_bounds json_depth{1, 1000};

constexpr count_bounds brake_share{1, 100};
constexpr count_bounds brake_count{1, 1'000'000};
constexpr duration_bounds brake_window{std::chrono::seconds{1}, std::chrono::hours{1}};

// The queue is looked at four times a minute, and a daemon takes a while to start.
constexpr duration_bounds target_age{std::chrono::seconds{30}, std::chrono::hours{24}};
constexpr count_bounds replicas_max{1, 1000};

constexpr std::array<named<bool>, 2> duplicate_key_words{{{"reject", true}, {"last_wins", false}}};

// ---- tests -------------------------------------------------------------------------------------

using row_columns = decltype(record_test::row);

field row_field(std::optional<row_columns>& out)
{
    field result;
    result.read = [&out](const node& from) {
        out.emplace();
        const auto entries = from.entries();
        if (!entries)
            return;
        for (const node::entry& entry : *entries) {
            if (entry.value.is_null())
                out->emplace_back(entry.name, std::nullopt);
            else if (const auto got = entry.value.text())
                out->emplace_back(entry.name, got->value.reveal());
        }
    };
    return result;
}

field attributes_field(decltype(record_test::attributes)& out)
{
    field result;
    result.read = [&out](const node& from) {
        const auto entries = from.entries();
        if (!entries)
            return;
        for (const node::entry& entry : *entries)
            if (const auto got = entry.value.text())
                out.emplace_back(entry.name, got->value.reveal());
    };
    return result;
}

void describe(form& keys, record_test& test)
{
    std::optional<row_columns> row;
    test.line = keys.line();
    keys.key("in", text(test.in, nullptr), {.help = "a message body", .required = true});
    keys.key("attributes", attributes_field(test.attributes),
             {.help = "message attributes, by name"});
    keys.key("row", row_field(row), {.help = "columns of the row that it becomes"});
    keys.key("dead_letter", optional_text(test.dead_letter),
             {.help = "the reason it is refused for, and the column"});
    if (row.has_value() == test.dead_letter.has_value())
        keys.refuse({"expects neither or both of row and dead_letter", "give one of the two"});
    test.row = std::move(row).value_or(row_columns{});
}

void describe(form& keys, limits& most)
{
    keys.key("in_flight_messages", count(most.in_flight_messages, in_flight_messages),
             {.help = "received and not yet deleted"});
    keys.key("in_flight_bytes", size(most.in_flight_bytes, in_flight_bytes),
             {.help = "memory of those messages"});
    keys.key("json_depth", count(most.json_depth, json_depth),
             {.help = "a body nested deeper is a dead letter"});
    keys.key("duplicate_keys", choice(most.duplicate_keys_rejected, duplicate_key_words),
             {.help = "a body that names a key twice"});
}

void describe(form& keys, scale& wanted)
{
    keys.key("target_age", duration(wanted.target_age, target_age),
             {.help = "how long messages may wait on the queue"});
    keys.key("max", count(wanted.max, replicas_max), {.help = "daemons at most"});
}

void describe(form& keys, brake& too_many)
{
    keys.key("share", percent(too_many.share_percent, brake_share),
             {.help = "of all messages in the window"});
    keys.key("count", count(too_many.count, brake_count),
             {.help = "and at least so many dead letters"});
    keys.key("window", duration(too_many.window, brake_window), {.help = "how far it looks back"});
}

void describe_on_error(form& keys, brake& too_many)
{
    keys.key("record", only("dead_letter", {"leave", "stop"}),
             {.help = "a message that is refused"});
    keys.section_or_off("brake", {.help = "too many dead letters: a pause until a restart"},
                        too_many.on, [&](form& inner) { describe(inner, too_many); });
}

} // namespace

void describe(form& keys, pipeline& one)
{
    one.line = keys.line();
    keys.section("source", {.help = "where messages come from", .required = true},
                 [&](form& inner) {
                     inner.section("sqs", {.help = "a queue of Amazon SQS", .required = true},
                                   [&](form& sqs) { describe(sqs, one.source); });
                 });
    keys.section("record", {.help = "what a message must be, and what is kept", .required = true},
                 [&](form& inner) { describe(inner, one.record); });
    keys.section("sink", {.help = "where rows go", .required = true}, [&](form& inner) {
        inner.section("postgres", {.help = "a table of PostgreSQL", .required = true},
                      [&](form& postgres) { describe(postgres, one.sink); });
    });
    keys.section("on_error", {}, [&](form& inner) { describe_on_error(inner, one.brake); });
    keys.section("limits", {}, [&](form& inner) { describe(inner, one.limits); });
    keys.section("scale", {.help = "how many daemons sluice_desired_replicas asks for"},
                 [&](form& inner) { describe(inner, one.scale); });
    keys.list("tests",
              {.help = "run by sluice check",
               .example = R"([{ in: '{"user_id":"u1"}', row: { user_id: u1 } }])"},
              [&](form& inner) { describe(inner, one.tests.emplace_back()); });
}

} // namespace sluice::config
