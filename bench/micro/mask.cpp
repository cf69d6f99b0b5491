// Masks: two short fields a message, sealed or replaced by tokens.
#include "core/big_endian.hpp"
#include "core/byte_buffer.hpp"
#include "core/encoding.hpp"
#include "core/secret.hpp"
#include "measure.hpp"
#include "samples.hpp"
#include "transform/mask/derive.hpp"
#include "transform/mask/evp.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/siv.hpp"
#include "transform/mask/tokenizer.hpp"

#include <openssl/hmac.h>
#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <cstring>
#include <span>
#include <string>
#include <string_view>

namespace sluice::micro {
namespace {

constexpr std::string_view scheme = "sluice.pii.v1";
constexpr std::string_view domain = "public.user_logins.masked_ip";
constexpr std::size_t text_max = 64;
constexpr std::size_t tag_bytes = 16;
constexpr std::size_t nonce_bytes = 12;

struct sealed
{
    std::array<unsigned char, text_max> text{};
    std::array<unsigned char, tag_bytes> tag{};

    friend bool operator==(const sealed&, const sealed&) = default;
};

// Runs `work` on the address and the device of ten messages.
template <class Work>
void measure_fields(benchmark::State& state, Work&& work)
{
    measure(state, logins, [&] {
        for (const login& each : sample_logins()) {
            work(std::string_view(each.ip));
            work(std::string_view(each.device_id));
        }
    });
}

const mask::keyring& keys()
{
    static const mask::keyring made = mask::keyring::ephemeral();
    return made;
}

int size_of(std::string_view text)
{
    return static_cast<int>(text.size());
}

// ---- AES-256-SIV
// ---------------------------------------------------------------------------------

class our_siv
{
public:
    our_siv() : cipher_(keys().primary().bytes), folded_(cipher_.fold({scheme, domain})) {}

    bool operator()(std::string_view clear, sealed& into)
    {
        std::memcpy(into.text.data(), clear.data(), clear.size());
        return cipher_.seal(folded_, std::span(into.text).first(clear.size()), into.tag);
    }

private:
    mask::siv cipher_;
    mask::siv::folding folded_;
};

// OpenSSL's own SIV. A context seals once and is keyed again, which is all that OpenSSL 3.0 allows.
class evp_siv
{
public:
    explicit evp_siv(bool fetches_each_time) : fetches_each_time_(fetches_each_time) { fetch(); }

    bool operator()(std::string_view clear, sealed& into)
    {
        if (fetches_each_time_)
            fetch();
        EVP_CIPHER_CTX* const context = context_.get();
        int size = 0;
        return EVP_EncryptInit_ex2(context, cipher_.get(), keys().primary().bytes.data(), nullptr,
                                   nullptr) == 1 &&
               associate(scheme) && associate(domain) &&
               EVP_EncryptUpdate(context, into.text.data(), &size, as_bytes(clear).data(),
                                 size_of(clear)) == 1 &&
               EVP_EncryptFinal_ex(context, into.text.data() + size, &size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_AEAD_GET_TAG, tag_bytes, into.tag.data()) == 1;
    }

private:
    void fetch()
    {
        cipher_.reset(EVP_CIPHER_fetch(nullptr, "AES-256-SIV", nullptr));
        context_.reset(EVP_CIPHER_CTX_new());
    }

    bool associate(std::string_view text)
    {
        int size = 0;
        return EVP_EncryptUpdate(context_.get(), nullptr, &size, as_bytes(text).data(),
                                 size_of(text)) == 1;
    }

    bool fetches_each_time_;
    mask::evp_cipher cipher_;
    mask::evp_cipher_context context_;
};

void siv_ours(benchmark::State& state)
{
    our_siv ours;
    evp_siv theirs(false);
    for (const login& each : sample_logins()) {
        sealed mine;
        sealed expected;
        check(ours(each.ip, mine) && theirs(each.ip, expected), "both seal");
        check(mine == expected, "our SIV gives what OpenSSL's gives");
    }
    sealed out;
    measure_fields(state,
                   [&](std::string_view clear) { benchmark::DoNotOptimize(ours(clear, out)); });
}
BENCHMARK(siv_ours)->Name("seal two fields/ours, AES-256-SIV");

void siv_evp(benchmark::State& state, bool fetches_each_time)
{
    evp_siv theirs(fetches_each_time);
    sealed out;
    check(theirs("10.0.0.1", out), "it seals");
    measure_fields(state,
                   [&](std::string_view clear) { benchmark::DoNotOptimize(theirs(clear, out)); });
}
BENCHMARK_CAPTURE(siv_evp, keyed, false)->Name("seal two fields/EVP AES-256-SIV, keyed each time");
BENCHMARK_CAPTURE(siv_evp, fetched, true)
    ->Name("seal two fields/EVP AES-256-SIV, fetched and keyed each time");

// Another cipher: GCM. Each value needs a nonce of its own, so equal values do not stay equal, and
// no join finds them.
void gcm_evp(benchmark::State& state, bool random)
{
    const mask::evp_cipher cipher(EVP_CIPHER_fetch(nullptr, "AES-256-GCM", nullptr));
    const mask::evp_cipher_context context(EVP_CIPHER_CTX_new());
    check(cipher && context &&
              EVP_EncryptInit_ex2(context.get(), cipher.get(), keys().primary().bytes.data(),
                                  nullptr, nullptr) == 1,
          "OpenSSL has AES-256-GCM");
    std::array<unsigned char, nonce_bytes> nonce{};
    sealed out;
    std::uint64_t count = 0;
    const auto seal = [&](std::string_view clear) {
        int size = 0;
        if (random && RAND_bytes(nonce.data(), nonce_bytes) != 1)
            return false;
        if (!random)
            store_big_endian(nonce.data(), ++count);
        return EVP_EncryptInit_ex2(context.get(), nullptr, nullptr, nonce.data(), nullptr) == 1 &&
               EVP_EncryptUpdate(context.get(), out.text.data(), &size, as_bytes(clear).data(),
                                 size_of(clear)) == 1 &&
               EVP_EncryptFinal_ex(context.get(), out.text.data() + size, &size) == 1 &&
               EVP_CIPHER_CTX_ctrl(context.get(), EVP_CTRL_AEAD_GET_TAG, tag_bytes,
                                   out.tag.data()) == 1;
    };
    check(seal("10.0.0.1") && std::memcmp(out.text.data(), "10.0.0.1", 8) != 0, "it seals");
    measure_fields(state, [&](std::string_view clear) { benchmark::DoNotOptimize(seal(clear)); });
}
BENCHMARK_CAPTURE(gcm_evp, random, true)->Name("seal two fields/EVP AES-256-GCM, random nonces");
BENCHMARK_CAPTURE(gcm_evp, counted, false)->Name("seal two fields/EVP AES-256-GCM, counted nonces");

// As it stands in a row: type byte, tag, base64url, prefix.
void sealed_text_ours(benchmark::State& state)
{
    mask::seal_engine engine(keys());
    mask::sealer sealer(engine, domain);
    byte_buffer out;
    check(sealer.seal(mask::content::text, "10.0.0.1", out), "it seals");
    const auto opened = mask::opener(keys()).open(out.view(), domain);
    check(opened && opened->bytes == "10.0.0.1", "what is sealed opens");
    measure_fields(state, [&](std::string_view clear) {
        out.clear();
        benchmark::DoNotOptimize(sealer.seal(mask::content::text, clear, out));
    });
}
BENCHMARK(sealed_text_ours)->Name("seal two fields/ours, with base64url, as it is stored");

// ---- tokens
// --------------------------------------------------------------------------------------

// HMAC() in one call, which fetches and keys again.
bool append_by_hmac(std::span<const unsigned char> key, std::string_view clear, byte_buffer& out)
{
    std::array<unsigned char, 1 + text_max> input;
    input[0] = static_cast<unsigned char>(mask::content::text);
    std::memcpy(input.data() + 1, clear.data(), clear.size());
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    if (HMAC(EVP_sha256(), key.data(), static_cast<int>(key.size()), input.data(), 1 + clear.size(),
             digest.data(), nullptr) == nullptr)
        return false;
    out.append(mask::prefix_of(mask::form::token, keys().primary().id));
    to_base64url(std::span(digest).first(mask::token_bytes),
                 out.extend(base64url_size(mask::token_bytes)));
    return true;
}

std::array<unsigned char, 32> token_key()
{
    std::array<unsigned char, 32> key;
    check(mask::derive(keys().primary().bytes, "sluice.token.v1:" + std::string(domain), key),
          "OpenSSL has HKDF");
    return key;
}

void token_ours(benchmark::State& state)
{
    mask::tokenizer tokenizer(keys(), domain);
    byte_buffer out;
    byte_buffer expected;
    check(tokenizer.append(mask::content::text, "10.0.0.1", out) &&
              append_by_hmac(token_key(), "10.0.0.1", expected) && out.view() == expected.view(),
          "our token is the HMAC");
    measure_fields(state, [&](std::string_view clear) {
        out.clear();
        benchmark::DoNotOptimize(tokenizer.append(mask::content::text, clear, out));
    });
}
BENCHMARK(token_ours)->Name("token of two fields/ours");

void token_hmac(benchmark::State& state)
{
    const auto key = token_key();
    byte_buffer out;
    measure_fields(state, [&](std::string_view clear) {
        out.clear();
        benchmark::DoNotOptimize(append_by_hmac(key, clear, out));
    });
}
BENCHMARK(token_hmac)->Name("token of two fields/HMAC() in one call");

} // namespace
} // namespace sluice::micro
