#include "admin/routes.hpp"

#include <algorithm>
#include <array>
#include <charconv>

namespace sluice::admin {
namespace {

constexpr std::string_view placeholder = "{name}";

constexpr std::array routes{
    route_form{"/", endpoint::page},
    route_form{"/metrics", endpoint::metrics},
    route_form{"/healthz", endpoint::healthz},
    route_form{"/readyz", endpoint::readyz},
    route_form{"/api/v1/openapi.json", endpoint::openapi},
    route_form{"/api/v1/status", endpoint::status},
    route_form{"/api/v1/events", endpoint::events},
    route_form{"/api/v1/pipelines/{name}", endpoint::pipeline},
    route_form{"/api/v1/pipelines/{name}/latest", endpoint::latest},
    route_form{"/api/v1/pipelines/{name}/letters", endpoint::letters},
    route_form{"/api/v1/pipelines/{name}/pause", endpoint::tell, command::pause},
    route_form{"/api/v1/pipelines/{name}/resume", endpoint::tell, command::resume},
    route_form{"/api/v1/pipelines/{name}/run", endpoint::tell, command::run},
};

// What stands in the place of the name; nothing if the path has another form.
std::optional<std::string_view> match(std::string_view form, std::string_view path) noexcept
{
    const std::size_t at = form.find(placeholder);
    if (at == std::string_view::npos)
        return form == path ? std::optional(std::string_view()) : std::nullopt;
    const std::string_view before = form.substr(0, at);
    const std::string_view after = form.substr(at + placeholder.size());
    if (path.size() <= before.size() + after.size() || !path.starts_with(before) ||
        !path.ends_with(after))
        return std::nullopt;
    const std::string_view name =
        path.substr(before.size(), path.size() - before.size() - after.size());
    return name.find('/') == std::string_view::npos ? std::optional(name) : std::nullopt;
}

} // namespace

std::span<const route_form> all_routes() noexcept
{
    return routes;
}

std::optional<std::size_t> limit_of(std::string_view target, std::size_t max) noexcept
{
    constexpr std::string_view key = "limit=";
    const std::size_t question = target.find('?');
    std::string_view query =
        question == std::string_view::npos ? std::string_view() : target.substr(question + 1);
    while (!query.empty()) {
        const std::size_t end = std::min(query.find('&'), query.size());
        const std::string_view one = query.substr(0, end);
        query.remove_prefix(std::min(end + 1, query.size()));
        if (!one.starts_with(key))
            continue;
        std::size_t limit = 0;
        const auto read = std::from_chars(one.data() + key.size(), one.data() + one.size(), limit);
        const bool is_number = read.ec == std::errc() && read.ptr == one.data() + one.size();
        return is_number && limit >= 1 && limit <= max ? std::optional(limit) : std::nullopt;
    }
    return limit_unless_said;
}

std::optional<route> find_route(std::string_view path) noexcept
{
    for (const route_form& each : routes)
        if (const auto name = match(each.path, path))
            return route{each, *name};
    return std::nullopt;
}

} // namespace sluice::admin
