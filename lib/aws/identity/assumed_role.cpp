#include "aws/identity/assumed_role.hpp"

#include "aws/error.hpp"
#include "aws/fault.hpp"

namespace sluice::aws {

awaitable<credentials> assumed_role::fetch()
{
    for (bool is_first = true;; is_first = false) {
        const credentials_ptr by = co_await by_->get();
        try {
            credentials given = co_await sts_.assume(role_, *by);
            co_return given;
        } catch (const sts_error& error) {
            service_error known;
            known.type = error.code();
            if (!is_first || classify(known) != fault::credentials_refused)
                throw;
        }
        by_->refuse(by); // once more with others, if there are any
    }
}

} // namespace sluice::aws
