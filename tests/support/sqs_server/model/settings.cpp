#include "sqs_server/model/settings.hpp"

#include "sqs_server/model/redrive.hpp"
#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <functional>

namespace sluice::sqs_server {
namespace {

refusal bad_value(std::string_view name)
{
    return {errc::invalid_attribute_value,
            fmt::format("Invalid value for the parameter {}.", name)};
}

struct bounds
{
    std::int64_t least;
    std::int64_t most;
};

std::int64_t number(std::string_view name, std::string_view text, bounds within)
{
    std::int64_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || value < within.least ||
        value > within.most)
        throw bad_value(name);
    return value;
}

bool flag(std::string_view name, std::string_view text)
{
    if (text == "true")
        return true;
    if (text != "false")
        throw bad_value(name);
    return false;
}

bool one_of(std::string_view name, std::string_view text, std::string_view no, std::string_view yes)
{
    if (text == yes)
        return true;
    if (text != no)
        throw bad_value(name);
    return false;
}

// One settable attribute: how text becomes a setting, and back. `write` gives an empty text where
// the attribute is absent from an answer.
struct attribute
{
    std::string_view name;
    bool fifo_only;
    void (*read)(queue_settings&, std::string_view name, const std::string& text);
    std::string (*write)(const queue_settings&);
};

template <seconds queue_settings::* Member, std::int64_t Least, std::int64_t Most>
constexpr attribute time_attribute(std::string_view name)
{
    return {name, false,
            [](queue_settings& into, std::string_view of, const std::string& text) {
                into.*Member = seconds(number(of, text, {Least, Most}));
            },
            [](const queue_settings& from) { return std::to_string((from.*Member).count()); }};
}

template <std::string queue_settings::* Member>
constexpr attribute text_attribute(std::string_view name)
{
    return {name, false,
            [](queue_settings& into, std::string_view, const std::string& text) {
                into.*Member = text;
            },
            [](const queue_settings& from) { return from.*Member; }};
}

std::string to_text(bool value)
{
    return value ? "true" : "false";
}

constexpr std::array attributes = std::to_array<attribute>({
    time_attribute<&queue_settings::visibility, 0, 43'200>("VisibilityTimeout"),
    time_attribute<&queue_settings::retention, 60, 1'209'600>("MessageRetentionPeriod"),
    time_attribute<&queue_settings::delay, 0, 900>("DelaySeconds"),
    time_attribute<&queue_settings::wait, 0, 20>("ReceiveMessageWaitTimeSeconds"),
    {"MaximumMessageSize", false,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.message_bytes = static_cast<std::size_t>(number(of, text, {1024, message_bytes_max}));
     },
     [](const queue_settings& from) { return std::to_string(from.message_bytes); }},
    {"RedrivePolicy", false,
     [](queue_settings& into, std::string_view, const std::string& text) {
         into.redrive = read_redrive_policy(text);
     },
     [](const queue_settings& from) { return from.redrive ? from.redrive->text : std::string(); }},
    {"RedriveAllowPolicy", false,
     [](queue_settings& into, std::string_view, const std::string& text) {
         check_redrive_allow_policy(text);
         into.redrive_allow_policy = text;
     },
     [](const queue_settings& from) { return from.redrive_allow_policy; }},
    text_attribute<&queue_settings::policy>("Policy"),
    {"KmsMasterKeyId", false,
     [](queue_settings& into, std::string_view, const std::string& text) {
         into.kms_key = text;
         into.managed_encryption = into.managed_encryption && text.empty(); // one or the other
     },
     [](const queue_settings& from) { return from.kms_key; }},
    {"KmsDataKeyReusePeriodSeconds", false,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.kms_reuse = seconds(number(of, text, {60, 86'400}));
     },
     [](const queue_settings& from) {
         return from.kms_key.empty() ? std::string() : std::to_string(from.kms_reuse.count());
     }},
    {"SqsManagedSseEnabled", false,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.managed_encryption = flag(of, text);
     },
     [](const queue_settings& from) { return to_text(from.managed_encryption); }},
    {"FifoQueue", true,
     [](queue_settings&, std::string_view, const std::string& text) {
         if (text != "true")
             throw refusal(errc::invalid_attribute_value,
                           "Invalid value for the parameter FifoQueue. Reason: Modifying queue "
                           "type is not supported.");
     },
     [](const queue_settings& from) { return to_text(from.fifo); }},
    {"ContentBasedDeduplication", true,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.content_deduplication = flag(of, text);
     },
     [](const queue_settings& from) { return to_text(from.content_deduplication); }},
    {"DeduplicationScope", true,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.deduplicate_by_group = one_of(of, text, "queue", "messageGroup");
     },
     [](const queue_settings& from) {
         return std::string(from.deduplicate_by_group ? "messageGroup" : "queue");
     }},
    {"FifoThroughputLimit", true,
     [](queue_settings& into, std::string_view of, const std::string& text) {
         into.throughput_by_group = one_of(of, text, "perQueue", "perMessageGroupId");
     },
     [](const queue_settings& from) {
         return std::string(from.throughput_by_group ? "perMessageGroupId" : "perQueue");
     }},
});

refusal unknown(std::string_view name, bool fifo_only)
{
    if (fifo_only && (name == "DeduplicationScope" || name == "FifoThroughputLimit"))
        return {errc::invalid_attribute_name,
                fmt::format("You can specify the {} only when FifoQueue is set to true.", name)};
    return {errc::invalid_attribute_name, fmt::format("Unknown Attribute {}.", name)};
}

} // namespace

queue_settings apply(queue_settings base, const attribute_map& given)
{
    for (const auto& [name, text] : given) {
        const auto it = std::ranges::find(attributes, std::string_view(name), &attribute::name);
        if (it == attributes.end() || (it->fifo_only && !base.fifo))
            throw unknown(name, it != attributes.end());
        it->read(base, name, text);
    }
    if (base.throughput_by_group && !base.deduplicate_by_group)
        throw refusal(errc::invalid_attribute_value,
                      "Invalid value for the parameter FifoThroughputLimit. Reason: "
                      "perMessageGroupId needs DeduplicationScope messageGroup.");
    return base;
}

bool is_queue_attribute(std::string_view name) noexcept
{
    constexpr std::array<std::string_view, 6> told = {"QueueArn",
                                                      "CreatedTimestamp",
                                                      "LastModifiedTimestamp",
                                                      "ApproximateNumberOfMessages",
                                                      "ApproximateNumberOfMessagesNotVisible",
                                                      "ApproximateNumberOfMessagesDelayed"};
    return std::ranges::find(told, name) != told.end() ||
           std::ranges::find(attributes, name, &attribute::name) != attributes.end();
}

attribute_map to_attributes(const queue_settings& settings)
{
    attribute_map out;
    for (const attribute& each : attributes) {
        if (each.fifo_only && !settings.fifo)
            continue;
        if (std::string text = each.write(settings); !text.empty())
            out.emplace(each.name, std::move(text));
    }
    return out;
}

} // namespace sluice::sqs_server
