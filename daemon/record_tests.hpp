// Runs the `tests:` of a pipeline: each body goes through the transformer as a message would, and
// must become the row or the dead letter that the test names.
#pragma once

#include "config/load.hpp"

#include <cstddef>

namespace sluice::daemon {

// Reports each test that fails at its line, and returns how many passed. A pipeline with a mistake
// in its record is not tested: what is wrong with it is told already. Masked columns are masked
// with a key made for the purpose, so that no keyring is needed; a test names their value in clear.
// Throws mask::crypto_error when OpenSSL cannot mask.
[[nodiscard]] std::size_t run_record_tests(config::loaded& file, const config::pipeline& one);

} // namespace sluice::daemon
