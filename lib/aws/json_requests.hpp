// Whole signed requests of the AWS JSON protocol, head and body in one piece. For the hot path: all
// that does not change is rendered once, the signing key derived once a day, the date once a
// second.
#pragma once

#include "aws/credentials.hpp"
#include "aws/sigv4.hpp"
#include "core/byte_buffer.hpp"

#include <optional>
#include <string>
#include <string_view>

namespace sluice::aws {

struct json_service
{
    std::string host_field; // as the Host field says it, with the port where it is needed
    std::string path = "/";
    signing_scope scope{};
    std::string target_prefix{}; // "AmazonSQS"
    std::string user_agent{};
};

// Not thread-safe.
class json_requests
{
public:
    explicit json_requests(json_service service);

    // Writes the request over `out`, which keeps its memory. `now` is what the service takes for
    // the time: the clock corrected by the skew.
    void render(std::string_view operation, std::string_view body, const credentials_ptr& who,
                wall_time now, byte_buffer& out);

private:
    void refresh(const credentials_ptr& who, wall_time now);
    void use(const credentials_ptr& who);
    [[nodiscard]] digest sign(std::string_view operation, std::string_view body);

    json_service service_;
    sha256 hash_;
    credentials_ptr who_;
    std::chrono::sys_seconds second_ = std::chrono::sys_seconds::min();
    std::string date_;               // of second_
    std::string day_;                // that key_ is good for
    std::optional<hmac_sha256> key_; // of who_ and day_

    // The canonical request is start, date, middle, operation, end, hash of the body.
    std::string canonical_start_;
    std::string canonical_middle_;
    std::string canonical_end_;
    std::string to_sign_start_; // what comes before the hash of the canonical request
    std::string head_start_;    // up to the date
    std::string head_middle_;   // between date and operation
    std::string head_end_;      // from behind the operation to the signature
    std::string names_;         // SignedHeaders
    byte_buffer scratch_;
};

} // namespace sluice::aws
