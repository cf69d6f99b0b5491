#include "daemon/element_text.hpp"

#include "core/encoding.hpp"
#include "transform/columns/date_time.hpp"
#include "transform/columns/decimal.hpp"
#include "transform/columns/network.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstdint>

namespace sluice::daemon {
namespace {

using transform::oid;

// A big-endian two's complement number of all the bytes.
std::int64_t to_integer(std::string_view bytes)
{
    std::uint64_t out = 0;
    for (const char byte : bytes)
        out = out << 8 | static_cast<unsigned char>(byte);
    const std::size_t unused_bits = 64 - 8 * bytes.size();
    return std::bit_cast<std::int64_t>(out << unused_bits) >> unused_bits;
}

std::string uuid_text(std::string_view bytes)
{
    std::string out = to_hex(as_bytes(bytes));
    for (const std::size_t dash : {8u, 13u, 18u, 23u})
        out.insert(dash, 1, '-');
    return out;
}

std::string address_text(std::string_view bytes)
{
    transform::network_address address;
    return from_binary(bytes, address) ? to_text(address) : std::string("no address");
}

} // namespace

std::string element_text(const transform::column_plan& of, std::string_view bytes)
{
    switch (of.element()) {
    case oid::text:
        return std::string(bytes);
    case oid::int4:
    case oid::int8:
        return std::to_string(to_integer(bytes));
    case oid::boolean:
        return bytes.front() == '\0' ? "false" : "true";
    case oid::float8:
        return fmt::format("{}", std::bit_cast<double>(to_integer(bytes)));
    case oid::date:
        return transform::date_text(to_integer(bytes));
    case oid::timestamp:
    case oid::timestamptz:
        return transform::timestamp_text(to_integer(bytes));
    case oid::numeric: {
        const auto number = transform::from_binary(bytes);
        return number ? to_text(*number) : std::string("no number");
    }
    case oid::uuid:
        return uuid_text(bytes);
    case oid::inet:
        return address_text(bytes);
    case oid::bytea:
        return "\\x" + to_hex(as_bytes(bytes));
    case oid::jsonb:
        return std::string(bytes.substr(1)); // behind the version
    }
    return {};
}

} // namespace sluice::daemon
