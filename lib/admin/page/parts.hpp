// The files of the status page, as they are in this folder.
#pragma once

#include <string_view>

namespace sluice::admin {

extern const std::string_view page_html; // with {{style}} and {{script}} where the others go
extern const std::string_view page_css;
extern const std::string_view page_js;

} // namespace sluice::admin
