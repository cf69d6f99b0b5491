#include "source/sqs/client.hpp"

#include "core/encoding.hpp"
#include "core/log.hpp"
#include "source/sqs/envelope.hpp"

#include <cassert>

namespace sluice::sqs {
namespace {

// Beyond the wait of a long poll, for the way there and back.
constexpr std::chrono::seconds poll_margin{10};
constexpr std::chrono::seconds call_time_max{10};

// What is taken for the length of a receive response that does not tell it.
constexpr std::size_t unknown_body_bytes = std::size_t{1} << 20;

} // namespace

client::client(clock& time, caller& service, client_connections connections,
               std::string_view queue_url)
    : clock_(time), service_(service), connections_(connections), requests_(queue_url)
{}

awaitable<steady_time> client::receive(const receive_options& options, response_room& room,
                                       delivery& into)
{
    const std::string body = requests_.receive(options);
    steady_time first_byte;
    auto read = [&](net::exchange& with) -> awaitable<void> {
        first_byte = with.first_byte_at();
        co_await read_messages(with, room, into);
    };
    co_await service_.call(
        {operation::receive_message, body, connections_.polls, options.wait + poll_margin}, read);
    co_return first_byte;
}

awaitable<void> client::read_messages(net::exchange& with, response_room& room, delivery& into)
{
    const auto told = with.content_length();
    bool granted = co_await room.make_room(told.value_or(unknown_body_bytes));
    if (!granted)
        throw queue_error(failure::abandoned, "no room for the answer");
    into.buffer.clear();
    co_await with.read_body(into.buffer, envelope_padding, clock_.now() + caller::body_time_max);
    if (!told)
        granted = co_await room.make_room(into.buffer.size());
    if (!granted)
        throw queue_error(failure::abandoned, "no room for the answer");
    into.received_at = clock_.wall_now();
    const std::string wrong = index_messages(into, into.buffer.size());
    if (!wrong.empty())
        throw malformed_reply(wrong);
}

awaitable<std::string> client::call(operation what, std::string_view body)
{
    std::string answer;
    auto read = [&](net::exchange& with) -> awaitable<void> {
        byte_buffer bytes;
        co_await with.read_body(bytes, 0, clock_.now() + caller::body_time_max);
        answer = bytes.view();
    };
    co_await service_.call({what, body, connections_.calls, call_time_max}, read);
    co_return answer;
}

awaitable<batch_result> client::batch_call(operation what, std::string_view body,
                                           std::size_t entries)
{
    const std::string answer = co_await call(what, body);
    try {
        batch_reply reply = read_batch_reply(answer, entries);
        for (const failed_entry& each : reply.failed)
            log::debug("sqs", "{}: an entry failed: {}", to_string(what), each.code);
        co_return std::move(reply.results);
    } catch (const malformed_reply& error) {
        throw queue_error(failure::transient, error.what());
    }
}

awaitable<batch_result> client::remove(std::span<const receipt> receipts)
{
    shelf<std::string>::loan body(bodies_);
    requests_.remove(receipts, *body);
    co_return co_await batch_call(operation::delete_message_batch, *body, receipts.size());
}

awaitable<batch_result> client::change_visibility(std::span<const receipt> receipts,
                                                  seconds timeout)
{
    shelf<std::string>::loan body(bodies_);
    requests_.change_visibility(receipts, timeout, *body);
    co_return co_await batch_call(operation::change_message_visibility_batch, *body,
                                  receipts.size());
}

awaitable<queue_attributes> client::attributes()
{
    const std::string body = requests_.attributes();
    const std::string answer = co_await call(operation::get_queue_attributes, body);
    try {
        co_return read_attributes(answer);
    } catch (const malformed_reply& error) {
        throw queue_error(failure::transient, error.what());
    }
}

awaitable<batch_reply> client::send(std::span<const outgoing> messages)
{
    std::string body;
    requests_.send(messages, body);
    const std::string answer = co_await call(operation::send_message_batch, body);
    try {
        co_return read_batch_reply(answer, messages.size());
    } catch (const malformed_reply& error) {
        throw queue_error(failure::transient, error.what());
    }
}

awaitable<void> client::ask_for_nothing()
{
    co_await call(operation::receive_message, requests_.receive_nothing());
}

awaitable<std::string> client::find_queue(std::string_view name)
{
    std::string body = R"({"QueueName":)";
    append_json_string(body, name);
    body.push_back('}');
    const std::string answer = co_await call(operation::get_queue_url, body);
    try {
        co_return read_queue_url(answer);
    } catch (const malformed_reply& error) {
        throw queue_error(failure::transient, error.what());
    }
}

} // namespace sluice::sqs
