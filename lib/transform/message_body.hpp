// Opens the bodies of messages where they stand in the response, and checks that they arrived
// whole.
#pragma once

#include "core/delivery.hpp"
#include "transform/mask/evp.hpp"

#include <cstdint>
#include <span>

namespace sluice::transform {

// Not thread-safe. Allocates nothing a message.
class body_opener
{
public:
    // Throws crypto_error.
    body_opener();

    // Sets the bodies of those messages of a delivery whose bits are set, by index. A body stays
    // unset if it is not what was sent: its escapes are malformed, or its MD5 is another. Messages
    // that are open already stay as they are. Together they cost less than one after another.
    void open(delivery& from, std::uint16_t which);

    // The same for one. Whether its body is set.
    [[nodiscard]] bool open(receipt which);

private:
    // A body whose MD5 is to be compared.
    struct claim
    {
        message* of = nullptr;
        std::string_view body;
    };

    [[nodiscard]] static bool unescape(receipt which, claim& opened) noexcept;
    void settle(std::span<const claim> claims) noexcept;
    [[nodiscard]] bool digest(std::string_view body, std::span<unsigned char> out) noexcept;

    mask::evp_digest md5_;
    mask::evp_digest_context context_;
};

} // namespace sluice::transform
