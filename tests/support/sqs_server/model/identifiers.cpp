#include "sqs_server/model/identifiers.hpp"

#include <fmt/format.h>

#include <cstring>

namespace sluice::sqs_server {
namespace {

// A handle: prefix, three words that hold the fields, a word that checks them, and a tail that
// never changes. A word is eleven characters of six bits: every message passes here twice.
constexpr std::string_view alphabet =
    "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
constexpr std::string_view handle_prefix = "AQEB";
constexpr std::size_t word_characters = 11;
constexpr std::size_t words = 4;
constexpr std::size_t tail_at = handle_prefix.size() + words * word_characters;
static_assert(tail_at == handle_key_characters && tail_at < handle_characters);

constexpr unsigned queue_bits = 20; // beside 44 bits of milliseconds, which last for centuries
constexpr std::uint64_t queue_mask = (std::uint64_t{1} << queue_bits) - 1;

constexpr std::array<char, handle_characters - tail_at> handle_tail = [] {
    std::array<char, handle_characters - tail_at> tail{};
    std::uint32_t state = 1;
    for (char& character : tail) {
        state = state * 1664525 + 1013904223; // any sequence that looks random does
        character = alphabet[state >> 26];
    }
    tail.back() = '=';
    return tail;
}();

constexpr std::uint8_t no_digit = 0xff;
constexpr auto digit_values = [] {
    std::array<std::uint8_t, 256> values{};
    values.fill(no_digit);
    for (std::size_t i = 0; i < alphabet.size(); ++i)
        values[static_cast<unsigned char>(alphabet[i])] = static_cast<std::uint8_t>(i);
    return values;
}();

// Two characters a byte, for message ids.
constexpr auto hex_pairs = [] {
    constexpr std::string_view digits = "0123456789abcdef";
    std::array<std::array<char, 2>, 256> pairs{};
    for (std::size_t byte = 0; byte < pairs.size(); ++byte)
        pairs[byte] = {digits[byte >> 4], digits[byte & 15]};
    return pairs;
}();

void write_word(char*& out, std::uint64_t word) noexcept
{
    for (std::size_t i = 0; i < word_characters; ++i, word >>= 6)
        *out++ = alphabet[word & 63];
}

// `good` turns false, and stays so, when a character is no digit.
std::uint64_t read_word(const char*& in, bool& good) noexcept
{
    std::uint64_t word = 0;
    for (unsigned i = 0; i < word_characters; ++i) {
        const std::uint8_t digit = digit_values[static_cast<unsigned char>(*in++)];
        good &= digit != no_digit;
        word |= std::uint64_t{digit} << 6 * i;
    }
    return word;
}

// Tells a handle from text that only looks like one; it is no protection against forgery.
std::uint64_t check_word(const std::array<std::uint64_t, 3>& of) noexcept
{
    std::uint64_t sum = 0x9e3779b97f4a7c15;
    for (const std::uint64_t word : of) {
        sum = (sum ^ word) * 0xff51afd7ed558ccd;
        sum ^= sum >> 32;
    }
    return sum;
}

std::array<std::uint64_t, 3> pack(const receipt& from) noexcept
{
    const auto time = static_cast<std::uint64_t>(from.received_at.time_since_epoch().count());
    return {from.number, std::uint64_t{from.slot} << 32 | from.receive,
            time << queue_bits | (from.queue & queue_mask)};
}

receipt unpack(const std::array<std::uint64_t, 3>& from) noexcept
{
    const std::chrono::milliseconds time(from[2] >> queue_bits);
    return {.queue = static_cast<std::uint32_t>(from[2] & queue_mask),
            .slot = static_cast<std::uint32_t>(from[1] >> 32),
            .number = from[0],
            .receive = static_cast<std::uint32_t>(from[1]),
            .received_at = wall_time(time)};
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
    const std::array<std::uint64_t, 3> fields = pack(from);
    std::memcpy(out, handle_prefix.data(), handle_prefix.size());
    out += handle_prefix.size();
    for (const std::uint64_t word : fields)
        write_word(out, word);
    write_word(out, check_word(fields));
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
    std::array<std::uint64_t, 3> fields;
    for (std::uint64_t& word : fields)
        word = read_word(in, good);
    if (read_word(in, good) != check_word(fields) || !good)
        return std::nullopt;
    return unpack(fields);
}

} // namespace sluice::sqs_server
