// The paths of the admin server: what a request asks for, before anybody answers it.
#pragma once

#include "admin/commands.hpp"

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

namespace sluice::admin {

enum class endpoint : std::uint8_t
{
    page,
    metrics,
    healthz,
    readyz,
    openapi,
    status,
    events,
    pipeline,
    latest,
    letters,
    tell, // a command
};

struct route_form
{
    std::string_view path; // "{name}" stands for the name of a pipeline
    endpoint what;
    std::optional<command> told{};

    [[nodiscard]] bool is_public() const noexcept { return what < endpoint::status; }
    // Whether the database is asked for it.
    [[nodiscard]] bool is_stored() const noexcept
    {
        return what == endpoint::latest || what == endpoint::letters;
    }
    // HEAD goes wherever GET does.
    [[nodiscard]] std::string_view method() const noexcept
    {
        return what == endpoint::tell ? "POST" : "GET";
    }
};

// All there are.
[[nodiscard]] std::span<const route_form> all_routes() noexcept;

struct route
{
    route_form form;
    std::string_view name; // of a pipeline, as it was asked for
};

// How many rows or letters the query of a target asks for; nothing if it is no number from 1 to
// `max`. What else stands in the query is not looked at.
[[nodiscard]] std::optional<std::size_t> limit_of(std::string_view target,
                                                  std::size_t max) noexcept;
inline constexpr std::size_t limit_unless_said = 50;

// Nothing if there is no such path.
[[nodiscard]] std::optional<route> find_route(std::string_view path) noexcept;

} // namespace sluice::admin
