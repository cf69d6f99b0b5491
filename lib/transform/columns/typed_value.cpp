#include "transform/columns/typed_value.hpp"

#include "core/big_endian.hpp"
#include "core/encoding.hpp"
#include "transform/columns/date_time.hpp"

#include <fmt/format.h>

#include <bit>
#include <cstring>

namespace sluice::transform {
namespace {

constexpr char jsonb_version = 1;
constexpr std::size_t uuid_bytes = 16;

bool from_binary_integer(std::string_view bytes, std::size_t size, std::int64_t& into) noexcept
{
    if (bytes.size() != size)
        return false;
    if (size == 1)
        into = static_cast<unsigned char>(bytes.front());
    else if (size == sizeof(std::uint32_t))
        into = static_cast<std::int32_t>(load_big_endian<std::uint32_t>(bytes.data()));
    else
        into = static_cast<std::int64_t>(load_big_endian<std::uint64_t>(bytes.data()));
    return true;
}

std::string uuid_text(const std::array<unsigned char, uuid_bytes>& uuid)
{
    std::string text = to_hex(uuid);
    for (const std::size_t at : {8U, 13U, 18U, 23U})
        text.insert(at, 1, '-');
    return text;
}

} // namespace

std::partial_ordering compare(column_type type, const typed_value& left,
                              const typed_value& right) noexcept
{
    switch (type) {
    case column_type::integer:
    case column_type::bigint:
    case column_type::boolean:
    case column_type::date:
    case column_type::timestamp:
    case column_type::timestamptz:
        return left.integer <=> right.integer;
    case column_type::numeric:
        return compare(left.exact, right.exact);
    case column_type::double_precision:
        return left.real <=> right.real;
    case column_type::uuid:
        return left.uuid <=> right.uuid;
    case column_type::inet:
        if (left.address.size != right.address.size)
            return left.address.size <=> right.address.size;
        if (left.address.storage != right.address.storage)
            return left.address.storage <=> right.address.storage;
        return left.address.prefix_bits <=> right.address.prefix_bits;
    case column_type::text:
    case column_type::jsonb:
    case column_type::bytea:
        return left.bytes <=> right.bytes;
    }
    return std::partial_ordering::unordered;
}

void append_binary(column_type type, const typed_value& from, byte_buffer& out)
{
    switch (type) {
    case column_type::integer:
    case column_type::date:
        out.append_u32(static_cast<std::uint32_t>(from.integer));
        break;
    case column_type::bigint:
    case column_type::timestamp:
    case column_type::timestamptz:
        out.append_u64(static_cast<std::uint64_t>(from.integer));
        break;
    case column_type::boolean:
        out.push_back(static_cast<char>(from.integer));
        break;
    case column_type::numeric:
        append_binary(from.exact, out);
        break;
    case column_type::double_precision:
        out.append_u64(std::bit_cast<std::uint64_t>(from.real));
        break;
    case column_type::uuid:
        out.append(as_text(from.uuid));
        break;
    case column_type::inet:
        append_binary(from.address, out);
        break;
    case column_type::jsonb:
        out.push_back(jsonb_version);
        out.append(from.bytes);
        break;
    case column_type::text:
    case column_type::bytea:
        out.append(from.bytes);
        break;
    }
}

void append_text(column_type type, const typed_value& from, byte_buffer& out)
{
    switch (type) {
    case column_type::integer:
    case column_type::bigint:
        out.append(fmt::format_int(from.integer).c_str());
        break;
    case column_type::boolean:
        out.append(from.integer != 0 ? "true" : "false");
        break;
    case column_type::date:
        out.append(date_text(from.integer));
        break;
    case column_type::timestamp:
        out.append(timestamp_text(from.integer));
        break;
    case column_type::timestamptz:
        out.append(timestamp_text(from.integer));
        out.append("+00");
        break;
    case column_type::numeric:
        out.append(to_text(from.exact));
        break;
    case column_type::double_precision:
        out.append(fmt::format("{}", from.real)); // the shortest that reads back the same
        break;
    case column_type::uuid:
        out.append(uuid_text(from.uuid));
        break;
    case column_type::inet:
        out.append(to_text(from.address));
        break;
    case column_type::bytea:
        out.append("\\x");
        to_hex(as_bytes(from.bytes), out.extend(2 * from.bytes.size()));
        break;
    case column_type::text:
    case column_type::jsonb:
        out.append(from.bytes);
        break;
    }
}

bool from_binary(column_type type, std::string_view bytes, typed_value& into)
{
    switch (type) {
    case column_type::integer:
    case column_type::date:
        return from_binary_integer(bytes, sizeof(std::uint32_t), into.integer);
    case column_type::bigint:
    case column_type::timestamp:
    case column_type::timestamptz:
        return from_binary_integer(bytes, sizeof(std::uint64_t), into.integer);
    case column_type::boolean:
        return from_binary_integer(bytes, 1, into.integer);
    case column_type::numeric: {
        const auto exact = from_binary(bytes);
        into.exact = exact.value_or(decimal{});
        return exact.has_value();
    }
    case column_type::double_precision:
        if (bytes.size() != sizeof(double))
            return false;
        into.real = std::bit_cast<double>(load_big_endian<std::uint64_t>(bytes.data()));
        return true;
    case column_type::uuid:
        if (bytes.size() != uuid_bytes)
            return false;
        std::memcpy(into.uuid.data(), bytes.data(), uuid_bytes);
        return true;
    case column_type::inet:
        return from_binary(bytes, into.address);
    case column_type::jsonb:
        into.bytes = bytes.empty() ? bytes : bytes.substr(1);
        return !bytes.empty() && bytes.front() == jsonb_version;
    case column_type::text:
    case column_type::bytea:
        into.bytes = bytes;
        return true;
    }
    return false;
}

} // namespace sluice::transform
