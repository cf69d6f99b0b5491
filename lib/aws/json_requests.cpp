#include "aws/json_requests.hpp"

#include "core/encoding.hpp"

#include <fmt/format.h>

#include <array>
#include <charconv>
#include <limits>

namespace sluice::aws {
namespace {

constexpr std::string_view content_type = "application/x-amz-json-1.0";

void append_hex(byte_buffer& out, const digest& bytes)
{
    to_hex(bytes, out.extend(2 * bytes.size()));
}

void append_number(byte_buffer& out, std::size_t number)
{
    std::array<char, std::numeric_limits<std::size_t>::digits10 + 1> digits{};
    const auto end = std::to_chars(digits.begin(), digits.end(), number).ptr;
    out.append({digits.begin(), end});
}

} // namespace

json_requests::json_requests(json_service service) : service_(std::move(service))
{
    const signable_request shape{.path = service_.path};
    const std::string canonical = canonical_request(shape);
    // Method, path and the empty query are what the general form makes of them.
    const std::size_t fields_at = canonical.find('\n', canonical.find('\n') + 1) + 2;
    canonical_start_ =
        fmt::format("{}content-type:{}\nhost:{}\nx-amz-date:", canonical.substr(0, fields_at),
                    content_type, service_.host_field);
    head_start_ =
        fmt::format("POST {} HTTP/1.1\r\nHost: {}\r\nContent-Type: {}\r\n"
                    "X-Amzn-Query-Mode: true\r\nUser-Agent: {}\r\nX-Amz-Date: ",
                    service_.path, service_.host_field, content_type, service_.user_agent);
}

void json_requests::use(const credentials_ptr& who)
{
    who_ = who;
    day_.clear(); // and with it the key
    const std::string& token = who->session_token.reveal();
    const std::string_view token_name = token.empty() ? "" : "x-amz-security-token;";
    const std::string token_line =
        token.empty() ? "" : fmt::format("x-amz-security-token:{}\n", token);
    names_ =
        fmt::format("content-type;host;x-amz-date;{}x-amz-target;x-amzn-query-mode", token_name);
    canonical_middle_ = fmt::format("\n{}x-amz-target:{}.", token_line, service_.target_prefix);
    canonical_end_ = fmt::format("\nx-amzn-query-mode:true\n\n{}\n", names_);
    head_middle_ =
        fmt::format("\r\n{}X-Amz-Target: {}.",
                    token.empty() ? "" : fmt::format("X-Amz-Security-Token: {}\r\n", token),
                    service_.target_prefix);
}

void json_requests::refresh(const credentials_ptr& who, wall_time now)
{
    const bool other_credentials = who != who_;
    const auto second = std::chrono::floor<std::chrono::seconds>(now);
    if (!other_credentials && second == second_)
        return;
    if (other_credentials)
        use(who);
    second_ = second;
    date_ = amz_date(now);
    if (!date_.starts_with(day_) || day_.empty()) {
        day_ = date_.substr(0, date_.find('T'));
        key_.emplace(signing_key(who_->secret_access_key, date_, service_.scope).bytes());
    }
    const std::string scope = credential_scope(date_, service_.scope);
    to_sign_start_ = fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n", date_, scope);
    head_end_ = fmt::format(
        "\r\nAuthorization: AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature=",
        who_->access_key_id, scope, names_);
}

digest json_requests::sign(std::string_view operation, std::string_view body)
{
    scratch_.clear();
    for (const std::string_view part :
         {std::string_view(canonical_start_), std::string_view(date_),
          std::string_view(canonical_middle_), operation, std::string_view(canonical_end_)})
        scratch_.append(part);
    append_hex(scratch_, hash_(body));
    const digest canonical_hash = hash_(scratch_.view());
    scratch_.clear();
    scratch_.append(to_sign_start_);
    append_hex(scratch_, canonical_hash);
    return (*key_)(scratch_.view());
}

void json_requests::render(std::string_view operation, std::string_view body,
                           const credentials_ptr& who, wall_time now, byte_buffer& out)
{
    refresh(who, now);
    out.clear();
    for (const std::string_view part :
         {std::string_view(head_start_), std::string_view(date_), std::string_view(head_middle_),
          operation, std::string_view(head_end_)})
        out.append(part);
    append_hex(out, sign(operation, body));
    out.append("\r\nContent-Length: ");
    append_number(out, body.size());
    out.append("\r\n\r\n");
    out.append(body);
}

} // namespace sluice::aws
