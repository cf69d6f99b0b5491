#include "aws/hash.hpp"

#include "core/encoding.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;

TEST_CASE("hash: SHA-256 as FIPS 180 has it, also the second time")
{
    aws::sha256 hash;
    for (int i = 0; i < 2; ++i) {
        CHECK(to_hex(hash("abc")) ==
              "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        CHECK(to_hex(hash("")) ==
              "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}

TEST_CASE("hash: HMAC-SHA-256 as RFC 4231 has it, also the second time")
{
    const std::string key(20, '\x0b');
    aws::hmac_sha256 first(as_bytes(key));
    aws::hmac_sha256 second(as_bytes("Jefe"));
    for (int i = 0; i < 2; ++i) {
        CHECK(to_hex(first("Hi There")) ==
              "b0344c61d8db38535ca8afceaf0bf12b881dc200c9833da726e9376c2e32cff7");
        CHECK(to_hex(second("what do ya want for nothing?")) ==
              "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
    }
}
