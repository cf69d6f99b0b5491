// The servers that hand out credentials, all played by one, and a loop to ask them in.
#pragma once

#include "../net/server_rig.hpp"
#include "aws/identity/chain.hpp"
#include "aws/sigv4.hpp"

#include <catch2/catch.hpp>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <functional>
#include <map>
#include <string>
#include <vector>

namespace sluice::test {

using variables = std::map<std::string, std::string, std::less<>>;

struct identity_reply
{
    unsigned status = 200;
    std::string body{};
    std::string fields{}; // whole lines
    bool never = false;   // takes the request and says nothing
};

struct identity_request
{
    std::string line; // "GET /path"
    std::map<std::string, std::string, std::less<>> fields;
    std::string body;
    std::string host; // that was looked up
};

// Every host name and address is this server. Time flows whenever nothing else is to be done.
struct identity_rig : server_rig
{
    using answerer = std::function<identity_reply(const identity_request&)>;

    seeded_random random{7};
    std::vector<identity_request> seen;
    std::vector<std::string> looked_up;
    answerer answer;

    explicit identity_rig(answerer how = {}, net::http_server_options options = {})
        : server_rig([this](const net::http_request& request, net::http_response& response)
                         -> awaitable<void> { return serve(request, response); },
                     std::move(options)),
          answer(std::move(how))
    {
        time_flows = true;
    }

    [[nodiscard]] aws::identity_world around()
    {
        return {.executor = io.get_executor(),
                .time = time,
                .random = random,
                .resolve = [this](const std::string& host, std::uint16_t,
                                  steady_time) -> awaitable<net::addresses> {
                    looked_up.push_back(host);
                    co_return net::addresses{{asio::ip::address_v4::loopback(), server.port()}};
                }};
    }

    [[nodiscard]] std::shared_ptr<aws::plain_http> http()
    {
        return std::make_shared<aws::plain_http>(around(), std::string());
    }

    // What a source gives; its error instead, where it has one.
    aws::credentials fetch(aws::credentials_source& from)
    {
        std::optional<aws::credentials> got;
        play([&]() -> awaitable<void> { got = co_await from.fetch(); });
        return std::move(*got);
    }
    std::string error_of(aws::credentials_source& from)
    {
        try {
            fetch(from);
        } catch (const aws::settings_error& error) {
            return error.what();
        }
        return "no error";
    }

    aws::credentials_ptr get(aws::credentials_provider& from)
    {
        aws::credentials_ptr got;
        play([&]() -> awaitable<void> { got = co_await from.get(); });
        return got;
    }
    std::string error_of(aws::credentials_provider& from)
    {
        try {
            get(from);
        } catch (const aws::settings_error& error) {
            return error.what();
        }
        return "no error";
    }

    // "2026-01-15T10:30:00Z", so long from now.
    [[nodiscard]] std::string time_in(std::chrono::seconds span) const
    {
        const std::string basic = aws::amz_date(time.wall_now() + span);
        return basic.substr(0, 4) + '-' + basic.substr(4, 2) + '-' + basic.substr(6, 5) + ':' +
               basic.substr(11, 2) + ':' + basic.substr(13);
    }

    [[nodiscard]] std::string json_keys(const std::string& id, std::chrono::seconds life) const
    {
        return fmt::format(R"({{"Code":"Success","AccessKeyId":"{}","SecretAccessKey":"secret-{}",)"
                           R"("Token":"token-{}","Expiration":"{}"}})",
                           id, id, id, time_in(life));
    }

    [[nodiscard]] std::string sts_keys(const std::string& action, const std::string& id,
                                       std::chrono::seconds life) const
    {
        return fmt::format(
            R"(<{0}Response xmlns="https://sts.amazonaws.com/doc/2011-06-15/"><{0}Result>)"
            "<Credentials><AccessKeyId>{1}</AccessKeyId><SecretAccessKey>secret-{1}"
            "</SecretAccessKey><SessionToken>token-{1}</SessionToken>"
            "<Expiration>{2}</Expiration></Credentials></{0}Result></{0}Response>",
            action, id, time_in(life));
    }

private:
    awaitable<void> serve(const net::http_request& request, net::http_response& response)
    {
        identity_request kept{.line = fmt::format("{} {}", request.method, request.target),
                              .fields = {},
                              .body = std::string(request.body),
                              .host = looked_up.empty() ? std::string() : looked_up.back()};
        for (const net::http_field& each : request.fields)
            kept.fields.emplace(each.name, each.value);
        seen.push_back(kept);
        const identity_reply reply = answer(kept);
        if (reply.never) {
            sleeper forever(time);
            co_await forever.sleep(); // until the client hangs up
        }
        response.status = reply.status;
        response.extra_fields = reply.fields;
        response.body.append(reply.body);
    }
};

inline std::string sts_error(const std::string& code, const std::string& message = "why not")
{
    return fmt::format("<ErrorResponse><Error><Type>Sender</Type><Code>{}</Code><Message>{}"
                       "</Message></Error><RequestId>1</RequestId></ErrorResponse>",
                       code, message);
}

// A file that dies with the test.
class scratch_file
{
public:
    explicit scratch_file(const std::string& text)
    {
        static int count = 0;
        path_ = std::filesystem::temp_directory_path() /
                fmt::format("sluice-identity-{}-{}", getpid(), ++count);
        write(text);
    }
    scratch_file(const scratch_file&) = delete;
    scratch_file& operator=(const scratch_file&) = delete;
    ~scratch_file() { std::filesystem::remove(path_); }

    void write(const std::string& text) const { std::ofstream(path_) << text; }
    [[nodiscard]] std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

inline aws::shared_config profiles(std::map<std::string, aws::properties> all,
                                   std::string name = "default")
{
    aws::profile_set set;
    for (auto& [each, values] : all)
        set.profiles[each].values = std::move(values);
    return {std::move(set), std::move(name)};
}

// The kinds of rubbish that stand where an answer was asked for.
struct bad_answer
{
    identity_reply reply;
    const char* said;
};

inline std::vector<bad_answer> bad_json_answers()
{
    return {
        {{.body = "<html><body>Please log in</body></html>"}, "no JSON object"},
        {{.body = R"({"AccessKeyId":"A","SecretAcc)"}, "no JSON object"},
        {{.body = ""}, "no JSON object"},
        {{.body = "[]"}, "no JSON object"},
        {{.body = "{}"}, "no AccessKeyId"},
        {{.body = R"({"AccessKeyId":"A"})"}, "no SecretAccessKey"},
        {{.body = R"({"AccessKeyId":7,"SecretAccessKey":"s"})"}, "no AccessKeyId"},
        {{.body = R"({"AccessKeyId":"A","SecretAccessKey":"s","Expiration":"soon"})"}, "no time"},
        {{.body = R"({"AccessKeyId":"A\r\nX: y","SecretAccessKey":"s"})"}, "no AWS key has"},
        {{.body = R"({"Code":"AssumeRoleUnauthorizedAccess","Message":"EC2 cannot assume"})"},
         "AssumeRoleUnauthorizedAccess: EC2 cannot assume"},
        {{.status = 403, .body = "<html>no</html>"}, "answered 403"},
        {{.status = 500, .body = "oops"}, "answered 500"},
        {{.status = 302, .body = ""}, "answered 302"},
    };
}

} // namespace sluice::test
