#include "transform/mask/error.hpp"

namespace sluice::mask {
namespace {

// The destructor of Boost's base class is protected, not virtual: nobody deletes a category.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wnon-virtual-dtor"
class mask_category final : public error_category
{
public:
    [[nodiscard]] const char* name() const noexcept override { return "sluice.mask"; }
    [[nodiscard]] std::string message(int value) const override
    {
        switch (static_cast<errc>(value)) {
        case errc::malformed:
            return "is no masked value; one looks like p1.<key id>.<text>";
        case errc::one_way:
            return "is a token, which nothing opens";
        case errc::key_unknown:
            return "was sealed with a key that the keyring does not hold";
        case errc::not_authentic:
            return "was altered, or sealed for another domain";
        case errc::openssl_failed:
            return "could not be opened: OpenSSL failed";
        }
        return "unknown error";
    }
};
#pragma GCC diagnostic pop

} // namespace

const error_category& category() noexcept
{
    static const mask_category instance;
    return instance;
}

} // namespace sluice::mask
