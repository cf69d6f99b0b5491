// SHA-256 and HMAC-SHA-256 with contexts that are made once and used again: making them costs more
// than hashing a short text.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <span>
#include <string_view>

namespace sluice::aws {

using digest = std::array<unsigned char, 32>;

// Not thread-safe.
class sha256
{
public:
    sha256();
    [[nodiscard]] digest operator()(std::string_view text);

private:
    struct deleter
    {
        void operator()(EVP_MD* of) const noexcept { EVP_MD_free(of); }
        void operator()(EVP_MD_CTX* of) const noexcept { EVP_MD_CTX_free(of); }
    };
    std::unique_ptr<EVP_MD, deleter> algorithm_;
    std::unique_ptr<EVP_MD_CTX, deleter> context_;
};

// Not thread-safe. OpenSSL wipes the key when the context dies.
class hmac_sha256
{
public:
    explicit hmac_sha256(std::span<const unsigned char> key);
    [[nodiscard]] digest operator()(std::string_view text);

private:
    struct deleter
    {
        void operator()(EVP_MAC* of) const noexcept { EVP_MAC_free(of); }
        void operator()(EVP_MAC_CTX* of) const noexcept { EVP_MAC_CTX_free(of); }
    };
    std::unique_ptr<EVP_MAC, deleter> algorithm_;
    std::unique_ptr<EVP_MAC_CTX, deleter> context_;
};

} // namespace sluice::aws
