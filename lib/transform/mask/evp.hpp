// Owners of OpenSSL's handles. Algorithms are fetched once and contexts keyed once: fetching or
// keying for each field costs ten times the work itself.
#pragma once

#include <openssl/evp.h>
#include <openssl/kdf.h>

#include <memory>
#include <stdexcept>

namespace sluice::mask {

template <auto Free>
struct free_with
{
    template <class T>
    void operator()(T* handle) const noexcept
    {
        Free(handle);
    }
};

using evp_cipher = std::unique_ptr<EVP_CIPHER, free_with<EVP_CIPHER_free>>;
using evp_cipher_context = std::unique_ptr<EVP_CIPHER_CTX, free_with<EVP_CIPHER_CTX_free>>;
using evp_digest = std::unique_ptr<EVP_MD, free_with<EVP_MD_free>>;
using evp_digest_context = std::unique_ptr<EVP_MD_CTX, free_with<EVP_MD_CTX_free>>;
using evp_mac = std::unique_ptr<EVP_MAC, free_with<EVP_MAC_free>>;
using evp_mac_context = std::unique_ptr<EVP_MAC_CTX, free_with<EVP_MAC_CTX_free>>;
using evp_kdf = std::unique_ptr<EVP_KDF, free_with<EVP_KDF_free>>;
using evp_kdf_context = std::unique_ptr<EVP_KDF_CTX, free_with<EVP_KDF_CTX_free>>;

// OpenSSL refuses what it never should: a provider is missing, or memory ran out.
class crypto_error : public std::runtime_error
{
public:
    using runtime_error::runtime_error;
};

} // namespace sluice::mask
