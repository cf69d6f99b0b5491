#include "net/http_field.hpp"

#include <boost/beast/core/string.hpp>

namespace sluice::net {

bool equal_names(std::string_view left, std::string_view right) noexcept
{
    return boost::beast::iequals({left.data(), left.size()}, {right.data(), right.size()});
}

std::string_view find_field(std::span<const http_field> fields, std::string_view name) noexcept
{
    for (const http_field& field : fields)
        if (field.name.size() == name.size() && equal_names(field.name, name))
            return field.value;
    return {};
}

} // namespace sluice::net
