#include "sqs_server/model/account.hpp"

#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>

namespace sluice::sqs_server {
namespace {

constexpr std::size_t name_characters_max = 80;
constexpr std::string_view fifo_suffix = ".fifo";

bool plain(std::string_view name) noexcept
{
    return std::ranges::all_of(name, [](char c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
               c == '_' || c == '-';
    });
}

void check_name(std::string_view name, bool fifo)
{
    std::string_view stem = name;
    if (fifo) {
        if (!name.ends_with(fifo_suffix))
            throw refusal(errc::invalid_parameter_value,
                          "The name of a FIFO queue can only include alphanumeric characters, "
                          "hyphens, or underscores, must end with .fifo suffix and be 1 to 80 in "
                          "length");
        stem.remove_suffix(fifo_suffix.size());
    }
    if (stem.empty() || name.size() > name_characters_max || !plain(stem))
        throw refusal(errc::invalid_parameter_value,
                      "Can only include alphanumeric characters, hyphens, or underscores. 1 to 80 "
                      "in length");
}

std::string epoch_seconds(wall_time when)
{
    return std::to_string(
        std::chrono::duration_cast<std::chrono::seconds>(when.time_since_epoch()).count());
}

} // namespace

account::account(account_options options, observer& watcher)
    : options_(std::move(options)),
      watcher_(watcher),
      random_(options_.seed),
      tasks_(*this, random_)
{}

std::string account::arn_of(std::string_view name) const
{
    return fmt::format("arn:aws:sqs:{}:{}:{}", options_.region, options_.id, name);
}

queue& account::create(const std::string& name, const attribute_map& given,
                       const attribute_map& tags, wall_time now)
{
    const auto fifo = given.find("FifoQueue");
    if (queue* const existing = find(name)) {
        const attribute_map current = to_attributes(existing->settings());
        static_cast<void>(apply(existing->settings(), given)); // unknown names are refused first
        for (const auto& [attribute, value] : given) {
            const auto it = current.find(attribute);
            if (it == current.end() ? !value.empty() : it->second != value)
                throw refusal(errc::queue_name_exists,
                              fmt::format("A queue already exists with the same name and a "
                                          "different value for attribute {}",
                                          attribute));
        }
        return *existing;
    }
    queue_settings settings;
    settings.fifo = fifo != given.end() && fifo->second == "true";
    check_name(name, settings.fifo);
    settings = apply(std::move(settings), given);
    check_redrive(settings, arn_of(name));
    const auto deleted = deleted_.find(name);
    if (deleted != deleted_.end() && now < deleted->second + deleted_name_rests)
        throw refusal(errc::queue_deleted_recently,
                      fmt::format("You must wait {} seconds after deleting a queue before you can "
                                  "create another with the same name.",
                                  deleted_name_rests.count()));
    deleted_.erase(name);
    queue_identity identity{name, arn_of(name), ++last_queue_};
    auto made = std::make_unique<queue>(std::move(identity), std::move(settings),
                                        options_.behaviour, random_, watcher_, now);
    return *queues_.emplace(name, owned_queue{std::move(made), tags}).first->second.what;
}

void account::destroy(queue& which, wall_time now)
{
    which.drop_all(now);
    const std::string name = which.name();
    deleted_.insert_or_assign(name, now);
    queues_.erase(name);
}

queue* account::find(std::string_view name) noexcept
{
    const auto it = queues_.find(name);
    return it == queues_.end() ? nullptr : it->second.what.get();
}

queue& account::at(std::string_view name)
{
    if (queue* const found = find(name))
        return *found;
    throw refusal(errc::queue_does_not_exist, "The specified queue does not exist.");
}

queue* account::find_arn(std::string_view arn) noexcept
{
    const std::size_t colon = arn.rfind(':');
    if (colon == std::string_view::npos)
        return nullptr;
    queue* const found = find(arn.substr(colon + 1));
    return found != nullptr && found->arn() == arn ? found : nullptr;
}

std::vector<queue*> account::queues() noexcept
{
    std::vector<queue*> out;
    for (const auto& [name, owned] : queues_)
        out.push_back(owned.what.get());
    return out;
}

std::vector<queue*> account::sources_of(const queue& dead_letters) noexcept
{
    std::vector<queue*> out = queues();
    std::erase_if(out, [&](const queue* each) {
        const auto& redrive = each->settings().redrive;
        return !redrive || redrive->target_arn != dead_letters.arn();
    });
    return out;
}

void account::set_attributes(queue& which, const attribute_map& given, wall_time now)
{
    queue_settings settings = apply(which.settings(), given);
    if (given.contains("RedrivePolicy"))
        check_redrive(settings, which.arn());
    which.set(std::move(settings), now);
}

// A dead-letter queue must exist, be of the same kind, and consent.
void account::check_redrive(const queue_settings& settings, std::string_view source_arn)
{
    if (!settings.redrive)
        return;
    const queue* const target = find_arn(settings.redrive->target_arn);
    if (target == nullptr)
        throw invalid_value(settings.redrive->text, "RedrivePolicy",
                            "Dead letter target does not exist.");
    if (target->settings().fifo != settings.fifo)
        throw invalid_value(settings.redrive->text, "RedrivePolicy",
                            "Dead-letter queue must be same type of queue as the source.");
    if (!allows_redrive(target->settings().redrive_allow_policy, source_arn))
        throw invalid_value(settings.redrive->text, "RedrivePolicy",
                            "The RedriveAllowPolicy of the dead-letter queue does not allow this "
                            "source queue.");
}

attribute_map account::attributes_of(queue& which, wall_time now)
{
    which.advance(now);
    attribute_map out = to_attributes(which.settings());
    const message_counts counts = which.counts();
    out["QueueArn"] = which.arn();
    out["CreatedTimestamp"] = epoch_seconds(which.created_at());
    out["LastModifiedTimestamp"] = epoch_seconds(which.modified_at());
    out["ApproximateNumberOfMessages"] = std::to_string(counts.visible);
    out["ApproximateNumberOfMessagesNotVisible"] = std::to_string(counts.in_flight);
    out["ApproximateNumberOfMessagesDelayed"] = std::to_string(counts.delayed);
    return out;
}

attribute_map& account::tags_of(const queue& which)
{
    return queues_.find(which.name())->second.tags;
}

void account::receive(queue& from, const receive_options& options, wall_time now,
                      std::vector<received_message>& out)
{
    const auto& redrive = from.settings().redrive;
    queue* const dead_letters = redrive ? find_arn(redrive->target_arn) : nullptr;
    from.receive(options, dead_letters == &from ? nullptr : dead_letters, now, out);
}

} // namespace sluice::sqs_server
