// Requests to SQS: their bodies and their signatures.
#include "source/sqs/requests.hpp"

#include "aws/json_requests.hpp"
#include "aws/sigv4.hpp"
#include "core/encoding.hpp"
#include "measure.hpp"
#include "samples.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <array>
#include <span>
#include <string>
#include <string_view>

namespace sluice::micro {
namespace {

constexpr std::string_view queue_url =
    "https://sqs.us-east-1.amazonaws.com/000000000000/login-queue";
constexpr std::string_view content_type = "application/x-amz-json-1.0";
const wall_time now(std::chrono::milliseconds(1763640000000));

std::array<receipt, logins> receipts_of(delivery& from)
{
    std::array<receipt, logins> out;
    for (std::size_t i = 0; i < logins; ++i)
        out[i] = {&from, static_cast<std::uint8_t>(i)};
    return out;
}

// ---- the body of a delete
// ------------------------------------------------------------------------

std::string delete_by_tree(const delivery& from)
{
    boost::json::array entries;
    for (std::size_t i = 0; i < logins; ++i)
        entries.push_back(
            {{"Id", std::to_string(i)}, {"ReceiptHandle", from.messages[i].receipt_handle}});
    return boost::json::serialize(
        boost::json::object{{"QueueUrl", queue_url}, {"Entries", std::move(entries)}});
}

void delete_ours(benchmark::State& state)
{
    delivery from;
    receive_into(from, receive_response());
    const auto receipts = receipts_of(from);
    const sqs::request_renderer renderer(queue_url);
    std::string out;
    renderer.remove(receipts, out);
    check(boost::json::parse(out) == boost::json::parse(delete_by_tree(from)),
          "both ways make the same request");
    measure(state, logins, [&] {
        renderer.remove(receipts, out);
        benchmark::DoNotOptimize(out.data());
    });
}
BENCHMARK(delete_ours)->Name("delete body/ours");

void delete_boost_json(benchmark::State& state)
{
    delivery from;
    receive_into(from, receive_response());
    measure(state, logins, [&] { benchmark::DoNotOptimize(delete_by_tree(from)); });
}
BENCHMARK(delete_boost_json)->Name("delete body/boost::json::serialize");

// ---- signatures
// ----------------------------------------------------------------------------------

enum class call
{
    receive,
    remove,
};

std::string_view operation_of(call which)
{
    return which == call::receive ? "ReceiveMessage" : "DeleteMessageBatch";
}

std::string body_of(call which)
{
    const sqs::request_renderer renderer(queue_url);
    if (which == call::receive)
        return renderer.receive({});
    delivery from;
    receive_into(from, receive_response());
    std::string out;
    renderer.remove(receipts_of(from), out);
    return out;
}

aws::json_service service()
{
    return {.host_field = "sqs.us-east-1.amazonaws.com",
            .scope = {"us-east-1", "sqs"},
            .target_prefix = "AmazonSQS",
            .user_agent = "sluice"};
}

aws::credentials_ptr who()
{
    return std::make_shared<const aws::credentials>(
        aws::credentials{.access_key_id = "AKIDEXAMPLE",
                         .secret_access_key = secret("wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"),
                         .session_token = {},
                         .expires_at = std::nullopt});
}

// As the documentation of the signature tells it, from the beginning for each request: the key
// derived, the digest fetched, every string made anew.
std::string render_step_by_step(call which, const std::string& body, const aws::credentials& keys)
{
    const aws::json_service to = service();
    const std::string date = aws::amz_date(now);
    aws::signable_request request{.body = body};
    request.fields = {
        {"Host", to.host_field},
        {"Content-Type", std::string(content_type)},
        {"X-Amzn-Query-Mode", "true"},
        {"X-Amz-Date", date},
        {"X-Amz-Target", fmt::format("{}.{}", to.target_prefix, operation_of(which))}};
    const aws::signing_key key(keys.secret_access_key, date, to.scope);
    const std::string to_sign =
        aws::string_to_sign(date, to.scope, aws::canonical_request(request));
    std::string out = "POST / HTTP/1.1\r\n";
    for (const aws::signed_field& each : request.fields)
        out += fmt::format("{}: {}\r\n", each.name, each.value);
    out += fmt::format("Authorization: {}\r\nContent-Length: {}\r\n\r\n{}",
                       aws::authorization(keys.access_key_id, date, to.scope,
                                          aws::signed_names(request), key.sign(to_sign)),
                       body.size(), body);
    return out;
}

std::string_view authorization_in(std::string_view request)
{
    const std::size_t at = request.find("Authorization: ");
    return at == std::string_view::npos ? "" : request.substr(at, request.find("\r\n", at) - at);
}

void sign_ours(benchmark::State& state, call which)
{
    const std::string body = body_of(which);
    const aws::credentials_ptr keys = who();
    aws::json_requests requests(service());
    byte_buffer out;
    requests.render(operation_of(which), body, keys, now, out);
    check(!authorization_in(out.view()).empty() &&
              authorization_in(out.view()) ==
                  authorization_in(render_step_by_step(which, body, *keys)),
          "both ways give the same signature");
    measure(state, 1, [&] {
        requests.render(operation_of(which), body, keys, now, out);
        benchmark::DoNotOptimize(out.data());
    });
}
BENCHMARK_CAPTURE(sign_ours, receive, call::receive)->Name("sign a receive/ours");
BENCHMARK_CAPTURE(sign_ours, remove, call::remove)->Name("sign a delete of ten/ours");

void sign_naive(benchmark::State& state, call which)
{
    const std::string body = body_of(which);
    const aws::credentials_ptr keys = who();
    measure(state, 1, [&] { benchmark::DoNotOptimize(render_step_by_step(which, body, *keys)); });
}
BENCHMARK_CAPTURE(sign_naive, receive, call::receive)
    ->Name("sign a receive/step by step, key derived and digest fetched each time");
BENCHMARK_CAPTURE(sign_naive, remove, call::remove)
    ->Name("sign a delete of ten/step by step, key derived and digest fetched each time");

} // namespace
} // namespace sluice::micro
