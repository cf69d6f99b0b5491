// A value of a column's type, between its JSON and its place in a row.
#pragma once

#include "config/settings.hpp"
#include "core/byte_buffer.hpp"
#include "transform/columns/decimal.hpp"
#include "transform/columns/network.hpp"
#include "transform/refusal.hpp"

#include <array>
#include <compare>
#include <cstdint>
#include <string_view>

namespace sluice::transform {

using config::column_type;

// Only the member that belongs to the type is set.
struct typed_value
{
    std::int64_t integer = 0;             // integer, bigint, boolean; date, timestamp: since 2000
    double real = 0;                      // double_precision
    decimal exact;                        // numeric
    network_address address;              // inet
    std::array<unsigned char, 16> uuid{}; // uuid
    std::string_view bytes;               // text, jsonb, bytea; a view into somebody's memory
};

// Reads the text form of a value: what stands in JSON, or in a setting such as `min`. Jsonb is not
// looked at. `scratch` takes what has to be decoded, and must live as long as the value.
[[nodiscard]] verdict read_literal(column_type type, std::string_view text, typed_value& into,
                                   byte_buffer& scratch);

// Of two values of one type. Double is unordered for NaN, which no JSON has.
[[nodiscard]] std::partial_ordering compare(column_type type, const typed_value& left,
                                            const typed_value& right) noexcept;

// As the element of a PostgreSQL array, in binary.
void append_binary(column_type type, const typed_value& from, byte_buffer& out);

// As PostgreSQL's input functions take it.
void append_text(column_type type, const typed_value& from, byte_buffer& out);

// From binary, for those who show or check what was made. False if the bytes are no such value.
[[nodiscard]] bool from_binary(column_type type, std::string_view bytes, typed_value& into);

} // namespace sluice::transform
