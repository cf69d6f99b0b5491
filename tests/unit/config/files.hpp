// Configuration files for tests: a good one to start from, and what the loader says of a changed
// one.
#pragma once

#include "config/load.hpp"

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::config::tests {

// A small good file. Cases of a test replace one piece of it.
[[nodiscard]] std::string good_text();

// The text with `from`, which must be in it, replaced once. Throws if it is not there: a case that
// changes nothing would prove nothing.
[[nodiscard]] std::string replaced(std::string text, std::string_view from, std::string_view to);

// The findings as they are printed; the file is called `f.yaml`.
[[nodiscard]] std::vector<std::string> lines(const loaded& from);
[[nodiscard]] std::vector<std::string> lines(std::string_view text,
                                             references how = references::leave);

// A folder that lives as long as this object.
class temporary_folder
{
public:
    temporary_folder();
    temporary_folder(const temporary_folder&) = delete;
    temporary_folder& operator=(const temporary_folder&) = delete;
    ~temporary_folder();

    [[nodiscard]] std::string path(std::string_view name) const;

    // Writes a file with a mode, and returns its path.
    std::string write(std::string_view name, std::string_view text, unsigned mode = 0600) const;

private:
    std::filesystem::path root_;
};

// An environment variable that is set as long as this object lives.
class environment_variable
{
public:
    environment_variable(std::string name, const std::string& value);
    environment_variable(const environment_variable&) = delete;
    environment_variable& operator=(const environment_variable&) = delete;
    ~environment_variable();

private:
    std::string name_;
};

} // namespace sluice::config::tests
