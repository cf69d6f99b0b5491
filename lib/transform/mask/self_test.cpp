#include "transform/mask/self_test.hpp"

#include "core/byte_buffer.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/tokenizer.hpp"

#include <array>
#include <numeric>

namespace sluice::mask {
namespace {

struct known_answer
{
    content what;
    std::string_view clear;
    std::string_view sealed;
    std::string_view token;
};

// Made by another implementation (Python's `cryptography`: AESSIV, HKDF, HMAC) from the key
// 00 01 .. 3f. They also fix the format: a later version must still open them.
constexpr std::string_view domain = "public.user_logins.masked_ip";
constexpr std::array<known_answer, 4> answers = {{
    {content::text, "a", "p1.test22.-tg75az81BxS9dODR7T5g-um", "t1.test22.Rvl9e6iRRN-FmS1ibGSKaQ"},
    {content::text, "fifteen bytes..", "p1.test22.3mYoYyveqjQQUshuAmY-z2Qsxycq0EzTHA1XTh2lCQo",
     "t1.test22.zMuprk1gREGPRG0HnDfzxA"},
    {content::text, "sixteen bytes...", "p1.test22.jUQWzj3-UW6RqiKoZna0CvP89LPRSdJSdfyx4_pQqmdx",
     "t1.test22.gcVJGMBW-SQWjbnvOWXmeA"},
    {content::inet, "\xc6\x33\x64\x07", "p1.test22.jTei_Xk1Bz6voZrIzEPuknzkK5D_",
     "t1.test22.7PqNyymvcI9ikMukc9IL9A"},
}};

keyring known_keyring()
{
    std::array<unsigned char, key_bytes> bytes;
    std::iota(bytes.begin(), bytes.end(), static_cast<unsigned char>(0));
    return keyring::of_one("test22", bytes);
}

bool opens(opener& with, const known_answer& known)
{
    const auto opened = with.open(known.sealed, domain);
    const auto elsewhere = with.open(known.sealed, "public.user_logins.other");
    return opened && opened->what == known.what && opened->bytes == known.clear && !elsewhere;
}

} // namespace

void self_test()
{
    const keyring keys = known_keyring();
    seal_engine engine(keys);
    sealer sealing(engine, domain);
    tokenizer tokens(keys, domain);
    opener opening(keys);
    byte_buffer out;
    for (const known_answer& known : answers) {
        out.clear();
        bool good = sealing.seal(known.what, known.clear, out) && out.view() == known.sealed;
        out.clear();
        good = good && tokens.append(known.what, known.clear, out) && out.view() == known.token;
        if (!good || !opens(opening, known))
            throw crypto_error("this build of OpenSSL gives wrong answers (AES-256-SIV or "
                               "HMAC-SHA-256); nothing is masked with it");
    }
}

} // namespace sluice::mask
