#include "sqs_server/model/identifiers.hpp"

#include "core/encoding.hpp"

#include <fmt/format.h>

#include <cstring>
#include <span>

namespace sluice::sqs_server {
namespace {

// A handle: prefix, five fields and a check sum in hex, and a tail that never changes.
constexpr std::string_view handle_prefix = "AQEB";
constexpr std::size_t queue_digits = 8;
constexpr std::size_t slot_digits = 8;
constexpr std::size_t number_digits = 16;
constexpr std::size_t receive_digits = 8;
constexpr std::size_t time_digits = 12; // 48 bits of milliseconds
constexpr std::size_t check_digits = 8;
constexpr std::size_t tail_at = handle_prefix.size() + queue_digits + slot_digits + number_digits +
                                receive_digits + time_digits + check_digits;
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

void write_digits(char*& out, std::uint64_t value, std::size_t digits) noexcept
{
    constexpr std::string_view alphabet = "0123456789abcdef";
    for (std::size_t i = digits; i > 0; value >>= 4)
        out[--i] = alphabet[value & 15];
    out += digits;
}

bool read_digits(const char*& in, std::uint64_t& value, std::size_t digits) noexcept
{
    value = 0;
    for (const char* const end = in + digits; in != end; ++in) {
        const char digit = *in;
        if (digit >= '0' && digit <= '9')
            value = value << 4 | static_cast<std::uint64_t>(digit - '0');
        else if (digit >= 'a' && digit <= 'f')
            value = value << 4 | static_cast<std::uint64_t>(digit - 'a' + 10);
        else
            return false;
    }
    return true;
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
    const std::span all(bytes);
    std::size_t at = 0;
    for (const std::size_t group : {4, 2, 2, 2, 6}) {
        if (at != 0)
            *out++ = '-';
        to_hex(all.subspan(at, group), out);
        out += 2 * group;
        at += group;
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
    write_digits(out, from.queue, queue_digits);
    write_digits(out, from.slot, slot_digits);
    write_digits(out, from.number, number_digits);
    write_digits(out, from.receive, receive_digits);
    write_digits(out, static_cast<std::uint64_t>(from.received_at.time_since_epoch().count()),
                 time_digits);
    write_digits(out, check_sum(from), check_digits);
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
    std::uint64_t queue = 0;
    std::uint64_t slot = 0;
    std::uint64_t receive = 0;
    std::uint64_t time = 0;
    std::uint64_t check = 0;
    receipt out;
    if (!read_digits(in, queue, queue_digits) || !read_digits(in, slot, slot_digits) ||
        !read_digits(in, out.number, number_digits) || !read_digits(in, receive, receive_digits) ||
        !read_digits(in, time, time_digits) || !read_digits(in, check, check_digits))
        return std::nullopt;
    out.queue = static_cast<std::uint32_t>(queue);
    out.slot = static_cast<std::uint32_t>(slot);
    out.receive = static_cast<std::uint32_t>(receive);
    out.received_at = wall_time(std::chrono::milliseconds(time));
    if (check != check_sum(out))
        return std::nullopt;
    return out;
}

} // namespace sluice::sqs_server
