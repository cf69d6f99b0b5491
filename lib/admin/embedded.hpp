// Files of this folder, as they were when it was built.
#pragma once

#include <string_view>

namespace sluice::admin {

extern const std::string_view page_html; // with {{style}} and {{script}} where the next two go
extern const std::string_view page_css;
extern const std::string_view page_js;
extern const std::string_view openapi_json;

} // namespace sluice::admin
