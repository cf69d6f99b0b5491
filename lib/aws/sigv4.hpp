// AWS Signature Version 4, step by step and for any request: the reference for the fast signer, and
// what a server needs that checks signatures.
#pragma once

#include "aws/hash.hpp"
#include "core/secret.hpp"
#include "core/time.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::aws {

struct signing_scope
{
    std::string region;
    std::string service;
};

struct signed_field
{
    std::string name; // in any case
    std::string value;
};

struct signable_request
{
    std::string method = "POST";
    std::string path = "/"; // as it goes over the wire
    std::string query{};    // without the question mark
    std::vector<signed_field> fields{};
    std::string body{};
};

// Whether "." and ".." and empty parts of the path are resolved before signing. S3 does not.
enum class path_form
{
    normalized,
    verbatim,
};

// "20150830T123600Z"
[[nodiscard]] std::string amz_date(wall_time when);

// The lower-case names in order, joined by semicolons: SignedHeaders.
[[nodiscard]] std::string signed_names(const signable_request& request);

[[nodiscard]] std::string canonical_request(const signable_request& request,
                                            path_form form = path_form::normalized);

// "20150830/us-east-1/sqs/aws4_request"; of `date` only the day counts.
[[nodiscard]] std::string credential_scope(std::string_view date, const signing_scope& scope);

[[nodiscard]] std::string string_to_sign(std::string_view date, const signing_scope& scope,
                                         std::string_view canonical);

// Good for a day, a region and a service. Wiped when it dies.
class signing_key
{
public:
    signing_key(const secret& secret_access_key, std::string_view date, const signing_scope& scope);
    signing_key(const signing_key&) = delete;
    signing_key& operator=(const signing_key&) = delete;
    ~signing_key() { cleanse(bytes_.data(), bytes_.size()); }

    [[nodiscard]] const digest& bytes() const noexcept { return bytes_; }

    // In hexadecimal digits.
    [[nodiscard]] std::string sign(std::string_view text) const;

private:
    digest bytes_;
};

// The value of the Authorization field.
[[nodiscard]] std::string authorization(std::string_view access_key_id, std::string_view date,
                                        const signing_scope& scope, std::string_view names,
                                        std::string_view signature);

} // namespace sluice::aws
