#include "transform/md5_lanes.hpp"

#include <algorithm>
#include <bit>
#include <cassert>
#include <cstdint>
#include <cstring>
#include <utility>

namespace sluice::transform {
namespace {

constexpr std::size_t block_bytes = 64;
constexpr std::size_t length_bytes = 8; // of the count of bits that ends the last block
constexpr std::size_t words_a_block = block_bytes / sizeof(std::uint32_t);
constexpr std::size_t steps = 64;

// What SSE2, which every x86-64 has, and NEON work on at once.
using quad = std::uint32_t __attribute__((vector_size(16)));
constexpr std::size_t lanes_a_quad = 4;
constexpr std::size_t quads = md5_lanes_max / lanes_a_quad;
using lanes = std::array<quad, quads>;
using lane_words = std::array<std::uint32_t, md5_lanes_max>;

static_assert(std::endian::native == std::endian::little, "words are read as they stand");

// floor(2^32 * abs(sin(i + 1))).
constexpr std::array<std::uint32_t, steps> sines = {
    0xd76aa478, 0xe8c7b756, 0x242070db, 0xc1bdceee, 0xf57c0faf, 0x4787c62a, 0xa8304613, 0xfd469501,
    0x698098d8, 0x8b44f7af, 0xffff5bb1, 0x895cd7be, 0x6b901122, 0xfd987193, 0xa679438e, 0x49b40821,
    0xf61e2562, 0xc040b340, 0x265e5a51, 0xe9b6c7aa, 0xd62f105d, 0x02441453, 0xd8a1e681, 0xe7d3fbc8,
    0x21e1cde6, 0xc33707d6, 0xf4d50d87, 0x455a14ed, 0xa9e3e905, 0xfcefa3f8, 0x676f02d9, 0x8d2a4c8a,
    0xfffa3942, 0x8771f681, 0x6d9d6122, 0xfde5380c, 0xa4beea44, 0x4bdecfa9, 0xf6bb4b60, 0xbebfbc70,
    0x289b7ec6, 0xeaa127fa, 0xd4ef3085, 0x04881d05, 0xd9d4d039, 0xe6db99e5, 0x1fa27cf8, 0xc4ac5665,
    0xf4292244, 0x432aff97, 0xab9423a7, 0xfc93a039, 0x655b59c3, 0x8f0ccc92, 0xffeff47d, 0x85845dd1,
    0x6fa87e4f, 0xfe2ce6e0, 0xa3014314, 0x4e0811a1, 0xf7537e82, 0xbd3af235, 0x2ad7d2bb, 0xeb86d391};

constexpr std::array<std::array<int, 4>, 4> rotations = {
    {{7, 12, 17, 22}, {5, 9, 14, 20}, {4, 11, 16, 23}, {6, 10, 15, 21}}};

constexpr std::array<std::uint32_t, 4> initial = {0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476};

constexpr std::size_t word_of(std::size_t step) noexcept
{
    constexpr std::array<std::size_t, 4> factors = {1, 5, 3, 7};
    constexpr std::array<std::size_t, 4> offsets = {0, 1, 5, 0};
    return (factors[step / 16] * step + offsets[step / 16]) % words_a_block;
}

template <std::size_t Round>
quad mix(quad b, quad c, quad d) noexcept
{
    if constexpr (Round == 0)
        return d ^ (b & (c ^ d));
    else if constexpr (Round == 1)
        return c ^ (d & (b ^ c));
    else if constexpr (Round == 2)
        return b ^ c ^ d;
    else
        return c ^ (b | ~d);
}

using state = std::array<lanes, 4>; // a, b, c and d
using block = std::array<lanes, words_a_block>;

// The four words change their parts instead of their places.
template <std::size_t Step>
void do_step(state& of, const block& words) noexcept
{
    constexpr std::size_t round = Step / 16;
    constexpr int left = rotations[round][Step % 4];
    lanes& a = of[(64 - Step) % 4];
    const lanes& b = of[(65 - Step) % 4];
    const lanes& c = of[(66 - Step) % 4];
    const lanes& d = of[(67 - Step) % 4];
#pragma GCC unroll 3
    for (std::size_t i = 0; i < quads; ++i) {
        const quad sum =
            a[i] + mix<round>(b[i], c[i], d[i]) + words[word_of(Step)][i] + sines[Step];
        a[i] = b[i] + (sum << left | sum >> (32 - left));
    }
}

template <std::size_t... Steps>
void do_steps(state& of, const block& words, std::index_sequence<Steps...> /*all*/) noexcept
{
    (do_step<Steps>(of, words), ...);
}

// The blocks of one text: those that lie in it, and one or two that end it.
class padded_text
{
public:
    void hold(std::string_view text) noexcept
    {
        text_ = text.data();
        whole_ = text.size() / block_bytes;
        const std::size_t rest = text.size() % block_bytes;
        if (rest != 0)
            std::memcpy(end_.data(), text_ + whole_ * block_bytes, rest);
        end_[rest] = '\x80';
        const std::size_t end_blocks = rest + 1 + length_bytes <= block_bytes ? 1 : 2;
        const std::uint64_t bits = std::uint64_t{text.size()} * 8;
        std::memcpy(end_.data() + end_blocks * block_bytes - length_bytes, &bits, length_bytes);
        blocks_ = whole_ + end_blocks;
    }

    [[nodiscard]] std::size_t blocks() const noexcept { return blocks_; }

    // Any bytes behind the last one.
    [[nodiscard]] const char* block_at(std::size_t index) const noexcept
    {
        if (index < whole_)
            return text_ + index * block_bytes;
        return end_.data() + (index + 1 == blocks_ && blocks_ - whole_ == 2 ? block_bytes : 0);
    }

private:
    const char* text_ = nullptr;
    std::size_t whole_ = 0;
    std::size_t blocks_ = 0;
    std::array<char, 2 * block_bytes> end_{};
};

using padded_texts = std::array<padded_text, md5_lanes_max>;

quad load_quad(const char* at) noexcept
{
    quad out;
    std::memcpy(&out, at, sizeof(out));
    return out;
}

// Word by word what stands text by text: four words of four texts are turned at a time.
block load(const padded_texts& texts, std::size_t index) noexcept
{
    block words;
    for (std::size_t i = 0; i < quads; ++i) {
        const padded_text* const four = &texts[i * lanes_a_quad];
        const std::array at = {four[0].block_at(index), four[1].block_at(index),
                               four[2].block_at(index), four[3].block_at(index)};
        for (std::size_t word = 0; word < words_a_block; word += lanes_a_quad) {
            const std::size_t offset = word * sizeof(std::uint32_t);
            const quad a = load_quad(at[0] + offset);
            const quad b = load_quad(at[1] + offset);
            const quad c = load_quad(at[2] + offset);
            const quad d = load_quad(at[3] + offset);
            const quad ab_low = __builtin_shufflevector(a, b, 0, 4, 1, 5);
            const quad ab_high = __builtin_shufflevector(a, b, 2, 6, 3, 7);
            const quad cd_low = __builtin_shufflevector(c, d, 0, 4, 1, 5);
            const quad cd_high = __builtin_shufflevector(c, d, 2, 6, 3, 7);
            words[word][i] = __builtin_shufflevector(ab_low, cd_low, 0, 1, 4, 5);
            words[word + 1][i] = __builtin_shufflevector(ab_low, cd_low, 2, 3, 6, 7);
            words[word + 2][i] = __builtin_shufflevector(ab_high, cd_high, 0, 1, 4, 5);
            words[word + 3][i] = __builtin_shufflevector(ab_high, cd_high, 2, 3, 6, 7);
        }
    }
    return words;
}

// All bits of the lanes that still have this block.
lanes having(const padded_texts& texts, std::size_t index) noexcept
{
    lane_words all;
    for (std::size_t lane = 0; lane < md5_lanes_max; ++lane)
        all[lane] = index < texts[lane].blocks() ? 0xffffffff : 0;
    return std::bit_cast<lanes>(all);
}

std::size_t blocks_of(std::string_view text) noexcept
{
    return (text.size() + length_bytes) / block_bytes + 1;
}

} // namespace

void md5_together(std::span<const std::string_view> texts, std::span<md5_digest> digests) noexcept
{
    assert(texts.size() <= md5_lanes_max && texts.size() == digests.size());
    padded_texts padded;
    std::size_t blocks = 0;
    for (std::size_t lane = 0; lane < texts.size(); ++lane) {
        padded[lane].hold(texts[lane]);
        blocks = std::max(blocks, padded[lane].blocks());
    }
    state sums;
    for (std::size_t part = 0; part < sums.size(); ++part)
        sums[part].fill(quad{} + initial[part]);
    for (std::size_t index = 0; index < blocks; ++index) {
        state next = sums;
        do_steps(next, load(padded, index), std::make_index_sequence<steps>());
        const lanes counted = having(padded, index);
        for (std::size_t part = 0; part < sums.size(); ++part)
#pragma GCC unroll 3
            for (std::size_t i = 0; i < quads; ++i)
                sums[part][i] += next[part][i] & counted[i];
    }
    const auto words = std::bit_cast<std::array<lane_words, 4>>(sums);
    for (std::size_t lane = 0; lane < digests.size(); ++lane)
        for (std::size_t part = 0; part < words.size(); ++part)
            std::memcpy(digests[lane].data() + part * sizeof(std::uint32_t), &words[part][lane],
                        sizeof(std::uint32_t));
}

bool worth_lanes(std::span<const std::string_view> texts) noexcept
{
    std::size_t longest = 0;
    std::size_t all = 0;
    for (const std::string_view text : texts) {
        longest = std::max(longest, blocks_of(text));
        all += blocks_of(text);
    }
    return all > 3 * longest;
}

} // namespace sluice::transform
