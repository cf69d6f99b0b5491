#include "core/certificates_end.hpp"

#include <openssl/asn1.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <algorithm>
#include <ctime>

namespace sluice {
namespace {

std::optional<wall_time> end_of(const X509* certificate) noexcept
{
    std::tm parts{};
    if (certificate == nullptr || ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1)
        return std::nullopt;
    return wall_time(std::chrono::seconds(timegm(&parts)));
}

} // namespace

std::optional<wall_time> earlier(std::optional<wall_time> one,
                                 std::optional<wall_time> other) noexcept
{
    if (!one || !other)
        return one ? one : other;
    return std::min(*one, *other);
}

std::optional<wall_time> certificates_end(const ssl_st* connection) noexcept
{
    std::optional<wall_time> first = end_of(SSL_get_certificate(connection));
    const STACK_OF(X509)* chain = SSL_get0_verified_chain(connection);
    if (chain == nullptr)
        chain = SSL_get_peer_cert_chain(connection);
    for (int i = 0; chain != nullptr && i < sk_X509_num(chain); ++i)
        first = earlier(first, end_of(sk_X509_value(chain, i)));
    return first;
}

} // namespace sluice
