// What the parts of `sluice letters` do once their options are read. Each throws usage_error,
// mask::keyring_error, or letters_stopped for a database that failed.
#pragma once

#include "daemon/letters/letter_options.hpp"

#include <stdexcept>
#include <string>

namespace sluice::daemon {

// A database failed; holds the line to print.
class letters_stopped : public std::runtime_error
{
    using std::runtime_error::runtime_error;
};

exit_code list_letters(const config::loaded& file, const letter_options& given, console& terminal);
exit_code show_letter(const config::loaded& file, const letter_options& given, console& terminal);
exit_code export_letters(const config::loaded& file, const letter_options& given,
                         console& terminal);
exit_code replay_letters(const config::loaded& file, const letter_options& given,
                         console& terminal);
exit_code discard_letters(const config::loaded& file, const letter_options& given,
                          console& terminal);

} // namespace sluice::daemon
