#include "transform/message_body.hpp"

#include "core/encoding.hpp"
#include "transform/json/escape.hpp"

#include <array>
#include <cassert>

namespace sluice::transform {
namespace {

constexpr std::size_t md5_bytes = 16;

bool equal_hex(std::string_view lower, std::string_view either) noexcept
{
    if (lower == either)
        return true;
    if (lower.size() != either.size())
        return false;
    for (std::size_t i = 0; i < lower.size(); ++i)
        if (lower[i] != either[i] && (lower[i] < 'a' || lower[i] != (either[i] | 0x20)))
            return false;
    return true;
}

} // namespace

// MD5 guards against corruption here, not against people: "-fips" takes it from whatever provider
// has it.
body_opener::body_opener() : md5_(EVP_MD_fetch(nullptr, "MD5", "-fips")), context_(EVP_MD_CTX_new())
{
    if (!md5_ || !context_ || EVP_DigestInit_ex2(context_.get(), md5_.get(), nullptr) != 1)
        throw mask::crypto_error("OpenSSL offers no MD5, by which SQS tells damaged messages; load "
                                 "its default provider");
}

bool body_opener::open(receipt which)
{
    message& opened = *which;
    if (opened.body.data() != nullptr)
        return true;
    const std::string_view token = opened.body_token;
    opened.body_token = {}; // it is about to be overwritten
    if (token.data() == nullptr)
        return false;
    // The views of a message do not let their bytes be changed, the buffer of its delivery does.
    byte_buffer& buffer = which.from->buffer;
    assert(token.data() >= buffer.data() &&
           token.data() + token.size() <= buffer.data() + buffer.size());
    char* const begin = buffer.data() + (token.data() - buffer.data());
    const json::escape_findings found = json::unescape(token, begin);
    if (found.malformed)
        return false;
    // What was behind the shorter text is no longer JSON, and could look like a part of it.
    if (found.size < token.size())
        begin[found.size] = '"';
    const std::string_view body(begin, found.size);
    // What has no UTF-8 has no MD5 that two programs agree on; the JSON reader refuses it.
    if (!opened.body_md5.empty() && !found.lone_surrogate && !matches(body, opened.body_md5))
        return false;
    opened.body = body;
    return true;
}

bool body_opener::matches(std::string_view body, std::string_view md5_hex) noexcept
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    if (EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), body.data(), body.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), digest.data(), nullptr) != 1)
        return false;
    std::array<char, 2 * md5_bytes> hex;
    to_hex(std::span(digest).first(md5_bytes), hex.data());
    return equal_hex({hex.data(), hex.size()}, md5_hex);
}

} // namespace sluice::transform
