#include "transform/mask/tokenizer.hpp"

#include "core/encoding.hpp"
#include "core/secret.hpp"
#include "transform/mask/derive.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <array>
#include <cstring>
#include <span>

namespace sluice::mask {
namespace {

constexpr std::size_t digest_bytes = 32;

} // namespace

tokenizer::tokenizer(const keyring& keys, std::string_view domain)
    : prefix_(prefix_of(form::token, keys.primary().id))
{
    std::array<unsigned char, 32> key;
    const evp_mac algorithm(EVP_MAC_fetch(nullptr, OSSL_MAC_NAME_HMAC, nullptr));
    if (algorithm)
        context_.reset(EVP_MAC_CTX_new(algorithm.get()));
    std::array<char, 7> digest = {"SHA256"};
    const std::array<OSSL_PARAM, 2> params = {
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, digest.data(), 0),
        OSSL_PARAM_construct_end()};
    const bool good = context_ &&
                      derive(keys.primary().bytes, "sluice.token.v1:" + std::string(domain), key) &&
                      EVP_MAC_init(context_.get(), key.data(), key.size(), params.data()) == 1;
    cleanse(key.data(), key.size());
    if (!good)
        throw crypto_error("OpenSSL offers no HMAC or HKDF with SHA-256");
}

bool tokenizer::append(content what, std::string_view clear, byte_buffer& out)
{
    const auto type = static_cast<unsigned char>(what);
    const auto bytes = as_bytes(clear);
    std::array<unsigned char, digest_bytes> digest;
    std::size_t written = 0;
    // No key: the context starts over with the one it has.
    if (EVP_MAC_init(context_.get(), nullptr, 0, nullptr) != 1 ||
        EVP_MAC_update(context_.get(), &type, sizeof(type)) != 1 ||
        EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) != 1 ||
        EVP_MAC_final(context_.get(), digest.data(), &written, digest.size()) != 1 ||
        written != digest.size())
        return false;
    char* const text = out.extend(size());
    std::memcpy(text, prefix_.data(), prefix_.size());
    to_base64url(std::span(digest).first(token_bytes), text + prefix_.size());
    return true;
}

} // namespace sluice::mask
