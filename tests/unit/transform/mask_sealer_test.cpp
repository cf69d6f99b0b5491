#include "core/byte_buffer.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/self_test.hpp"
#include "transform/mask/tokenizer.hpp"

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <array>
#include <numeric>
#include <random>
#include <set>
#include <string>

namespace {

using namespace sluice;
using namespace sluice::mask;

keyring counting_key(const char* id = "test22")
{
    std::array<unsigned char, key_bytes> bytes;
    std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
    return keyring::of_one(id, bytes);
}

std::string seal(sealer& with, content what, std::string_view clear)
{
    byte_buffer out;
    out.append("before:");
    REQUIRE(with.seal(what, clear, out));
    const std::string sealed(out.view().substr(7));
    CHECK(sealed.size() == with.size(clear.size()));
    return sealed;
}

std::string token(tokenizer& with, content what, std::string_view clear)
{
    byte_buffer out;
    REQUIRE(with.append(what, clear, out));
    CHECK(out.size() == with.size());
    return std::string(out.view());
}

} // namespace

TEST_CASE("mask: the self-test passes with this OpenSSL")
{
    CHECK_NOTHROW(self_test());
}

TEST_CASE("mask: sealed texts and tokens are those of another implementation")
{
    // Python's `cryptography`: AESSIV, HKDF and HMAC with the key 00 01 .. 3f.
    const keyring keys = counting_key();
    seal_engine engine(keys);
    sealer sealing(engine, "public.user_logins.masked_ip");
    tokenizer tokens(keys, "public.user_logins.masked_ip");
    CHECK(seal(sealing, content::text, "198.51.100.7") ==
          "p1.test22.Zo54Noa1lwJbTQNQFsO8orodiH6pG-iR2dV49eA");
    CHECK(seal(sealing, content::text, "") == "p1.test22.Ec38KRBO3JLFeypNBz4APU8");
    CHECK(seal(sealing, content::text, std::string(100, 'x')) ==
          "p1.test22.0SyAA78SQDWTlrn2VoZAK2iCBObfnj58xBxwPs3KJklqJedH4ZOulU_Rlvil1XzHLjhMwPX7E-Ft7"
          "wnzJCU25dwdntBC5qK5NZuhO_Jlu_tPGTRb_dZNtnmQGYzFFYuiBIasGWxVxNJnbU53DktGxIna5R0K");
    CHECK(token(tokens, content::text, "198.51.100.7") == "t1.test22.p-RdIk68u2pXTq0HjWAEKQ");
    CHECK(token(tokens, content::text, "") == "t1.test22.8op3rrXx1LcmFmfQHWO4tw");
    CHECK(token(tokens, content::text, std::string(100, 'x')) ==
          "t1.test22.4uDZJZNs1ty5b1aKqNzq1g");
}

TEST_CASE("mask: what was sealed opens to the same value, of any length")
{
    const keyring keys = keyring::ephemeral();
    seal_engine engine(keys);
    sealer sealing(engine, "d");
    opener opening(keys);
    std::mt19937 random(1);
    for (std::size_t size = 0; size < 700; ++size) {
        std::string clear(size, '\0');
        for (char& c : clear)
            c = static_cast<char>(random());
        const content what = size % 2 == 0 ? content::text : content::bytes;
        const auto opened = opening.open(seal(sealing, what, clear), "d");
        REQUIRE(opened.has_value());
        REQUIRE(opened->bytes == clear);
        REQUIRE(opened->what == what);
    }
}

TEST_CASE("mask: equal values are equal, others and other domains are not")
{
    const keyring keys = keyring::ephemeral();
    seal_engine engine(keys);
    sealer one(engine, "s.t.one");
    sealer same(engine, "s.t.one");
    sealer two(engine, "s.t.two");
    tokenizer token_one(keys, "s.t.one");
    tokenizer token_same(keys, "s.t.one");
    tokenizer token_two(keys, "s.t.two");
    CHECK(seal(one, content::text, "x") == seal(same, content::text, "x"));
    CHECK(token(token_one, content::text, "x") == token(token_same, content::text, "x"));
    const std::set<std::string> different = {
        seal(one, content::text, "x"),        seal(one, content::text, "y"),
        seal(one, content::inet, "x"),        seal(two, content::text, "x"),
        token(token_one, content::text, "x"), token(token_one, content::text, "y"),
        token(token_one, content::inet, "x"), token(token_two, content::text, "x")};
    CHECK(different.size() == 8);
}

TEST_CASE("mask: a sealed text opens only in its domain")
{
    const keyring keys = keyring::ephemeral();
    seal_engine engine(keys);
    sealer sealing(engine, "public.t.a");
    opener opening(keys);
    const std::string sealed = seal(sealing, content::text, "x");
    CHECK(opening.open(sealed, "public.t.a").has_value());
    CHECK(opening.open(sealed, "public.t.b").error() == errc::not_authentic);
    CHECK(opening.open(sealed, "").error() == errc::not_authentic);
}

TEST_CASE("mask: what is no sealed text is told from a forged one")
{
    const keyring keys = counting_key();
    opener opening(keys);
    const auto error = [&opening](std::string_view text) {
        return opening.open(text, "d").error();
    };
    for (const char* const text : {"",
                                   "p",
                                   "p1",
                                   "p1.",
                                   "p1.test22",
                                   "p1.test22.",
                                   "p1.abc.Ec38KRBO3JLFeypNBz4APU8",
                                   "p1.abcdefghi.Ec38KRBO3JLFeypNBz4APU8",
                                   "p2.test22.Ec38KRBO3JLFeypNBz4APU8",
                                   "P1.test22.Ec38KRBO3JLFeypNBz4APU8",
                                   "q1.test22.Ec38KRBO3JLFeypNBz4APU8",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4APU8=",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4APU9",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4AP",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4AP+8",
                                   " p1.test22.Ec38KRBO3JLFeypNBz4APU8",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4APU8 ",
                                   "p1.test22.Ec38KRBO3JLFeypNBz4AP.8",
                                   "t1.test22.8op3rrXx1LcmFmfQHWO4",
                                   "10.0.0.1"}) {
        CAPTURE(text);
        CHECK(error(text) == errc::malformed);
    }
    CHECK(error("t1.test22.8op3rrXx1LcmFmfQHWO4tw") == errc::one_way);
    CHECK(error("p1.other2.Ec38KRBO3JLFeypNBz4APU8") == errc::key_unknown);
    CHECK(error("p1.test22.Ec38KRBO3JLFeypNBz4APU8") == errc::not_authentic);
    CHECK(make_error_code(errc::not_authentic).message().find("altered") != std::string::npos);
}

TEST_CASE("mask: no other text stands for the same sealed value")
{
    const keyring keys = counting_key();
    seal_engine engine(keys);
    sealer sealing(engine, "d");
    opener opening(keys);
    const std::string sealed = seal(sealing, content::text, "some value");
    const std::size_t text_at = sealed.rfind('.') + 1;
    for (std::size_t at = text_at; at < sealed.size(); ++at) {
        for (const char other : std::string_view("AZaz09-_+/=. ")) {
            std::string altered = sealed;
            if (altered[at] == other)
                continue;
            altered[at] = other;
            CHECK_FALSE(opening.open(altered, "d").has_value());
        }
    }
}
