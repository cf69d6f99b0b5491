#include "support/tls/certificates.hpp"

#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdlib.h>

#include <cstdio>
#include <fstream>
#include <stdexcept>

namespace sluice::test {
namespace {

// OpenSSL says 1 for success, and other things for other successes.
void must(bool succeeded, const char* what)
{
    if (!succeeded)
        throw std::runtime_error(std::string("cannot make a certificate: ") + what);
}

void add_extension(X509* certificate, X509* issuer, int name, const std::string& value)
{
    if (value.empty())
        return;
    X509V3_CTX context;
    X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
    X509_EXTENSION* const extension = X509V3_EXT_nconf_nid(nullptr, &context, name, value.c_str());
    must(extension != nullptr, value.c_str());
    X509_add_ext(certificate, extension, -1);
    X509_EXTENSION_free(extension);
}

identity make(const certificate_wish& wish, const identity* issuer)
{
    static long serial = 0;
    identity made;
    made.key.reset(EVP_EC_gen("P-256"));
    made.certificate.reset(X509_new());
    X509* const certificate = made.certificate.get();
    must(made.key && certificate != nullptr, "no memory");
    X509_set_version(certificate, X509_VERSION_3);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), ++serial);
    const auto seconds = [](std::chrono::hours span) {
        return static_cast<long>(std::chrono::seconds(span).count());
    };
    X509_gmtime_adj(X509_getm_notBefore(certificate), seconds(wish.valid_from));
    X509_gmtime_adj(X509_getm_notAfter(certificate), seconds(wish.valid_until));
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const auto* const name = reinterpret_cast<const unsigned char*>(wish.common_name.c_str());
    must(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, name, -1, -1, 0) == 1, "name");
    X509* const signer = issuer == nullptr ? certificate : issuer->certificate.get();
    X509_set_issuer_name(certificate, X509_get_subject_name(signer));
    X509_set_pubkey(certificate, made.key.get());
    add_extension(certificate, signer, NID_basic_constraints,
                  wish.authority ? "critical,CA:TRUE" : "critical,CA:FALSE");
    add_extension(certificate, signer, NID_subject_alt_name, wish.alternative_names);
    if (!wish.authority)
        add_extension(certificate, signer, NID_ext_key_usage, wish.usage);
    EVP_PKEY* const signing_key = issuer == nullptr ? made.key.get() : issuer->key.get();
    must(X509_sign(certificate, signing_key, EVP_sha256()) > 0, "signature");
    return made;
}

struct file_closer
{
    void operator()(std::FILE* file) const noexcept { std::fclose(file); }
};

std::unique_ptr<std::FILE, file_closer> create(const std::filesystem::path& path)
{
    std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "w"));
    must(file != nullptr, path.c_str());
    return file;
}

} // namespace

identity make_self_signed(const certificate_wish& wish)
{
    return make(wish, nullptr);
}

identity issue(const certificate_wish& wish, const identity& issuer)
{
    return make(wish, &issuer);
}

pem_folder::pem_folder()
{
    std::string pattern = std::filesystem::temp_directory_path() / "sluice-tls-XXXXXX";
    must(::mkdtemp(pattern.data()) != nullptr, pattern.c_str());
    folder_ = pattern;
}

pem_folder::~pem_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(folder_, ignored);
}

std::filesystem::path pem_folder::next()
{
    return folder_ / std::to_string(++files_);
}

std::string pem_folder::write_certificate(const identity& of)
{
    const auto path = next();
    must(PEM_write_X509(create(path).get(), of.certificate.get()) == 1, path.c_str());
    return path;
}

std::string pem_folder::write_key(const identity& of)
{
    const auto path = next();
    must(PEM_write_PrivateKey(create(path).get(), of.key.get(), nullptr, nullptr, 0, nullptr,
                              nullptr) == 1,
         path.c_str());
    return path;
}

std::string pem_folder::write_text(std::string_view text)
{
    const auto path = next();
    std::ofstream(path) << text;
    return path;
}

} // namespace sluice::test
