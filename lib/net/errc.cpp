#include "net/errc.hpp"

#include <string>

namespace sluice::net {
namespace {

// The destructor of Boost's base class is protected, not virtual: nobody deletes a category.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class net_category final : public error_category
{
public:
    const char* name() const noexcept override { return "sluice.net"; }
    std::string message(int value) const override { return text(static_cast<errc>(value)); }

private:
    static const char* text(errc code) noexcept
    {
        switch (code) {
        case errc::bad_url:
            return "not an http or https URL with a host";
        case errc::resolve_failed:
            return "the host name has no address";
        case errc::connect_failed:
            return "no address of the host takes a connection";
        case errc::tls_failed:
            return "no trusted TLS connection";
        case errc::timed_out:
            return "no answer in time";
        case errc::closed:
            return "the peer closed the connection";
        case errc::malformed_header:
            return "the peer does not speak HTTP/1.1";
        case errc::header_too_large:
            return "the header is too large";
        case errc::malformed_body:
            return "the chunks of the body are broken";
        case errc::body_too_large:
            return "the body is too large";
        }
        return "unknown error";
    }
};
#pragma GCC diagnostic pop

} // namespace

const error_category& category() noexcept
{
    static const net_category instance;
    return instance;
}

} // namespace sluice::net
