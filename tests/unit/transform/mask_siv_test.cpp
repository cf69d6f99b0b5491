#include "core/encoding.hpp"
#include "transform/mask/siv.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <fstream>
#include <iterator>
#include <random>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using mask::siv;

byte_string hex(std::string_view text)
{
    return *from_hex(text);
}

std::string text_of(const byte_string& bytes)
{
    return std::string(as_text(bytes));
}

struct sealed
{
    byte_string tag_and_text;

    sealed(siv& cipher, const siv::folding& folded, byte_string text)
    {
        siv::block tag;
        REQUIRE(cipher.seal(folded, text, tag));
        tag_and_text.assign(tag.begin(), tag.end());
        tag_and_text.insert(tag_and_text.end(), text.begin(), text.end());
    }
};

// Nothing if it does not open.
std::optional<byte_string> open(siv& cipher, const siv::folding& folded, const byte_string& sealed)
{
    siv::block tag;
    std::copy_n(sealed.begin(), tag.size(), tag.begin());
    byte_string text(sealed.begin() + tag.size(), sealed.end());
    if (!cipher.open(folded, text, tag)) {
        CHECK(text == byte_string(text.size(), 0)); // wiped
        return std::nullopt;
    }
    return text;
}

// OpenSSL's own AES-SIV, keyed anew for each message.
byte_string evp_seal(const byte_string& key, const std::vector<std::string>& associated,
                     byte_string text)
{
    const mask::evp_cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
    const mask::evp_cipher_context context(EVP_CIPHER_CTX_new());
    int size = 0;
    REQUIRE(EVP_EncryptInit_ex2(context.get(), cipher.get(), key.data(), nullptr, nullptr) == 1);
    for (const std::string& each : associated)
        REQUIRE(EVP_EncryptUpdate(context.get(), nullptr, &size, as_bytes(each).data(),
                                  static_cast<int>(each.size())) == 1);
    byte_string out(16 + text.size());
    REQUIRE(EVP_EncryptUpdate(context.get(), out.data() + 16, &size, text.data(),
                              static_cast<int>(text.size())) == 1);
    REQUIRE(EVP_EncryptFinal_ex(context.get(), out.data() + out.size(), &size) == 1);
    REQUIRE(EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, 16, out.data()) == 1);
    return out;
}

} // namespace

TEST_CASE("siv: the example of RFC 5297, A.1, is reproduced")
{
    siv cipher(hex("fffefdfcfbfaf9f8f7f6f5f4f3f2f1f0f0f1f2f3f4f5f6f7f8f9fafbfcfdfeff"));
    const std::string associated = text_of(hex("101112131415161718191a1b1c1d1e1f2021222324252627"));
    const sealed made(cipher, cipher.fold({associated}), hex("112233445566778899aabbccddee"));
    CHECK(to_hex(made.tag_and_text) ==
          "85632d07c6e8f37f950acd320a2ecc9340c02b9690c4dc04daef7f6afe5c");
}

TEST_CASE("siv: the example of RFC 5297, A.2, with three associated strings, is reproduced")
{
    siv cipher(hex("7f7e7d7c7b7a79787776757473727170404142434445464748494a4b4c4d4e4f"));
    const std::string first = text_of(
        hex("00112233445566778899aabbccddeeffdeaddadadeaddadaffeeddccbbaa99887766554433221100"));
    const std::string second = text_of(hex("102030405060708090a0"));
    const std::string nonce = text_of(hex("09f911029d74e35bd84156c5635688c0"));
    const sealed made(
        cipher, cipher.fold({first, second, nonce}),
        hex("7468697320697320736f6d6520706c61696e7465787420746f20656e6372797074207573696e67205349"
            "562d414553"));
    CHECK(to_hex(made.tag_and_text) ==
          "7bdb6e3b432667eb06f4d14bff2fbd0fcb900f2fddbe404326601965c889bf17dba77ceb094fa663b7a3f7"
          "48ba8af829ea64ad544a272e9c485b62a3fd5c0d");
}

TEST_CASE("siv: a key of no known size is refused")
{
    const std::size_t size = GENERATE(0, 16, 31, 40, 65, 128);
    CHECK_THROWS_AS(siv(byte_string(size, 1)), mask::crypto_error);
}

TEST_CASE("siv: it agrees with Wycheproof, empty messages and forgeries included")
{
    const char* const vectors = std::getenv("SLUICE_VECTORS");
    if (vectors == nullptr) {
        WARN("skipped: SLUICE_VECTORS is not set");
        return;
    }
    std::ifstream in(std::string(vectors) + "/wycheproof/aes_siv_cmac_test.json");
    const std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto document = boost::json::parse(text);
    int valid = 0;
    int forged = 0;
    for (const auto& group : document.at("testGroups").as_array()) {
        for (const auto& test : group.at("tests").as_array()) {
            const auto bytes = [&test](const char* name) {
                return hex(std::string_view(test.at(name).as_string()));
            };
            CAPTURE(test.at("tcId").to_number<int>());
            siv cipher(bytes("key"));
            const auto folded = cipher.fold({text_of(bytes("aad"))});
            const auto opened = open(cipher, folded, bytes("ct"));
            if (test.at("result").as_string() == "valid") {
                CHECK(opened == bytes("msg"));
                CHECK(sealed(cipher, folded, bytes("msg")).tag_and_text == bytes("ct"));
                ++valid;
            } else {
                CHECK_FALSE(opened);
                ++forged;
            }
        }
    }
    CHECK(valid + forged == 442);
    CHECK(forged > 100);
}

TEST_CASE("siv: it equals OpenSSL's AES-256-SIV for every length to 256 and some beyond")
{
    std::mt19937 random(5297);
    const auto draw = [&random](std::size_t size) {
        byte_string out(size);
        for (auto& byte : out)
            byte = static_cast<unsigned char>(random());
        return out;
    };
    for (std::size_t round = 0; round < 3; ++round) {
        const byte_string key = draw(64);
        siv cipher(key); // kept over all lengths: no message may leave a trace in the next
        for (std::size_t size = 1; size <= 256 + 40; ++size) {
            const std::size_t bytes = size <= 256 ? size : (size - 256) * 509;
            const byte_string text = draw(bytes);
            const std::string first = text_of(draw(1 + random() % 40));
            const std::string second = text_of(draw(1 + random() % 40));
            const auto folded = cipher.fold({first, second});
            const sealed made(cipher, folded, text);
            REQUIRE(made.tag_and_text == evp_seal(key, {first, second}, text));
            REQUIRE(open(cipher, folded, made.tag_and_text) == text);
        }
    }
}

TEST_CASE("siv: the empty text is authenticated like any other")
{
    siv cipher(byte_string(64, 7));
    const auto folded = cipher.fold({"a"});
    const sealed empty(cipher, folded, {});
    CHECK(open(cipher, folded, empty.tag_and_text) == byte_string{});
    CHECK_FALSE(open(cipher, folded, byte_string(16, 0)));
    CHECK_FALSE(open(cipher, cipher.fold({"b"}), empty.tag_and_text));
}

TEST_CASE("siv: any flipped bit and any other associated data is refused")
{
    siv cipher(byte_string(64, 9));
    const auto folded = cipher.fold({"scheme", "domain"});
    const sealed made(cipher, folded, byte_string(21, 'x'));
    for (std::size_t bit = 0; bit < made.tag_and_text.size() * 8; ++bit) {
        byte_string altered = made.tag_and_text;
        altered[bit / 8] ^= static_cast<unsigned char>(1U << bit % 8);
        CHECK_FALSE(open(cipher, folded, altered));
    }
    CHECK_FALSE(open(cipher, cipher.fold({"scheme", "other"}), made.tag_and_text));
    CHECK_FALSE(open(cipher, cipher.fold({"schemed", "omain"}), made.tag_and_text));
    CHECK_FALSE(open(cipher, cipher.fold({"domain", "scheme"}), made.tag_and_text));
    CHECK(open(cipher, folded, made.tag_and_text) == byte_string(21, 'x'));
}
