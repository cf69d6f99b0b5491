// The status page: one document that needs nothing else, and holds no data of its own.
#pragma once

#include <string>

namespace sluice::admin {

struct page
{
    std::string text;
    std::string policy; // what a browser may do for it: the value of Content-Security-Policy
};

// Made once.
[[nodiscard]] const page& status_page();

} // namespace sluice::admin
