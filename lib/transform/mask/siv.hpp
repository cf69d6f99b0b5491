// AES-SIV (RFC 5297): deterministic authenticated encryption. OpenSSL 3.0 has it, but keys anew for
// every message, which costs twenty times the encryption of a short field, and does not
// authenticate the empty message; so it is built here from OpenSSL's AES blocks.
#pragma once

#include "transform/mask/evp.hpp"

#include <array>
#include <cstddef>
#include <initializer_list>
#include <span>
#include <string_view>

namespace sluice::mask {

// AES on single blocks, with one key. Not thread-safe.
class block_cipher
{
public:
    static constexpr std::size_t block_bytes = 16;
    using block = std::array<unsigned char, block_bytes>;

    // A key of 16, 24 or 32 bytes. Throws crypto_error.
    explicit block_cipher(std::span<const unsigned char> key);

    // Encrypts whole blocks, each by itself; `out` may be `in`. False if OpenSSL fails.
    [[nodiscard]] bool encrypt(std::span<const unsigned char> in, unsigned char* out) noexcept;

private:
    evp_cipher_context context_;
};

// One key. Not thread-safe.
class siv
{
public:
    using block = block_cipher::block;

    // A key of 32, 48 or 64 bytes. Throws crypto_error.
    explicit siv(std::span<const unsigned char> key);

    // What all messages with the same associated data begin with; to be computed once.
    struct folding
    {
        block state;
        block doubled; // for texts shorter than a block
    };

    // Throws crypto_error.
    [[nodiscard]] folding fold(std::initializer_list<std::string_view> associated);

    // Encrypts in place, and gives the tag. False if OpenSSL fails: then the text is wiped.
    [[nodiscard]] bool seal(const folding& folded, std::span<unsigned char> text,
                            block& tag) noexcept;

    // Decrypts in place. False if the tag is not that of the text: then the text is wiped.
    [[nodiscard]] bool open(const folding& folded, std::span<unsigned char> text,
                            const block& tag) noexcept;

private:
    [[nodiscard]] bool cmac(std::string_view text, block& out) noexcept;
    [[nodiscard]] bool chain(block& state, const block& next) noexcept;
    [[nodiscard]] bool synthesize(const folding& folded, std::span<const unsigned char> text,
                                  block& tag) noexcept;
    [[nodiscard]] bool count(const block& tag, std::span<unsigned char> text) noexcept;

    block_cipher authenticate_;
    block_cipher encrypt_;
    block whole_mask_{};   // K1 of CMAC: for a last block that is full
    block partial_mask_{}; // K2: for one that is padded
};

} // namespace sluice::mask
