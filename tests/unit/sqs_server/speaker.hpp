// Speaks the JSON protocol with an account, without a network.
#pragma once

#include "sqs_server/protocol/api.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <string>
#include <string_view>
#include <utility>

namespace sluice::sqs_server {

namespace json = boost::json;

struct answer
{
    unsigned status = 0;
    std::string query_error;
    std::string text;

    [[nodiscard]] json::value body() const { return json::parse(text); }
    [[nodiscard]] std::string type() const { return text_at("__type"); }
    [[nodiscard]] std::string message() const { return text_at("message"); }
    [[nodiscard]] std::string text_at(std::string_view member) const
    {
        return std::string(body().at(json::string_view(member)).as_string());
    }
};

class speaker
{
public:
    // `request` is JSON; QUEUE in it stands for the URL of the queue `q`.
    answer ask(std::string_view operation_name, std::string request, call_faults faults = {})
    {
        const auto what = operation_named(operation_name);
        REQUIRE(what);
        for (std::size_t at = request.find("QUEUE"); at != std::string::npos;
             at = request.find("QUEUE", at))
            request.replace(at, 5, url);
        byte_buffer body;
        reply out{.status = 200, .query_error = {}, .body = body};
        box_api.answer({.what = *what,
                        .body = request,
                        .host = "127.0.0.1:9324",
                        .now = now,
                        .faults = faults},
                       out);
        return {out.status, out.query_error, std::string(body.view())};
    }

    // The body of an answer that must be good.
    json::value get(std::string_view operation_name, std::string request)
    {
        const answer got = ask(operation_name, std::move(request));
        INFO(got.text);
        REQUIRE(got.status == 200);
        return got.text.empty() ? json::value(json::object()) : got.body();
    }

    void make(const std::string& name, std::string_view attributes = "{}")
    {
        get("CreateQueue",
            fmt::format(R"({{"QueueName":"{}","Attributes":{}}})", name, attributes));
        url = "http://127.0.0.1:9324/000000000000/" + name;
    }

    void send(std::string_view body)
    {
        get("SendMessage",
            R"({"QueueUrl":"QUEUE","MessageBody":)" + json::serialize(json::string(body)) + "}");
    }

    // The one message that must be there, everything asked for.
    json::object take()
    {
        const json::value got =
            get("ReceiveMessage", R"({"QueueUrl":"QUEUE","MessageSystemAttributeNames":["All"],
                                      "MessageAttributeNames":["All"]})");
        return got.at("Messages").as_array().at(0).as_object();
    }

    wall_time now{std::chrono::milliseconds(1'768'469'400'000)};
    std::string url;
    observer nobody;
    account box{{}, nobody};
    api box_api{box};
};

inline std::string text(const json::value& from)
{
    return std::string(from.as_string());
}

} // namespace sluice::sqs_server
