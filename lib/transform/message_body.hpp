// Opens the body of a message where it stands in the response, and checks that it arrived whole.
#pragma once

#include "core/delivery.hpp"
#include "transform/mask/evp.hpp"

namespace sluice::transform {

// Not thread-safe. Allocates nothing a message.
class body_opener
{
public:
    // Throws crypto_error.
    body_opener();

    // Sets the message's body. False if it is not what was sent: its escapes are malformed, or its
    // MD5 is another. A message that is open already stays as it is.
    [[nodiscard]] bool open(receipt which);

private:
    [[nodiscard]] bool matches(std::string_view body, std::string_view md5_hex) noexcept;

    mask::evp_digest md5_;
    mask::evp_digest_context context_;
};

} // namespace sluice::transform
