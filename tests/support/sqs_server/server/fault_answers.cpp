#include "sqs_server/server/fault_answers.hpp"

#include "core/error.hpp"
#include "sqs_server/protocol/api.hpp"

#include <boost/asio/write.hpp>

#include <fmt/format.h>

namespace sluice::sqs_server {
namespace {

constexpr std::string_view page = "<html>\r\n<head><title>502 Bad Gateway</title></head>\r\n<body>"
                                  "<h1>502 Bad Gateway</h1></body>\r\n</html>\r\n";

// The session finds the connection closed when it writes its answer, and ends.
void drop(const net::http_request& request, bool reset)
{
    if (reset) {
        error_code ignored; // then it is a FIN
        request.connection->socket().set_option(asio::socket_base::linger(true, 0), ignored);
    }
    request.connection->close();
}

awaitable<void> send_half(const net::http_request& request, const net::http_response& response)
{
    const std::string_view body = response.body.view();
    const std::string bytes = fmt::format(
        "HTTP/1.1 {} OK\r\nContent-Type: {}\r\nContent-Length: {}\r\n\r\n{}", response.status,
        response.content_type, body.size(), body.substr(0, body.size() / 2));
    co_await asio::async_write(*request.connection, asio::buffer(bytes), asio::use_awaitable);
}

refusal as_refusal(fault_kind kind)
{
    switch (kind) {
    case fault_kind::slow_down:
        return {errc::slow_down, "Please reduce your request rate."};
    case fault_kind::throttled:
        return {errc::request_throttled, "The request was denied due to request throttling."};
    default:
        return {errc::internal_error, "We encountered an internal error. Please try again."};
    }
}

} // namespace

bool strikes_before(fault_kind kind) noexcept
{
    switch (kind) {
    case fault_kind::server_error:
    case fault_kind::slow_down:
    case fault_kind::throttled:
    case fault_kind::html_page:
    case fault_kind::dropped_before:
        return true;
    case fault_kind::dropped_after:
    case fault_kind::truncated:
    case fault_kind::empty:
    case fault_kind::failing_entries:
    case fault_kind::wrong_md5:
        break;
    }
    return false;
}

void answer_without_effect(fault_kind kind, bool reset, const net::http_request& request,
                           net::http_response& response, reply& out)
{
    if (kind == fault_kind::dropped_before) {
        drop(request, reset);
    } else if (kind == fault_kind::html_page) {
        out.status = 502;
        out.body.append(page);
        response.content_type = "text/html";
    } else {
        refuse(as_refusal(kind), out);
    }
}

awaitable<void> spoil(fault_kind kind, bool reset, const net::http_request& request,
                      net::http_response& response)
{
    if (kind == fault_kind::empty) {
        response.body.clear();
    } else if (kind == fault_kind::truncated) {
        co_await send_half(request, response);
        drop(request, false);
    } else if (kind == fault_kind::dropped_after) {
        drop(request, reset);
    }
}

} // namespace sluice::sqs_server
