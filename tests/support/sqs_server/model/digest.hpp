// MD5 and SHA-256 as lower-case hex. MD5 is what SQS lets its clients check transport with.
#pragma once

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// One algorithm, fetched once: a fetch for each message would cost more than the digest.
// Not thread-safe.
class digest
{
public:
    // `algorithm` as OpenSSL names it. Throws std::runtime_error if no provider has it.
    explicit digest(const char* algorithm);

    void update(std::string_view bytes);
    void update_u32(std::uint32_t number); // big-endian
    // Hex of all that came since the last call.
    [[nodiscard]] std::string finish();

    [[nodiscard]] std::string operator()(std::string_view bytes)
    {
        update(bytes);
        return finish();
    }

private:
    struct free_algorithm
    {
        void operator()(EVP_MD* it) const noexcept { EVP_MD_free(it); }
    };
    struct free_context
    {
        void operator()(EVP_MD_CTX* it) const noexcept { EVP_MD_CTX_free(it); }
    };

    void start();

    std::unique_ptr<EVP_MD, free_algorithm> algorithm_;
    std::unique_ptr<EVP_MD_CTX, free_context> context_;
};

} // namespace sluice::sqs_server
