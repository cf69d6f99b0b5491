// The fast signer of SQS requests against the slow reference. Lines: host, path, region, operation,
// access key, secret key, session token, seconds since 1970; the rest is the body.
#include "aws/json_requests.hpp"
#include "fuzz/target.hpp"

#include <algorithm>
#include <charconv>
#include <set>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

// As a URL parser, a configuration or a credentials file would let it through.
bool is_plain(std::string_view text)
{
    return std::ranges::all_of(text, [](char c) { return c > ' ' && c <= '~'; });
}

wall_time time_of(std::string_view digits)
{
    std::uint32_t seconds = 0;
    std::from_chars(digits.data(), digits.data() + digits.size(), seconds);
    return wall_time(std::chrono::seconds(seconds));
}

// The request as it went over the wire, without what is not signed.
aws::signable_request signable_of(const std::string& request, const std::string& path,
                                  std::string& date)
{
    const std::set<std::string> unsigned_names{"User-Agent", "Content-Length", "Authorization"};
    const std::size_t head_end = request.find("\r\n\r\n");
    require(head_end != std::string::npos, "a request has a head");
    aws::signable_request out{.path = path, .body = request.substr(head_end + 4)};
    std::size_t at = request.find("\r\n") + 2;
    while (at < head_end) {
        const std::size_t end = request.find("\r\n", at);
        const std::size_t colon = request.find(": ", at);
        require(colon < end, "a field has a name and a value");
        const std::string name = request.substr(at, colon - at);
        const std::string value = request.substr(colon + 2, end - colon - 2);
        if (name == "X-Amz-Date")
            date = value;
        if (!unsigned_names.contains(name))
            out.fields.push_back({name, value});
        at = end + 2;
    }
    return out;
}

// The request without the signature itself.
std::string without_signature(std::string request)
{
    constexpr std::string_view mark = "Signature=";
    constexpr std::size_t signature_bytes = 64;
    const std::size_t field = request.find("\r\nAuthorization: ");
    const std::size_t at = request.find("\r\n", field + 2) - signature_bytes;
    require(request.compare(at - mark.size(), mark.size(), mark) == 0, "a request is signed");
    return request.erase(at, signature_bytes);
}

// With another secret key, all of a request but its signature is the same.
void check_secrecy(aws::json_requests& requests, std::string_view operation, std::string_view body,
                   const aws::credentials& who, wall_time now)
{
    const auto rendered = [&](const std::string& secret_key) {
        aws::credentials with = who;
        with.secret_access_key = secret(secret_key);
        byte_buffer out;
        requests.render(operation, body, std::make_shared<const aws::credentials>(with), now, out);
        return std::string(out.view());
    };
    const std::string one = rendered(who.secret_access_key.reveal());
    const std::string other = rendered(who.secret_access_key.reveal() + "x");
    require(one != other, "another key signs differently");
    require(without_signature(one) == without_signature(other), "a key shows nowhere else");
}

void check_same(aws::json_requests& requests, const aws::json_service& service,
                std::string_view operation, std::string_view body, const aws::credentials_ptr& who,
                wall_time now)
{
    byte_buffer out;
    requests.render(operation, body, who, now, out);
    const std::string request(out.view());
    std::string date;
    const aws::signable_request signable = signable_of(request, service.path, date);
    require(signable.body == body, "the body goes as it is");
    require(date == aws::amz_date(now), "the date is the time");
    const aws::signing_key key(who->secret_access_key, date, service.scope);
    const std::string to_sign =
        aws::string_to_sign(date, service.scope, aws::canonical_request(signable));
    const std::string expected =
        "\r\nAuthorization: " +
        aws::authorization(who->access_key_id, date, service.scope, aws::signed_names(signable),
                           key.sign(to_sign)) +
        "\r\n";
    require(request.find(expected) != std::string::npos, "both sign alike");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = fuzz::as_text(data, size);
    aws::json_service service{.host_field = std::string(fuzz::take_line(input)),
                              .path = std::string(fuzz::take_line(input)),
                              .scope = {std::string(fuzz::take_line(input)), "sqs"},
                              .target_prefix = "AmazonSQS",
                              .user_agent = "sluice/fuzz"};
    const std::string_view operation = fuzz::take_line(input);
    const std::string_view id = fuzz::take_line(input);
    const std::string_view secret_key = fuzz::take_line(input);
    const std::string_view token = fuzz::take_line(input);
    const wall_time now = time_of(fuzz::take_line(input));
    const std::string_view body = input;
    for (const std::string_view each :
         {std::string_view(service.host_field), std::string_view(service.path),
          std::string_view(service.scope.region), operation, id, secret_key, token})
        if (!is_plain(each))
            return 0;
    if (!service.path.starts_with('/') || service.path.find('?') != std::string::npos)
        return 0;
    const auto who = std::make_shared<const aws::credentials>(
        aws::credentials{.access_key_id = std::string(id),
                         .secret_access_key = secret(std::string(secret_key)),
                         .session_token = secret(std::string(token)),
                         .expires_at = std::nullopt});
    aws::json_requests requests(service);
    check_same(requests, service, operation, body, who, now);
    // The next second, the next day, and back: what is kept must not be kept too long.
    for (const auto later :
         {std::chrono::seconds(1), std::chrono::seconds(86'400), std::chrono::seconds(0)})
        check_same(requests, service, operation, body, who, now + later);
    check_secrecy(requests, operation, body, *who, now);
    return 0;
}
