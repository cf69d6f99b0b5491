#include "core/encoding.hpp"
#include "transform/columns/date_time.hpp"
#include "transform/columns/typed_value.hpp"
#include "transform/uuid.hpp"

#include <charconv>
#include <limits>

namespace sluice::transform {
namespace {

constexpr std::string_view hex_prefix = "\\x";

verdict no_number() noexcept
{
    return refuse(reason::unparsable, "no number");
}

verdict read_integer(std::string_view text, std::int64_t least, std::int64_t most,
                     std::int64_t& into) noexcept
{
    const auto digits = json::read_number(text);
    if (!digits)
        return no_number();
    switch (to_integer(*digits, 0, into)) {
    case integer_fault::none:
        break;
    case integer_fault::fraction:
        return refuse(reason::wrong_type, "got a number with a fraction");
    case integer_fault::range:
        return refuse(reason::out_of_range, "beyond the range of the type");
    }
    if (into < least || into > most)
        return refuse(reason::out_of_range, "beyond the range of the type");
    return std::nullopt;
}

verdict read_numeric(std::string_view text, decimal& into) noexcept
{
    const auto digits = json::read_number(text);
    if (!digits)
        return no_number();
    if (const verdict beyond = json::check_bounds(*digits))
        return beyond;
    to_decimal(*digits, into);
    return std::nullopt;
}

verdict read_double(std::string_view text, double& into) noexcept
{
    if (!json::read_number(text))
        return no_number();
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), into);
    // Too large to be finite, or too small to be told from zero.
    if (ec != std::errc() || end != text.data() + text.size())
        return refuse(reason::out_of_range, "beyond the range of the type");
    return std::nullopt;
}

verdict read_boolean(std::string_view text, std::int64_t& into) noexcept
{
    if (text != "true" && text != "false")
        return refuse(reason::unparsable, "neither true nor false");
    into = text == "true" ? 1 : 0;
    return std::nullopt;
}

verdict read_calendar_day(std::string_view text, std::int64_t& into) noexcept
{
    moment at;
    if (const verdict refused = read_date(text, at))
        return refused;
    return to_days(at.day, into);
}

verdict read_clock_time(std::string_view text, bool with_zone, std::int64_t& into) noexcept
{
    moment at;
    if (const verdict refused = read_timestamp(text, at))
        return refused;
    if (with_zone && !at.zone)
        return refuse(reason::unparsable, "a time without a zone; Z or +HH:MM is missing");
    if (!with_zone && at.zone)
        return refuse(reason::unparsable, "a time with a zone, which the column would lose");
    return to_microseconds(at.utc(), into);
}

// `\x` and hex digits, or base64.
verdict read_bytes(std::string_view text, std::string_view& into, byte_buffer& scratch)
{
    const bool is_hex = text.starts_with(hex_prefix);
    const auto bytes = is_hex ? from_hex(text.substr(hex_prefix.size())) : from_base64(text);
    if (!bytes)
        return is_hex ? refuse(reason::unparsable, "no hex digits behind \\x")
                      : refuse(reason::unparsable, "no base64");
    scratch.clear();
    scratch.append(as_text(*bytes));
    into = scratch.view();
    return std::nullopt;
}

} // namespace

verdict read_literal(column_type type, std::string_view text, typed_value& into,
                     byte_buffer& scratch)
{
    using int4 = std::numeric_limits<std::int32_t>;
    using int8 = std::numeric_limits<std::int64_t>;
    switch (type) {
    case column_type::text:
    case column_type::jsonb:
        into.bytes = text;
        return std::nullopt;
    case column_type::integer:
        return read_integer(text, int4::min(), int4::max(), into.integer);
    case column_type::bigint:
        return read_integer(text, int8::min(), int8::max(), into.integer);
    case column_type::numeric:
        return read_numeric(text, into.exact);
    case column_type::double_precision:
        return read_double(text, into.real);
    case column_type::boolean:
        return read_boolean(text, into.integer);
    case column_type::date:
        return read_calendar_day(text, into.integer);
    case column_type::timestamp:
        return read_clock_time(text, false, into.integer);
    case column_type::timestamptz:
        return read_clock_time(text, true, into.integer);
    case column_type::uuid:
        return read_uuid(text, into.uuid) ? verdict{} : refuse(reason::unparsable, "no UUID");
    case column_type::inet:
        return read_address(text, into.address);
    case column_type::bytea:
        return read_bytes(text, into.bytes, scratch);
    }
    return refuse(reason::wrong_type, "an unknown type");
}

} // namespace sluice::transform
