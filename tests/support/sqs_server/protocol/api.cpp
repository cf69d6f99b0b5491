#include "sqs_server/protocol/api.hpp"

#include "sqs_server/protocol/handlers.hpp"
#include "sqs_server/protocol/json_text.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::sqs_server {
namespace {

// In the order of the enumerators.
constexpr std::array<handler, operation_count> handlers = {
    cancel_message_move_task,
    change_message_visibility,
    change_message_visibility_batch,
    create_queue,
    delete_message,
    delete_message_batch,
    delete_queue,
    get_queue_attributes,
    get_queue_url,
    list_dead_letter_source_queues,
    list_message_move_tasks,
    list_queue_tags,
    list_queues,
    purge_queue,
    receive_message,
    send_message,
    send_message_batch,
    set_queue_attributes,
    start_message_move_task,
    tag_queue,
    untag_queue,
};

// Runs `work`; whatever it is refused for becomes the reply, and then the result is `refused`.
template <class Result, class Work>
Result guarded(reply& out, Result refused, Work&& work)
{
    try {
        return work();
    } catch (const refusal& why) {
        refuse(why, out);
    } catch (const simdjson::simdjson_error& why) {
        refuse(refusal(errc::serialization, why.what()), out);
    }
    return refused;
}

} // namespace

void refuse(const refusal& why, reply& out)
{
    const error_form& form = form_of(why.code());
    out.status = form.status;
    out.query_error =
        fmt::format("{};{}", form.legacy_code, form.sender_fault ? "Sender" : "Receiver");
    out.body.clear();
    append_all(out.body, "{\"__type\":\"", form.type, "\",\"message\":\"");
    append_escaped(out.body, why.message());
    out.body.append("\"}");
}

void api::answer(const call& in, reply& out)
{
    guarded(out, false, [&] {
        context_.of.tasks().advance(in.now);
        handlers[static_cast<std::size_t>(in.what)](context_, in, out.body);
        return true;
    });
}

std::optional<receive_call> api::begin_receive(const call& in, reply& out)
{
    return guarded(out, std::optional<receive_call>(),
                   [&] { return std::optional(read_receive(context_, in.body)); });
}

bool api::must_wait(const receive_call& what, const call& in, reply& out)
{
    return guarded(out, false, [&] {
        context_.of.tasks().advance(in.now);
        return !try_receive(context_, what, in.now, in.faults, out.body);
    });
}

void api::end_empty(reply& out)
{
    out.body.append("{}");
}

} // namespace sluice::sqs_server
