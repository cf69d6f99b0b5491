// The service behind a real HTTP server on the loopback, with a clock of the test.
#pragma once

#include "sqs_server/server/sqs_service.hpp"
#include "unit/net/server_rig.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>

namespace sluice::sqs_server {

inline const std::string queue_member = R"("QueueUrl":"http://127.0.0.1:9324/000000000000/q")";

inline std::string http_request_of(std::string_view operation_name, std::string_view members,
                                   std::string_view more_fields = "")
{
    const std::string body =
        fmt::format("{{{}{}{}}}", queue_member, members.empty() ? "" : ",", members);
    return fmt::format("POST / HTTP/1.1\r\nHost: 127.0.0.1:9324\r\n"
                       "Content-Type: application/x-amz-json-1.0\r\n"
                       "X-Amz-Target: AmazonSQS.{}\r\n{}Content-Length: {}\r\n\r\n{}",
                       operation_name, more_fields, body.size(), body);
}

class service_rig
{
public:
    explicit service_rig(service_options options = {}) : service(http.time, std::move(options))
    {
        service.queues().create("q", {}, {}, http.time.wall_now());
    }

    ~service_rig()
    {
        // Inside the loop: Asio posts a cancellation that comes from outside, and a session that
        // ends before that is gone when it arrives.
        http.play([this]() -> awaitable<void> {
            http.server.stop();
            co_return;
        });
        http.finish();
    }

    [[nodiscard]] queue& q() { return service.queues().at("q"); }

    void send(std::string_view body)
    {
        const std::string answer = ask("SendMessage", fmt::format(R"("MessageBody":"{}")", body));
        REQUIRE(answer.starts_with("HTTP/1.1 200 "));
    }

    // Everything that the server sends for one request on a connection of its own.
    std::string ask(std::string_view operation_name, std::string_view members)
    {
        return http.answer_to(http_request_of(operation_name, members, "Connection: close\r\n"));
    }

    // Starts a long poll; its whole answer comes into the string when there is one.
    void poll(std::string& answer, int wait_seconds = 20)
    {
        const std::string request =
            http_request_of("ReceiveMessage", fmt::format(R"("WaitTimeSeconds":{})", wait_seconds),
                            "Connection: close\r\n");
        const std::size_t before = waiting_polls_seen_;
        http.start([this, &answer, request]() -> awaitable<void> {
            test::raw_peer peer = co_await http.connect();
            co_await peer.send(request);
            answer = co_await peer.read_all();
        });
        // Until the server sleeps for it: the polls of a test begin in order.
        http.run_until([&] { return service.waiting() > before || !answer.empty(); });
        waiting_polls_seen_ = service.waiting();
    }

    test::server_rig http{[this](const net::http_request& request, net::http_response& response) {
        return service.handle(request, response);
    }};
    sqs_service service;

private:
    std::size_t waiting_polls_seen_ = 0;
};

} // namespace sluice::sqs_server
