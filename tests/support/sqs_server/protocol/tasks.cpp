// The operations on move tasks.
#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/plain_request.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <boost/json.hpp>

#include <algorithm>

namespace sluice::sqs_server {
namespace {

namespace json = boost::json;

constexpr std::int64_t listed_max = 10;

json::object to_json(const move_task& task)
{
    json::object out{
        {"Status", to_string(task.status)},
        {"SourceArn", task.source_arn},
        {"ApproximateNumberOfMessagesMoved", task.moved},
        {"ApproximateNumberOfMessagesToMove", task.to_move},
        {"StartedTimestamp", task.started_at.time_since_epoch().count()},
    };
    if (task.status == move_status::running)
        out["TaskHandle"] = task.handle;
    if (!task.destination_arn.empty())
        out["DestinationArn"] = task.destination_arn;
    if (task.messages_per_second)
        out["MaxNumberOfMessagesPerSecond"] = *task.messages_per_second;
    if (!task.failure.empty())
        out["FailureReason"] = task.failure;
    return out;
}

} // namespace

void start_message_move_task(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    move_task wanted;
    wanted.source_arn = request.text("SourceArn");
    wanted.destination_arn = request.optional_text("DestinationArn").value_or("");
    if (const auto rate = request.optional_integer("MaxNumberOfMessagesPerSecond")) {
        require_between("MaxNumberOfMessagesPerSecond", *rate, 1, move_rate_max);
        wanted.messages_per_second = static_cast<std::uint32_t>(*rate);
    }
    append_json(out, {{"TaskHandle", with.of.tasks().start(std::move(wanted), in.now).handle}});
}

void list_message_move_tasks(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const std::int64_t limit = request.optional_integer("MaxResults").value_or(1);
    require_between("MaxResults", limit, 1, listed_max);
    json::array results;
    for (const move_task* each : with.of.tasks().list(request.text("SourceArn"), in.now)) {
        if (static_cast<std::int64_t>(results.size()) == limit)
            break;
        results.push_back(to_json(*each));
    }
    append_json(out, {{"Results", std::move(results)}});
}

void cancel_message_move_task(context& with, const call& in, byte_buffer& out)
{
    const plain_request request(in.body);
    const move_task& task = with.of.tasks().cancel(request.text("TaskHandle"), in.now);
    append_json(out, {{"ApproximateNumberOfMessagesMoved", task.moved}});
}

} // namespace sluice::sqs_server
