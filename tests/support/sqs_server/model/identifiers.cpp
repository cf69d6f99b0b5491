#include "sqs_server/model/identifiers.hpp"

#include <fmt/format.h>

#include <cstring>

namespace sluice::sqs_server {
namespace {

// A handle: prefix, five fields and a check sum in hex, and a tail that never changes.
constexpr std::string_view handle_prefix = "AQEB";
constexpr std::size_t queue_bytes = 4;
constexpr std::size_t slot_bytes = 4;
constexpr std::size_t number_bytes = 8;
constexpr std::size_t receive_bytes = 4;
constexpr std::size_t time_bytes = 6; // 48 bits of milliseconds
constexpr std::size_t check_bytes = 4;
constexpr std::size_t tail_at =
    handle_prefix.size() +
    2 * (queue_bytes + slot_bytes + number_bytes + receive_bytes + time_bytes + check_bytes);
static_assert(tail_at < handle_characters);

constexpr std::array<char, handle_characters - tail_at> handle_tail = [] {
    constexpr std::string_view alphabet =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    std::array<char, handle_characters - tail_at> tail{};
    std::uint32_t state = 1;
    for (char& character : tail) {
        state = state * 1664525 + 1013904223; // any sequence that looks random does
        character = alphabet[state >> 26];
    }
    tail.back() = '=';
    return tail;
}();

// Two characters a byte, from a table: every message of every receive and delete passes here.
constexpr auto hex_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {digits[byte >> 4], digits[byte & 15]};
    return pairs;
}();

constexpr std::uint8_t no_digit = 0xff;
constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::uint8_t i = 0; i < 10; ++i)
        values['0' + i] = i;
    for (std::uint8_t i = 0; i < 6; ++i)
        values['a' + i] = static_cast<std::uint8_t>(10 + i);
    return values;
}();

template <std::size_t Bytes>
void write_hex(char*& out, std::uint64_t value) noexcept
{
    for (std::size_t i = Bytes; i > 0; --i, out += 2)
        std::memcpy(out, hex_pairs[value >> 8 * (i - 1) & 0xff].data(), 2);
}

// `good` turns false, and stays so, when a character is no digit.
template <std::size_t Bytes>
std::uint64_t read_hex(const char*& in, bool& good) noexcept
{
    std::uint64_t value = 0;
    for (std::size_t i = 0; i < 2 * Bytes; ++i) {
        const std::uint8_t digit = digit_values[static_cast<unsigned char>(*in++)];
        good &= digit != no_digit;
        value = value << 4 | (digit & 15U);
    }
    return value;
}

// Tells a handle from text that only looks like one; it is no protection against forgery.
std::uint32_t check_sum(const receipt& of) noexcept
{
    std::uint64_t sum = 0x9e3779b97f4a7c15;
    for (const std::uint64_t field :
         {std::uint64_t{of.queue}, std::uint64_t{of.slot}, of.number, std::uint64_t{of.receive},
          static_cast<std::uint64_t>(of.received_at.time_since_epoch().count())}) {
        sum = (sum ^ field) * 0xff51afd7ed558ccd;
        sum ^= sum >> 32;
    }
    return static_cast<std::uint32_t>(sum);
}

} // namespace

message_id message_id::draw(random_source& random)
{
    message_id drawn;
    const std::array<std::uint64_t, 2> bits = {random.next(), random.next()};
    std::memcpy(drawn.bytes.data(), bits.data(), drawn.bytes.size());
    drawn.bytes[6] = static_cast<unsigned char>((drawn.bytes[6] & 0x0f) | 0x40); // version 4
    drawn.bytes[8] = static_cast<unsigned char>((drawn.bytes[8] & 0x3f) | 0x80); // RFC 4122
    return drawn;
}

void message_id::write(char* out) const noexcept
{
    for (std::size_t i = 0; i < bytes.size(); ++i, out += 2) {
        if (i == 4 || i == 6 || i == 8 || i == 10)
            *out++ = '-';
        std::memcpy(out, hex_pairs[bytes[i]].data(), 2);
    }
}

std::string message_id::text() const
{
    std::string out(characters, '\0');
    write(out.data());
    return out;
}

std::string sequence_number(std::uint64_t number)
{
    return fmt::format("188{:017}", number);
}

void write_handle(const receipt& from, char* out) noexcept
{
    std::memcpy(out, handle_prefix.data(), handle_prefix.size());
    out += handle_prefix.size();
    write_hex<queue_bytes>(out, from.queue);
    write_hex<slot_bytes>(out, from.slot);
    write_hex<number_bytes>(out, from.number);
    write_hex<receive_bytes>(out, from.receive);
    write_hex<time_bytes>(out,
                          static_cast<std::uint64_t>(from.received_at.time_since_epoch().count()));
    write_hex<check_bytes>(out, check_sum(from));
    std::memcpy(out, handle_tail.data(), handle_tail.size());
}

std::string handle_of(const receipt& from)
{
    std::string out(handle_characters, '\0');
    write_handle(from, out.data());
    return out;
}

std::optional<receipt> read_handle(std::string_view text) noexcept
{
    if (text.size() != handle_characters || !text.starts_with(handle_prefix) ||
        std::memcmp(text.data() + tail_at, handle_tail.data(), handle_tail.size()) != 0)
        return std::nullopt;
    const char* in = text.data() + handle_prefix.size();
    bool good = true;
    receipt out;
    out.queue = static_cast<std::uint32_t>(read_hex<queue_bytes>(in, good));
    out.slot = static_cast<std::uint32_t>(read_hex<slot_bytes>(in, good));
    out.number = read_hex<number_bytes>(in, good);
    out.receive = static_cast<std::uint32_t>(read_hex<receive_bytes>(in, good));
    out.received_at = wall_time(std::chrono::milliseconds(read_hex<time_bytes>(in, good)));
    if (read_hex<check_bytes>(in, good) != check_sum(out) || !good)
        return std::nullopt;
    return out;
}

} // namespace sluice::sqs_server
