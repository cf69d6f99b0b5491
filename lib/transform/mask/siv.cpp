#include "transform/mask/siv.hpp"

#include "core/big_endian.hpp"
#include "core/encoding.hpp"
#include "core/secret.hpp"

#include <openssl/crypto.h>

#include <algorithm>
#include <cstdint>
#include <cstring>

namespace sluice::mask {
namespace {

using block = block_cipher::block;
constexpr std::size_t block_bytes = block_cipher::block_bytes;
constexpr unsigned char padding_begins = 0x80;

const char* cipher_name(std::size_t key_bytes) noexcept
{
    switch (key_bytes) {
    case 16:
        return "AES-128-ECB";
    case 24:
        return "AES-192-ECB";
    case 32:
        return "AES-256-ECB";
    default:
        return "no AES";
    }
}

// Multiplies by x in GF(2^128), in the time that any value takes (RFC 5297, section 2.3).
block doubled(const block& in) noexcept
{
    constexpr std::uint64_t reduction = 0x87;
    const auto high = load_big_endian<std::uint64_t>(in.data());
    const auto low = load_big_endian<std::uint64_t>(in.data() + 8);
    block out;
    store_big_endian(out.data(), high << 1 | low >> 63);
    store_big_endian(out.data() + 8, low << 1 ^ ((0 - (high >> 63)) & reduction));
    return out;
}

// Adds a block to a block, at any address.
void add(unsigned char* to, const unsigned char* other) noexcept
{
    std::array<std::uint64_t, 2> sum;
    std::array<std::uint64_t, 2> added;
    std::memcpy(sum.data(), to, block_bytes);
    std::memcpy(added.data(), other, block_bytes);
    sum[0] ^= added[0];
    sum[1] ^= added[1];
    std::memcpy(to, sum.data(), block_bytes);
}

void add(block& to, const unsigned char* other) noexcept
{
    add(to.data(), other);
}

// Less than a block, and the mark of its end.
block padded(const unsigned char* text, std::size_t size) noexcept
{
    block out{};
    if (size != 0)
        std::memcpy(out.data(), text, size);
    out[size] = padding_begins;
    return out;
}

block load(const unsigned char* at) noexcept
{
    block out;
    std::memcpy(out.data(), at, block_bytes);
    return out;
}

} // namespace

block_cipher::block_cipher(std::span<const unsigned char> key) : context_(EVP_CIPHER_CTX_new())
{
    const evp_cipher cipher(EVP_CIPHER_fetch(nullptr, cipher_name(key.size()), nullptr));
    if (!cipher || !context_ ||
        EVP_EncryptInit_ex2(context_.get(), cipher.get(), key.data(), nullptr, nullptr) != 1 ||
        EVP_CIPHER_CTX_set_padding(context_.get(), 0) != 1)
        throw crypto_error("OpenSSL offers no AES; see openssl list -cipher-algorithms");
}

bool block_cipher::encrypt(std::span<const unsigned char> in, unsigned char* out) noexcept
{
    int written = 0;
    return EVP_EncryptUpdate(context_.get(), out, &written, in.data(),
                             static_cast<int>(in.size())) == 1 &&
           static_cast<std::size_t>(written) == in.size();
}

siv::siv(std::span<const unsigned char> key)
    : authenticate_(key.first(key.size() / 2)), encrypt_(key.subspan(key.size() / 2))
{
    const block zero{};
    if (!authenticate_.encrypt(zero, whole_mask_.data()))
        throw crypto_error("OpenSSL cannot encrypt with AES");
    whole_mask_ = doubled(whole_mask_);
    partial_mask_ = doubled(whole_mask_);
}

bool siv::chain(block& state, const block& next) noexcept
{
    add(state, next.data());
    return authenticate_.encrypt(state, state.data());
}

// NIST SP 800-38B.
bool siv::cmac(std::string_view text, block& out) noexcept
{
    const auto bytes = as_bytes(text);
    out = {};
    std::size_t at = 0;
    for (; bytes.size() - at > block_bytes; at += block_bytes)
        if (!chain(out, load(bytes.data() + at)))
            return false;
    const std::size_t rest = bytes.size() - at;
    block last = rest == block_bytes ? load(bytes.data() + at) : padded(bytes.data() + at, rest);
    add(last, rest == block_bytes ? whole_mask_.data() : partial_mask_.data());
    return chain(out, last);
}

siv::folding siv::fold(std::initializer_list<std::string_view> associated)
{
    static constexpr char zero[block_bytes] = {};
    block folded;
    bool good = cmac({zero, block_bytes}, folded);
    for (const std::string_view text : associated) {
        block mac;
        good = good && cmac(text, mac);
        folded = doubled(folded);
        add(folded, mac.data());
    }
    if (!good)
        throw crypto_error("OpenSSL cannot encrypt with AES");
    return {folded, doubled(folded)};
}

// The last step of S2V (RFC 5297, section 2.4): the CMAC of the text with `folded` added to its
// end.
bool siv::synthesize(const folding& folded, std::span<const unsigned char> text,
                     block& tag) noexcept
{
    tag = {};
    if (text.size() < block_bytes) {
        block last = padded(text.data(), text.size());
        add(last, folded.doubled.data());
        add(last, whole_mask_.data());
        return chain(tag, last);
    }
    // The last sixteen bytes carry `folded`; they lie in the last block or in the last two.
    const std::size_t rest = (text.size() - 1) % block_bytes + 1;
    const std::size_t tail_at = text.size() - rest - (rest == block_bytes ? 0 : block_bytes);
    for (std::size_t at = 0; at < tail_at; at += block_bytes)
        if (!chain(tag, load(text.data() + at)))
            return false;
    std::array<unsigned char, 2 * block_bytes> tail{};
    const std::size_t tail_bytes = text.size() - tail_at;
    std::memcpy(tail.data(), text.data() + tail_at, tail_bytes);
    add(tail.data() + tail_bytes - block_bytes, folded.state.data());
    if (tail_bytes > block_bytes && !chain(tag, load(tail.data())))
        return false;
    const std::size_t last_at = tail_bytes - rest;
    block last =
        rest == block_bytes ? load(tail.data() + last_at) : padded(tail.data() + last_at, rest);
    add(last, rest == block_bytes ? whole_mask_.data() : partial_mask_.data());
    return chain(tag, last);
}

// Counter mode, by blocks of the kept context: setting a counter of OpenSSL's own mode costs more
// than a short field. The counter starts with bit 31 clear, so only its last four bytes move.
bool siv::count(const block& tag, std::span<unsigned char> text) noexcept
{
    constexpr std::size_t blocks_at_once = 32;
    std::array<unsigned char, blocks_at_once * block_bytes> stream;
    block counter = tag;
    counter[8] &= 0x7f;
    counter[12] &= 0x7f;
    auto low = load_big_endian<std::uint64_t>(counter.data() + 8);
    for (std::size_t at = 0; at < text.size(); at += stream.size()) {
        const std::size_t bytes = std::min(stream.size(), text.size() - at);
        const std::size_t blocks = (bytes + block_bytes - 1) / block_bytes;
        for (std::size_t i = 0; i < blocks; ++i) {
            std::memcpy(stream.data() + i * block_bytes, counter.data(), 8);
            store_big_endian(stream.data() + i * block_bytes + 8, low++);
        }
        if (!encrypt_.encrypt({stream.data(), blocks * block_bytes}, stream.data()))
            return false;
        unsigned char* const begin = text.data() + at;
        std::size_t done = 0;
        for (; bytes - done >= block_bytes; done += block_bytes)
            add(begin + done, stream.data() + done);
        for (; done < bytes; ++done)
            begin[done] ^= stream[done];
    }
    return true;
}

bool siv::seal(const folding& folded, std::span<unsigned char> text, block& tag) noexcept
{
    if (synthesize(folded, text, tag) && count(tag, text))
        return true;
    cleanse(text.data(), text.size());
    return false;
}

bool siv::open(const folding& folded, std::span<unsigned char> text, const block& tag) noexcept
{
    block expected;
    if (count(tag, text) && synthesize(folded, text, expected) &&
        CRYPTO_memcmp(expected.data(), tag.data(), block_bytes) == 0)
        return true;
    cleanse(text.data(), text.size());
    return false;
}

} // namespace sluice::mask
