#include "daemon/init/column_names.hpp"

#include "config/rules.hpp"
#include "daemon/init/code_points.hpp"

namespace sluice::daemon {
namespace {

constexpr std::size_t name_bytes_max = 63; // PostgreSQL: NAMEDATALEN - 1

// Of UTF-8, whole characters.
std::string_view cut(std::string_view text, std::size_t bytes_max)
{
    std::string_view rest = text;
    std::size_t size = 0;
    while (!rest.empty()) {
        const std::size_t next = size + take_code_point(rest).text.size();
        if (next > bytes_max)
            break;
        size = next;
    }
    return text.substr(0, size);
}

} // namespace

std::string column_names::give(std::string_view wanted)
{
    std::string name(cut(wanted, name_bytes_max));
    for (std::size_t number = 2; taken_.contains(name) || config::check_column_name({name, name});
         ++number) {
        const std::string suffix = "_" + std::to_string(number);
        name = std::string(cut(wanted, name_bytes_max - suffix.size())) + suffix;
    }
    taken_.insert(name);
    return name;
}

} // namespace sluice::daemon
