// The SQS client of a test, and an HTTP server that answers what the test says.
#pragma once

#include "source/sqs/client.hpp"
#include "unit/net/server_rig.hpp"

#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::test {

// One answer of the scripted service.
struct scripted_answer
{
    unsigned status = 200;
    std::string body = "{}";
    std::string fields{}; // whole lines
    bool drop = false;    // close the connection without an answer
    std::string content_type = "application/x-amz-json-1.0";
};

struct seen_request
{
    std::string target; // X-Amz-Target
    std::string authorization;
    std::string date; // X-Amz-Date
    std::string body;
};

// Credentials that a test exchanges.
class renewable_credentials final : public aws::credentials_provider
{
public:
    awaitable<aws::credentials_ptr> get() override { co_return current; }
    void refuse(const aws::credentials_ptr&) override
    {
        ++refused;
        if (next)
            current = std::move(next);
    }
    [[nodiscard]] std::optional<wall_time> expires_at() const noexcept override
    {
        return current->expires_at;
    }
    [[nodiscard]] std::string origin() const override { return "the test"; }

    static aws::credentials_ptr make(std::string id)
    {
        return std::make_shared<const aws::credentials>(
            aws::credentials{std::move(id), secret("wJalrXUtnFEMI"), {}, {}});
    }

    aws::credentials_ptr current = make("AKIDFIRST");
    aws::credentials_ptr next;
    int refused = 0;
};

class room_of_test final : public sqs::response_room
{
public:
    awaitable<bool> make_room(std::size_t body_bytes) override
    {
        asked.push_back(body_bytes);
        co_return there_is_room;
    }

    bool there_is_room = true;
    std::vector<std::size_t> asked;
};

class client_of_test
{
public:
    static constexpr const char* queue_url = "http://127.0.0.1/000000000000/q";

    explicit client_of_test(int attempts_max = 3)
        : caller(http.time, random,
                 {.host_field = "sqs.test",
                  .scope = {"eu-west-1", "sqs"},
                  .target_prefix = "AmazonSQS",
                  .user_agent = "test"},
                 credentials, attempts_max, count)
    {
        http.time_flows = true; // pauses between attempts pass by themselves
    }

    ~client_of_test()
    {
        http.play([this]() -> awaitable<void> {
            connections->polls.close_all();
            connections->calls.close_all();
            http.server.stop();
            co_return;
        });
        polls.reset();
        calls.reset();
        http.finish();
    }

    // What the call throws, if it does.
    std::optional<sqs::failure> failure_of(std::function<awaitable<void>()> call)
    {
        std::optional<sqs::failure> out;
        http.play([&]() -> awaitable<void> {
            try {
                co_await call();
            } catch (const sqs::queue_error& error) {
                out = error.why();
                text = error.what();
            }
        });
        return out;
    }

    // The script is played in order; behind it the last answer is repeated.
    std::deque<scripted_answer> script{{}};
    std::vector<seen_request> seen;
    std::string text; // of the last queue_error
    seeded_random random{1};
    renewable_credentials credentials;
    sqs::request_counters count;

    server_rig http{[this](const net::http_request& request, net::http_response& response) {
        return answer(request, response);
    }};
    std::unique_ptr<net::http_client> polls = make_http();
    std::unique_ptr<net::http_client> calls = make_http();
    std::optional<sqs::client_connections> connections{{*polls, *calls}};
    sqs::caller caller;
    sqs::client client{http.time, caller, *connections, queue_url};

private:
    std::unique_ptr<net::http_client> make_http()
    {
        const net::url server{
            .encrypted = false, .host = "127.0.0.1", .port = http.server.port(), .path = "/"};
        return std::make_unique<net::http_client>(http.executor(), http.time, server);
    }

    awaitable<void> answer(const net::http_request& request, net::http_response& response)
    {
        seen.push_back({std::string(request.field("X-Amz-Target")),
                        std::string(request.field("Authorization")),
                        std::string(request.field("X-Amz-Date")), std::string(request.body)});
        const scripted_answer now = script.front();
        if (script.size() > 1)
            script.pop_front();
        if (now.drop) {
            request.connection->close();
            co_return;
        }
        response.status = now.status;
        response.content_type = now.content_type;
        response.extra_fields = now.fields;
        response.body.append(now.body);
    }
};

} // namespace sluice::test
