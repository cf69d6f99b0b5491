// Reads a small text file whole, and says in one line why it cannot.
#pragma once

#include "config/finding.hpp"
#include "core/secret.hpp"

#include <cstddef>
#include <string>

namespace sluice::config {

struct text_file
{
    secret text;
    bool readable_by_all = false; // its mode lets every user of the machine read it
};

// The problem begins with the path. Pipes are read too, so that `-c <(command)` works.
[[nodiscard]] parsed<text_file> read_text_file(const std::string& path, std::size_t bytes_max);

} // namespace sluice::config
