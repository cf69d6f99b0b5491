// Runs a fuzz target over files, in builds that have no fuzzer.
//
//   fuzz_TARGET FILE|FOLDER...
#include "fuzz/target.hpp"

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <vector>

namespace {

std::vector<std::filesystem::path> files_of(const std::filesystem::path& named)
{
    if (!std::filesystem::is_directory(named))
        return {named};
    std::vector<std::filesystem::path> out;
    for (const auto& entry : std::filesystem::directory_iterator(named))
        out.push_back(entry.path());
    std::ranges::sort(out);
    return out;
}

} // namespace

int main(int count, char** arguments)
{
    std::size_t replayed = 0;
    for (int i = 1; i < count; ++i)
        for (const auto& file : files_of(arguments[i])) {
            std::ifstream in(file, std::ios::binary);
            if (!in) {
                std::cerr << file << ": cannot be read\n";
                return 1;
            }
            const std::vector<char> bytes{std::istreambuf_iterator<char>(in), {}};
            std::cout << file.filename().string() << std::endl; // seen if the next line ends us
            LLVMFuzzerTestOneInput(reinterpret_cast<const std::uint8_t*>(bytes.data()),
                                   bytes.size());
            ++replayed;
        }
    std::cout << replayed << " inputs\n";
    return replayed > 0 ? 0 : 1; // an empty corpus proves nothing
}
