// Tells message attributes that arrived as they were sent.
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/mask/evp.hpp"

#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::transform {

// Not thread-safe.
class attribute_digest
{
public:
    // Throws crypto_error.
    attribute_digest();
    attribute_digest(const attribute_digest&) = delete;
    attribute_digest& operator=(const attribute_digest&) = delete;
    ~attribute_digest();

    // Whether the digest is MD5OfMessageAttributes of the attributes, the JSON object of all as it
    // stood in a response. Of what is no such object it never is. json::padding_bytes must follow.
    [[nodiscard]] bool is_of(std::string_view attributes, std::string_view md5_hex);

private:
    struct attribute
    {
        std::string name;
        std::string type;
        std::string value; // of a binary one: the bytes
        bool is_binary = false;
    };
    struct json_parser;

    [[nodiscard]] bool read(std::string_view attributes);
    [[nodiscard]] std::string digest_of_all();

    std::unique_ptr<json_parser> parser_;
    mask::evp_digest md5_;
    mask::evp_digest_context context_;
    std::vector<attribute> all_; // of the message at hand
    byte_buffer sum_;            // what the digest is made of
};

} // namespace sluice::transform
