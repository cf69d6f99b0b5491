#include "aws/identity/plain_http.hpp"

#include "core/version.hpp"
#include "net/http_date.hpp"

#include <fmt/format.h>

namespace sluice::aws {
namespace {

constexpr unsigned too_many_requests = 429;
constexpr unsigned server_errors = 500;

secret render(const plain_request& what)
{
    std::string text = fmt::format("{} {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: sluice/{}\r\n",
                                   what.method, what.to.path, what.to.host_field(), version);
    for (const plain_field& each : what.fields)
        text += fmt::format("{}: {}\r\n", each.name, each.value.reveal());
    if (what.method != "GET")
        text += fmt::format("Content-Length: {}\r\n", what.body.reveal().size());
    text += "\r\n";
    text += what.body.reveal();
    return secret(std::move(text));
}

bool is_passing(const plain_answer& answer)
{
    return answer.status >= server_errors || answer.status == too_many_requests;
}

} // namespace

plain_http::plain_http(const identity_world& around, std::string authorities_file)
    : executor_(around.executor),
      clock_(around.time),
      resolve_(around.resolve),
      authorities_file_(std::move(authorities_file))
{}

awaitable<plain_answer> plain_http::ask(plain_request what, patience how, verdict is_worth_more)
{
    sleeper pause(clock_);
    for (int attempt = 1;; ++attempt) {
        const bool is_last = attempt == how.attempts_max;
        std::string why;
        try {
            plain_answer answer = co_await ask_once(what, how.answer_time_max);
            const bool again = is_passing(answer) || (is_worth_more && is_worth_more(answer));
            if (is_last || !again)
                co_return answer;
        } catch (const system_error& error) {
            if (error.code() == asio::error::operation_aborted)
                throw;
            why = error.what();
        }
        if (is_last)
            throw credentials_error(fmt::format("{}: {}", what.to.authority(), why));
        co_await pause.sleep_for(how.pause);
    }
}

awaitable<plain_answer> plain_http::ask_once(const plain_request& what,
                                             std::chrono::milliseconds answer_time_max)
{
    const steady_time deadline = clock_.now() + answer_time_max;
    net::http_client client(executor_, clock_, what.to, options_for(what.to));
    const secret text = render(what);
    net::exchange with = co_await client.start(text.reveal(), deadline);
    plain_answer answer{.status = with.head().status,
                        .date = net::parse_http_date(with.head().field("date"))};
    byte_buffer body;
    co_await with.read_body(body, 0, deadline);
    answer.body = secret(std::string(body.view()));
    cleanse(body.data(), body.size());
    co_return answer;
}

net::http_client_options plain_http::options_for(const net::url& to)
{
    if (to.encrypted && !tls_)
        tls_ = std::make_shared<net::tls_client>(authorities_file_);
    net::http_client_options options;
    options.tls = tls_;
    options.body_bytes_max = answer_bytes_max;
    options.resolve = resolve_;
    return options;
}

} // namespace sluice::aws
