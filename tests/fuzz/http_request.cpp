// Requests to the HTTP server (the admin's, and that of the local SQS), as bytes on a connection.
#include "fuzz/http_exchange.hpp"

#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

net::http_server_options small_limits()
{
    net::http_server_options out;
    out.header_bytes_max = 1024;
    out.body_bytes_max = 2048;
    return out;
}

std::vector<fuzz::reply> expected; // to what was handled

// Looks at all there is of a request, and answers it.
awaitable<void> handle(const net::http_request& request, net::http_response& response)
{
    std::size_t bytes = request.method.size() + request.target.size() + request.body.size();
    for (const auto& field : request.fields)
        bytes += field.name.size() + field.value.size();
    require(request.body.size() <= small_limits().body_bytes_max, "the body limit holds");
    require(!request.method.empty() && !request.target.empty(), "a request has a first line");
    response.status = request.target == "/none" ? 204 : 200;
    response.body.append(std::to_string(bytes));
    expected.push_back({.status = response.status,
                        .reason = response.status == 204 ? "No Content" : "OK",
                        .body = std::to_string(bytes),
                        .bodiless = request.method == "HEAD"});
    co_return;
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    if (size == 0 || size > fuzz::exchange_bytes_max)
        return 0;
    expected.clear();
    fuzz::check_answers(fuzz::answers_to(fuzz::as_text(data, size), small_limits(), handle),
                        expected);
    return 0;
}
