#include "core/encoding.hpp"

#include <catch2/catch.hpp>

#include <random>

using namespace sluice;

TEST_CASE("encoding: the test vectors of RFC 4648, section 10")
{
    const std::pair<const char*, const char*> vectors[] = {
        {"", ""},
        {"f", "Zg=="},
        {"fo", "Zm8="},
        {"foo", "Zm9v"},
        {"foob", "Zm9vYg=="},
        {"fooba", "Zm9vYmE="},
        {"foobar", "Zm9vYmFy"},
    };
    for (const auto& [plain, base64] : vectors) {
        CHECK(to_base64(as_bytes(plain)) == base64);
        const auto back = from_base64(base64);
        REQUIRE(back);
        CHECK(as_text(*back) == plain);
    }
    CHECK(to_hex(as_bytes("foobar")) == "666f6f626172");
}

TEST_CASE("encoding: random bytes come back from every form")
{
    std::mt19937 random(7);
    for (std::size_t size = 0; size < 200; ++size) {
        byte_string in(size);
        for (auto& byte : in)
            byte = static_cast<unsigned char>(random());
        CHECK(from_base64(to_base64(in)) == in);
        CHECK(from_base64url(to_base64url(in)) == in);
        CHECK(to_base64url(in).size() == base64url_size(size));
        CHECK(from_hex(to_hex(in)) == in);
    }
}

TEST_CASE("encoding: malformed text is refused")
{
    const char* const wrong = GENERATE("A", "AB=A", "AAA", "====", "AA=A", "A===", "AA AA", "AAA\n",
                                       "QQ-_", "Zh==", "Zm9=");
    CAPTURE(wrong);
    CHECK_FALSE(from_base64(wrong));
}

TEST_CASE("encoding: the form for URLs takes neither padding nor the plain alphabet")
{
    const char* const wrong = GENERATE("Zg==", "A", "ab+/", "Zh", "Zm9", "AA A");
    CAPTURE(wrong);
    CHECK_FALSE(from_base64url(wrong));
    CHECK(from_base64url("_-8"));
}

TEST_CASE("encoding: hex of odd length or with other characters is refused")
{
    CHECK_FALSE(from_hex("abc"));
    CHECK_FALSE(from_hex("0g"));
    CHECK(from_hex("AbCd") == byte_string{0xab, 0xcd});
}

TEST_CASE("encoding: a JSON string escapes what JSON cannot hold, and nothing else")
{
    std::string out = "x";
    append_json_string(out, std::string_view("a\"b\\c\n\x01\0\x1f\x7f\xc3\xa9\xc2\x9b", 14));
    CHECK(out == "x\"a\\\"b\\\\c\\u000a\\u0001\\u0000\\u001f\\u007f\xc3\xa9\\u009b\"");
    out.clear();
    append_json_string(out, "");
    CHECK(out == "\"\"");
}
