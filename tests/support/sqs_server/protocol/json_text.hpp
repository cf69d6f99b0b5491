// JSON written by hand, where a document tree would cost more than the rest of the request.
#pragma once

#include "core/byte_buffer.hpp"

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// Appends the characters of a JSON string, escaped, without its quotes.
void append_escaped(std::string& out, std::string_view text);

inline void append_escaped(byte_buffer& out, std::string_view text)
{
    std::string escaped;
    append_escaped(escaped, text);
    out.append(escaped);
}

// Appends all pieces at once: one look at the capacity for all of them.
template <class... Pieces>
void append_all(byte_buffer& out, const Pieces&... pieces)
{
    char* at = out.extend((std::string_view(pieces).size() + ...));
    const auto put = [&at](std::string_view piece) {
        std::memcpy(at, piece.data(), piece.size());
        at += piece.size();
    };
    (put(pieces), ...);
}

// Appends a comma unless the list or object began with the last character.
inline void append_separator(byte_buffer& out)
{
    const char last = out.view().back();
    if (last != '[' && last != '{')
        out.push_back(',');
}

// Appends a number in decimal.
void append_number(byte_buffer& out, std::uint64_t number);

} // namespace sluice::sqs_server
