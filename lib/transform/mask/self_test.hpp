// Known answers, asked for at every start: a build of OpenSSL that errs must not mask anything.
#pragma once

namespace sluice::mask {

// Throws crypto_error.
void self_test();

} // namespace sluice::mask
