// Rules about several keys together, without I/O.
#pragma once

#include "config/document.hpp"
#include "config/settings.hpp"

namespace sluice::config {

// Reports to the document. A rule whose values are not all known is left out.
void check_together(document& file, const settings& all);

} // namespace sluice::config
