#include "transform/message_body.hpp"

#include "core/encoding.hpp"
#include "transform/json/escape.hpp"
#include "transform/md5_lanes.hpp"

#include <array>
#include <cassert>
#include <tuple>

namespace sluice::transform {
namespace {

bool is_hex_of(std::string_view either, const md5_digest& digest) noexcept
{
    std::array<char, 2 * std::tuple_size_v<md5_digest>> digits;
    to_hex(digest, digits.data());
    const std::string_view lower(digits.data(), digits.size());
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

void body_opener::open(delivery& from, std::uint16_t which)
{
    std::array<claim, messages_per_call> claims;
    std::size_t count = 0;
    for (std::size_t i = 0; i < from.count; ++i)
        if ((which >> i & 1U) != 0 &&
            unescape({&from, static_cast<std::uint8_t>(i)}, claims[count]))
            ++count;
    settle(std::span(claims).first(count));
}

bool body_opener::open(receipt which)
{
    claim opened;
    if (unescape(which, opened))
        settle({&opened, 1});
    return which->body.data() != nullptr;
}

// Whether there is an MD5 to compare. What has no UTF-8 has none that two programs agree on; the
// JSON reader refuses it.
bool body_opener::unescape(receipt which, claim& opened) noexcept
{
    message& of = *which;
    if (of.body.data() != nullptr)
        return false;
    const std::string_view token = of.body_token;
    of.body_token = {}; // it is about to be overwritten
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
    opened = {&of, {begin, found.size}};
    if (!of.body_md5.empty() && !found.lone_surrogate)
        return true;
    of.body = opened.body;
    return false;
}

void body_opener::settle(std::span<const claim> claims) noexcept
{
    std::array<std::string_view, messages_per_call> bodies;
    std::array<md5_digest, messages_per_call> digests;
    for (std::size_t i = 0; i < claims.size(); ++i)
        bodies[i] = claims[i].body;
    const auto texts = std::span<const std::string_view>(bodies).first(claims.size());
    const bool together = worth_lanes(texts);
    if (together)
        md5_together(texts, std::span(digests).first(claims.size()));
    for (std::size_t i = 0; i < claims.size(); ++i)
        if ((together || digest(bodies[i], digests[i])) &&
            is_hex_of(claims[i].of->body_md5, digests[i]))
            claims[i].of->body = bodies[i];
}

bool body_opener::digest(std::string_view body, std::span<unsigned char> out) noexcept
{
    return EVP_DigestInit_ex2(context_.get(), nullptr, nullptr) == 1 &&
           EVP_DigestUpdate(context_.get(), body.data(), body.size()) == 1 &&
           EVP_DigestFinal_ex(context_.get(), out.data(), nullptr) == 1;
}

} // namespace sluice::transform
