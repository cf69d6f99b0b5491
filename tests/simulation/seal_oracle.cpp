#include "simulation/seal_oracle.hpp"

#include <openssl/evp.h>

#include <memory>
#include <stdexcept>
#include <vector>

namespace sluice::simulation {
namespace {

constexpr std::size_t tag_bytes = 16;
constexpr unsigned char type_text = 1;

const unsigned char* bytes_of(std::string_view text)
{
    return reinterpret_cast<const unsigned char*>(text.data());
}

void require(bool worked)
{
    if (!worked)
        throw std::runtime_error("OpenSSL's AES-SIV failed");
}

// Tag, then the encrypted type byte and text.
std::vector<unsigned char> seal(std::string_view clear, std::string_view domain)
{
    const std::unique_ptr<EVP_CIPHER, void (*)(EVP_CIPHER*)> cipher(
        EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr), EVP_CIPHER_free);
    const std::unique_ptr<EVP_CIPHER_CTX, void (*)(EVP_CIPHER_CTX*)> context(EVP_CIPHER_CTX_new(),
                                                                             EVP_CIPHER_CTX_free);
    require(cipher && context);
    EVP_CIPHER_CTX* const it = context.get();
    require(EVP_EncryptInit_ex2(it, cipher.get(), key_bytes().data(), nullptr, nullptr) == 1);
    int length = 0;
    for (const std::string_view associated : {std::string_view("sluice.pii.v1"), domain})
        require(EVP_EncryptUpdate(it, nullptr, &length, bytes_of(associated),
                                  static_cast<int>(associated.size())) == 1);
    std::vector<unsigned char> plain{type_text};
    plain.insert(plain.end(), clear.begin(), clear.end());
    std::vector<unsigned char> out(tag_bytes + plain.size());
    require(EVP_EncryptUpdate(it, out.data() + tag_bytes, &length, plain.data(),
                              static_cast<int>(plain.size())) == 1);
    require(EVP_EncryptFinal_ex(it, out.data() + out.size(), &length) == 1);
    require(EVP_CIPHER_CTX_ctrl(it, EVP_CTRL_AEAD_GET_TAG, tag_bytes, out.data()) == 1);
    return out;
}

std::string base64url(const std::vector<unsigned char>& bytes)
{
    constexpr std::string_view digits =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    std::string out;
    unsigned held = 0;
    int bits = 0;
    for (const unsigned char byte : bytes) {
        held = held << 8 | byte;
        for (bits += 8; bits >= 6; bits -= 6)
            out.push_back(digits[held >> (bits - 6) & 63]);
    }
    if (bits > 0)
        out.push_back(digits[held << (6 - bits) & 63]);
    return out;
}

} // namespace

const std::array<unsigned char, 64>& key_bytes()
{
    static const auto bytes = [] {
        std::array<unsigned char, 64> out;
        for (std::size_t i = 0; i < out.size(); ++i)
            out[i] = static_cast<unsigned char>(i * 37 + 11);
        return out;
    }();
    return bytes;
}

const std::string& seal_oracle::sealed_text(std::string_view clear, std::string_view domain)
{
    const auto [it, is_new] = known_.try_emplace({std::string(clear), std::string(domain)});
    if (is_new)
        it->second = "p1." + std::string(key_id) + "." + base64url(seal(clear, domain));
    return it->second;
}

} // namespace sluice::simulation
