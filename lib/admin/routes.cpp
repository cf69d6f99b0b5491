#include "admin/routes.hpp"

#include <array>

namespace sluice::admin {
namespace {

constexpr std::string_view placeholder = "{name}";

constexpr std::array routes{
    route_form{"/", endpoint::page},
    route_form{"/metrics", endpoint::metrics},
    route_form{"/healthz", endpoint::healthz},
    route_form{"/readyz", endpoint::readyz},
    route_form{"/api/v1/status", endpoint::status},
    route_form{"/api/v1/events", endpoint::events},
    route_form{"/api/v1/pipelines/{name}", endpoint::pipeline},
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

std::optional<route> find_route(std::string_view path) noexcept
{
    for (const route_form& each : routes)
        if (const auto name = match(each.path, path))
            return route{each, *name};
    return std::nullopt;
}

} // namespace sluice::admin
