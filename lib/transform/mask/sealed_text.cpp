#include "transform/mask/sealed_text.hpp"

#include <fmt/format.h>

namespace sluice::mask {
namespace {

constexpr char version = '1';

} // namespace

std::string prefix_of(form of, std::string_view key_id)
{
    return fmt::format("{}{}.{}.", static_cast<char>(of), version, key_id);
}

std::optional<sealed_parts> parse_sealed(std::string_view text)
{
    if (text.size() < 3 || text[1] != version || text[2] != '.')
        return std::nullopt;
    if (text[0] != static_cast<char>(form::sealed) && text[0] != static_cast<char>(form::token))
        return std::nullopt;
    const auto of = static_cast<form>(text[0]);
    text.remove_prefix(3);
    const std::size_t dot = text.find('.');
    if (dot == std::string_view::npos || dot < key_id_bytes_min || dot > key_id_bytes_max)
        return std::nullopt;
    auto bytes = from_base64url(text.substr(dot + 1));
    if (!bytes)
        return std::nullopt;
    const bool fits = of == form::token ? bytes->size() == token_bytes
                                        : bytes->size() > tag_bytes; // the type byte at least
    if (!fits)
        return std::nullopt;
    return sealed_parts{of, text.substr(0, dot), std::move(*bytes)};
}

} // namespace sluice::mask
