// Checks the SigV4 signature of every request, and refuses as SQS does.
#pragma once

#include "aws/sigv4.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"
#include "net/http_message.hpp"

#include <chrono>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// How far the clock of a signer may be from ours.
inline constexpr std::chrono::minutes clock_skew_max{15};

struct signing_key_pair
{
    std::string access_key_id;
    secret secret_access_key;
};

class signature_check
{
public:
    signature_check(signing_key_pair key, std::string region);

    // Throws refusal unless the request is signed, now, with the key.
    void operator()(const net::http_request& request, wall_time now) const;

private:
    signing_key_pair key_;
    aws::signing_scope scope_;
};

// The parts of an Authorization field.
struct signature_parts
{
    std::string_view access_key_id;
    std::string_view scope; // "20260115/us-east-1/sqs/aws4_request"
    std::string_view names; // SignedHeaders
    std::string_view signature;
};

// Throws refusal: IncompleteSignature, naming the part that is not there.
[[nodiscard]] signature_parts parse_authorization(std::string_view value);

// "20260115T093000Z"; nothing unless it is a time in that form.
[[nodiscard]] std::optional<wall_time> parse_amz_date(std::string_view text);

} // namespace sluice::sqs_server
