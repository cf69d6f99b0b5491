// Published test vectors, which are not part of the project: SLUICE_VECTORS says where they are.
#pragma once

#include <boost/json/parse.hpp>

#include <catch2/catch.hpp>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <optional>
#include <string>

namespace sluice::test {

// The folder of that name, or nothing: then the test says that it was skipped.
inline std::optional<std::filesystem::path> vectors(const char* folder)
{
    const char* const root = std::getenv("SLUICE_VECTORS");
    if (root == nullptr) {
        WARN("skipped: SLUICE_VECTORS is not set");
        return std::nullopt;
    }
    auto path = std::filesystem::path(root) / folder;
    REQUIRE(std::filesystem::is_directory(path));
    return path;
}

inline std::string read_file(const std::filesystem::path& path)
{
    std::ifstream file(path, std::ios::binary);
    REQUIRE(file.is_open());
    return {std::istreambuf_iterator<char>(file), {}};
}

inline boost::json::value read_json(const std::filesystem::path& path)
{
    return boost::json::parse(read_file(path));
}

} // namespace sluice::test
