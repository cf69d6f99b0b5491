#include "sqs_server/model/move_tasks.hpp"

#include "sqs_server/model/account.hpp"
#include "sqs_server/model/refusal.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <chrono>

namespace sluice::sqs_server {
namespace {

using std::chrono::milliseconds;

constexpr std::size_t finished_tasks_max = 100; // older ones are forgotten

std::uint32_t rate_of(const move_task& task) noexcept
{
    return task.messages_per_second.value_or(move_rate_max);
}

// The first message is due at once.
std::size_t due(const move_task& task, wall_time now) noexcept
{
    const auto elapsed = std::max(now - task.started_at, milliseconds(0));
    return static_cast<std::size_t>(elapsed.count()) * rate_of(task) / 1000 + 1;
}

refusal no_resource(std::string_view parameter)
{
    return {errc::resource_not_found,
            fmt::format("The resource that you specified for the {} parameter doesn't exist.",
                        parameter)};
}

} // namespace

std::string_view to_string(move_status status) noexcept
{
    switch (status) {
    case move_status::running:
        return "RUNNING";
    case move_status::completed:
        return "COMPLETED";
    case move_status::cancelled:
        return "CANCELLED";
    case move_status::failed:
        break;
    }
    return "FAILED";
}

const move_task& move_tasks::start(move_task wanted, wall_time now)
{
    queue* const source = account_.find_arn(wanted.source_arn);
    if (source == nullptr)
        throw no_resource("SourceArn");
    if (account_.sources_of(*source).empty())
        throw refusal(errc::invalid_parameter_value,
                      "Source queue must be configured as a Dead Letter Queue.");
    if (!wanted.destination_arn.empty() && account_.find_arn(wanted.destination_arn) == nullptr)
        throw no_resource("DestinationArn");
    advance(now);
    if (std::ranges::any_of(tasks_, [&](const move_task& task) {
            return task.source_arn == wanted.source_arn && task.status == move_status::running;
        }))
        throw refusal(errc::invalid_parameter_value,
                      "There is already a task running. Only one active task is allowed for a "
                      "source queue arn at a given time.");
    source->advance(now);
    wanted.handle = message_id::draw(random_).text();
    wanted.started_at = now;
    wanted.to_move = source->counts().visible;
    tasks_.push_front(std::move(wanted));
    if (tasks_.size() > finished_tasks_max && tasks_.back().status != move_status::running)
        tasks_.pop_back();
    return tasks_.front();
}

const move_task& move_tasks::cancel(std::string_view handle, wall_time now)
{
    const auto it = std::ranges::find(tasks_, handle, &move_task::handle);
    if (it == tasks_.end())
        throw refusal(errc::resource_not_found, "Task does not exist.");
    advance(*it, now);
    if (it->status != move_status::running)
        throw refusal(errc::resource_not_found, "Only active tasks can be cancelled.");
    it->status = move_status::cancelled;
    return *it;
}

std::vector<const move_task*> move_tasks::list(std::string_view source_arn, wall_time now)
{
    if (account_.find_arn(source_arn) == nullptr)
        throw no_resource("SourceArn");
    advance(now);
    std::vector<const move_task*> out;
    for (const move_task& task : tasks_)
        if (task.source_arn == source_arn)
            out.push_back(&task);
    return out;
}

void move_tasks::advance(wall_time now)
{
    for (move_task& task : tasks_)
        advance(task, now);
}

std::optional<wall_time> move_tasks::next_step() const noexcept
{
    std::optional<wall_time> next;
    for (const move_task& task : tasks_) {
        if (task.status != move_status::running)
            continue;
        const wall_time step =
            task.started_at + milliseconds((task.moved * 1000 + rate_of(task) - 1) / rate_of(task));
        next = next ? std::min(*next, step) : step;
    }
    return next;
}

void move_tasks::advance(move_task& task, wall_time now)
{
    while (task.status == move_status::running && task.moved < due(task, now))
        if (!move_one(task, now))
            break;
}

// False if the task has ended.
bool move_tasks::move_one(move_task& task, wall_time now)
{
    queue* const source = account_.find_arn(task.source_arn);
    std::optional<message_load> load;
    if (task.moved < task.to_move && source != nullptr)
        load = source->take_visible(now);
    if (!load) {
        task.status = source != nullptr ? move_status::completed : move_status::failed;
        task.failure = source != nullptr ? "" : "AWS.SimpleQueueService.NonExistentQueue";
        return false;
    }
    const std::string& origin = load->details ? load->details->source_arn : std::string();
    queue* const target =
        account_.find_arn(task.destination_arn.empty() ? origin : task.destination_arn);
    if (target == nullptr) {
        task.status = move_status::failed;
        task.failure = "CouldNotDetermineMessageSource";
        source->adopt(std::move(*load), now);
        return false;
    }
    const message_id old = load->id;
    load->id = message_id::draw(random_);
    load->sent_at = now;
    load->first_received_at = {};
    load->receive_count = 0;
    if (load->details)
        load->details->source_arn.clear();
    ++task.moved;
    source->tell({.kind = event_kind::moved,
                  .at = now,
                  .where = source,
                  .id = old,
                  .target = target,
                  .target_id = load->id});
    target->adopt(std::move(*load), now);
    return true;
}

} // namespace sluice::sqs_server
