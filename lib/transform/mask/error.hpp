// Why a masked value cannot be opened.
#pragma once

#include "core/error.hpp"

namespace sluice::mask {

enum class errc
{
    malformed = 1,  // no masked value: not of the form p1.<key id>.<base64url>
    one_way,        // a token: nothing opens it
    key_unknown,    // sealed with a key that the keyring does not hold
    not_authentic,  // altered, or sealed for another domain
    openssl_failed, // OpenSSL refused to work
};

[[nodiscard]] const error_category& category() noexcept;

[[nodiscard]] inline error_code make_error_code(errc e) noexcept
{
    return {static_cast<int>(e), category()};
}

} // namespace sluice::mask

template <>
struct boost::system::is_error_code_enum<sluice::mask::errc> : std::true_type
{};
