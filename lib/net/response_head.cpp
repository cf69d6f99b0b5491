#include "net/response_head.hpp"

#include <boost/beast/http/status.hpp>

#include <array>
#include <charconv>
#include <limits>

namespace sluice::net {
namespace {

void append_number(byte_buffer& out, std::size_t number)
{
    std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append({digits.begin(), end});
}

} // namespace

std::string_view reason_of(unsigned status)
{
    namespace http = boost::beast::http;
    const auto text = http::obsolete_reason(static_cast<http::status>(status));
    return {text.data(), text.size()};
}

// By hand, since it is done for every request.
void render_head(const http_response& response, response_form form, std::string_view date,
                 byte_buffer& out)
{
    out.clear();
    out.append("HTTP/1.1 ");
    append_number(out, response.status);
    out.push_back(' ');
    out.append(reason_of(response.status));
    out.append("\r\nDate: ");
    out.append(date);
    if (may_have_body(response.status) && !response.pieces) {
        out.append("\r\nContent-Length: ");
        append_number(out, response.body.size());
    }
    if (!response.content_type.empty()) {
        out.append("\r\nContent-Type: ");
        out.append(response.content_type);
    }
    if (!form.keep_alive)
        out.append("\r\nConnection: close");
    else if (form.version < 11)
        out.append("\r\nConnection: keep-alive");
    out.append("\r\n");
    out.append(response.extra_fields);
    out.append("\r\n");
}

} // namespace sluice::net
