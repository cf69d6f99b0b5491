// Certificates for tests, good ones and bad ones, in a temporary folder that dies with them.
#pragma once

#include <openssl/evp.h>
#include <openssl/x509.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>

namespace sluice::test {

struct certificate_wish
{
    std::string common_name = "sluice test";
    std::string alternative_names{}; // as OpenSSL writes them: "DNS:localhost,IP:127.0.0.1"
    std::string usage = "serverAuth";
    bool authority = false;
    std::chrono::hours valid_from{-24}; // counted from now
    std::chrono::hours valid_until{24};
};

struct x509_deleter
{
    void operator()(X509* certificate) const noexcept { X509_free(certificate); }
};

struct key_deleter
{
    void operator()(EVP_PKEY* key) const noexcept { EVP_PKEY_free(key); }
};

struct identity
{
    std::unique_ptr<X509, x509_deleter> certificate;
    std::unique_ptr<EVP_PKEY, key_deleter> key;
};

[[nodiscard]] identity make_self_signed(const certificate_wish& wish);
[[nodiscard]] identity issue(const certificate_wish& wish, const identity& issuer);

class pem_folder
{
public:
    pem_folder();
    pem_folder(const pem_folder&) = delete;
    pem_folder& operator=(const pem_folder&) = delete;
    ~pem_folder();

    // Both write a new file and return its path.
    std::string write_certificate(const identity& of);
    std::string write_key(const identity& of);
    std::string write_text(std::string_view text);

private:
    [[nodiscard]] std::filesystem::path next();

    std::filesystem::path folder_;
    int files_ = 0;
};

} // namespace sluice::test
