#include "aws/hash.hpp"

#include "core/encoding.hpp"

#include <openssl/core_names.h>
#include <openssl/params.h>

#include <stdexcept>

namespace sluice::aws {
namespace {

void must(bool succeeded)
{
    if (!succeeded)
        throw std::runtime_error("OpenSSL cannot compute SHA-256");
}

} // namespace

sha256::sha256() : algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)), context_(EVP_MD_CTX_new())
{
    must(algorithm_ && context_);
}

digest sha256::operator()(std::string_view text)
{
    digest result;
    unsigned size = result.size();
    must(EVP_DigestInit_ex2(context_.get(), algorithm_.get(), nullptr) == 1 &&
         EVP_DigestUpdate(context_.get(), text.data(), text.size()) == 1 &&
         EVP_DigestFinal_ex(context_.get(), result.data(), &size) == 1);
    return result;
}

hmac_sha256::hmac_sha256(std::span<const unsigned char> key)
    : algorithm_(EVP_MAC_fetch(nullptr, "HMAC", nullptr))
{
    must(algorithm_ != nullptr);
    context_.reset(EVP_MAC_CTX_new(algorithm_.get()));
    must(context_ != nullptr);
    std::array<char, 7> name{"SHA256"};
    const std::array<OSSL_PARAM, 2> parameters{
        OSSL_PARAM_construct_utf8_string(OSSL_MAC_PARAM_DIGEST, name.data(), 0),
        OSSL_PARAM_construct_end()};
    must(EVP_MAC_init(context_.get(), key.data(), key.size(), parameters.data()) == 1);
}

digest hmac_sha256::operator()(std::string_view text)
{
    digest result;
    std::size_t size = 0;
    const auto bytes = as_bytes(text);
    // Without a key, init starts again with the one that is set.
    must(EVP_MAC_init(context_.get(), nullptr, 0, nullptr) == 1 &&
         EVP_MAC_update(context_.get(), bytes.data(), bytes.size()) == 1 &&
         EVP_MAC_final(context_.get(), result.data(), &size, result.size()) == 1);
    return result;
}

} // namespace sluice::aws
