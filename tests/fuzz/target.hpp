// What all fuzz targets share. A target is one function that takes any bytes; libFuzzer calls it
// in a fuzzing build, and replay.cpp with the files of the corpus in every other.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string_view>

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size);

namespace sluice::fuzz {

[[nodiscard]] inline std::string_view as_text(const std::uint8_t* data, std::size_t size) noexcept
{
    return {reinterpret_cast<const char*>(data), size};
}

// What must hold for every input.
inline void require(bool holds, const char* what)
{
    if (holds)
        return;
    std::fprintf(stderr, "does not hold: %s\n", what);
    std::abort();
}

// Takes the first byte off, as what to do with the rest; 0 if there is none.
[[nodiscard]] inline char take_choice(std::string_view& input) noexcept
{
    if (input.empty())
        return '\0';
    const char choice = input.front();
    input.remove_prefix(1);
    return choice;
}

// Takes what stands before the next line break; all if there is none.
[[nodiscard]] inline std::string_view take_line(std::string_view& input) noexcept
{
    const std::size_t end = input.find('\n');
    const std::string_view line = input.substr(0, end);
    input.remove_prefix(end == std::string_view::npos ? input.size() : end + 1);
    return line;
}

} // namespace sluice::fuzz
