#include "transform/mask/derive.hpp"

#include "core/encoding.hpp"
#include "transform/mask/evp.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>

namespace sluice::mask {
namespace {

// OpenSSL's parameters are not written to here; they only lack the const.
OSSL_PARAM bytes_param(const char* name, std::span<const unsigned char> value) noexcept
{
    return OSSL_PARAM_construct_octet_string(name, const_cast<unsigned char*>(value.data()),
                                             value.size());
}

} // namespace

bool derive(std::span<const unsigned char> key, std::string_view purpose,
            std::span<unsigned char> into)
{
    const evp_kdf algorithm(EVP_KDF_fetch(nullptr, OSSL_KDF_NAME_HKDF, nullptr));
    const evp_kdf_context context(algorithm ? EVP_KDF_CTX_new(algorithm.get()) : nullptr);
    std::array<char, 7> digest = {"SHA256"};
    const std::array<OSSL_PARAM, 4> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest.data(), 0),
        bytes_param(OSSL_KDF_PARAM_KEY, key), bytes_param(OSSL_KDF_PARAM_INFO, as_bytes(purpose)),
        OSSL_PARAM_construct_end()};
    return context && EVP_KDF_derive(context.get(), into.data(), into.size(), params.data()) == 1;
}

} // namespace sluice::mask
