// A text file that was not there before.
#pragma once

#include <string>
#include <string_view>

namespace sluice::daemon {

// Never writes over a file, and leaves none that holds a part of the text. Throws usage_error if
// the file cannot be made, std::system_error if it cannot be written.
void write_new_file(const std::string& path, std::string_view text);

} // namespace sluice::daemon
