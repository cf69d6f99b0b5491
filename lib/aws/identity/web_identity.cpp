#include "aws/identity/web_identity.hpp"

#include "aws/identity/token_file.hpp"

namespace sluice::aws {
namespace {

// The token may have been replaced while we were asking with the old one.
bool may_be_old_token(const std::string& code)
{
    return code == "ExpiredTokenException" || code == "ExpiredToken" ||
           code == "InvalidIdentityToken" || code == "InvalidIdentityTokenException";
}

} // namespace

awaitable<credentials> web_identity::fetch()
{
    for (bool is_first = true;; is_first = false) {
        const secret token = read_token_file(token_file_);
        try {
            credentials given = co_await sts_.assume_with_token(role_, token);
            co_return given;
        } catch (const sts_error& error) {
            if (!is_first || !may_be_old_token(error.code()))
                throw;
        }
    }
}

} // namespace sluice::aws
