#include "core/encoding.hpp"
#include "transform/md5_lanes.hpp"

#include <catch2/catch.hpp>
#include <openssl/evp.h>

#include <random>
#include <string>
#include <vector>

namespace {

using sluice::transform::md5_digest;
using sluice::transform::md5_lanes_max;
using sluice::transform::md5_together;
using sluice::transform::worth_lanes;

std::vector<md5_digest> together(const std::vector<std::string>& texts)
{
    const std::vector<std::string_view> views(texts.begin(), texts.end());
    std::vector<md5_digest> digests(texts.size());
    md5_together(views, digests);
    return digests;
}

md5_digest by_openssl(const std::string& text)
{
    md5_digest out;
    REQUIRE(EVP_Digest(text.data(), text.size(), out.data(), nullptr, EVP_md5(), nullptr) == 1);
    return out;
}

bool worth(const std::vector<std::size_t>& sizes)
{
    std::vector<std::string> texts;
    for (const std::size_t size : sizes)
        texts.emplace_back(size, 'x');
    return worth_lanes(std::vector<std::string_view>(texts.begin(), texts.end()));
}

} // namespace

TEST_CASE("md5: the vectors of RFC 1321, all at once")
{
    const std::vector<md5_digest> digests =
        together({"", "a", "abc", "message digest", "abcdefghijklmnopqrstuvwxyz",
                  "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789",
                  "1234567890123456789012345678901234567890"
                  "1234567890123456789012345678901234567890"});
    const std::vector<std::string> expected = {
        "d41d8cd98f00b204e9800998ecf8427e", "0cc175b9c0f1b6a831c399e269772661",
        "900150983cd24fb0d6963f7d28e17f72", "f96b697d7cb7938d525a2f31aaf161d0",
        "c3fcd3d76192e4007dfb496cca67e13b", "d174ab98d277d9f5a5611c2c9f419d9f",
        "57edf4a22be3c955ac49da2e2107b67a"};
    for (std::size_t i = 0; i < expected.size(); ++i)
        CHECK(sluice::to_hex(digests[i]) == expected[i]);
}

TEST_CASE("md5: texts of every length around the blocks, in every lane, as OpenSSL has them")
{
    std::mt19937 random(1321);
    for (std::size_t size = 0; size < 300; ++size) {
        std::vector<std::string> texts;
        for (std::size_t lane = 0; lane < md5_lanes_max; ++lane) {
            const std::size_t bytes = lane % 3 == 0 ? size : random() % 500;
            std::string& text = texts.emplace_back(bytes, '\0');
            for (char& c : text)
                c = static_cast<char>(random());
        }
        const std::vector<md5_digest> digests = together(texts);
        for (std::size_t lane = 0; lane < texts.size(); ++lane)
            REQUIRE(digests[lane] == by_openssl(texts[lane]));
    }
}

TEST_CASE("md5: a long text among short ones, few lanes, and none")
{
    const std::vector<std::string> texts = {"short", std::string(1 << 20, 'y'), ""};
    const std::vector<md5_digest> digests = together(texts);
    for (std::size_t lane = 0; lane < texts.size(); ++lane)
        CHECK(digests[lane] == by_openssl(texts[lane]));
    CHECK(together({}).empty());
}

TEST_CASE("md5: lanes are worth it for texts of about one length")
{
    CHECK_FALSE(worth({}));
    CHECK_FALSE(worth({160}));
    CHECK_FALSE(worth({160, 160}));
    CHECK_FALSE(worth({160, 160, 160}));
    CHECK(worth({160, 160, 160, 160}));
    CHECK(worth({300, 350, 400, 400}));
    CHECK_FALSE(worth({100, 200, 300, 400}));
    CHECK_FALSE(worth({100'000, 160, 160, 160, 160, 160, 160, 160, 160, 160}));
}
