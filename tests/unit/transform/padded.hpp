// A document with the padding that the JSON reader wants behind it, filled with what would fool a
// careless parser.
#pragma once

#include "transform/json/reader.hpp"

#include <string>
#include <string_view>

namespace sluice::test {

class padded
{
public:
    explicit padded(std::string_view document, char behind = '}')
        : bytes_(std::string(document) + std::string(json::padding_bytes, behind)),
          size_(document.size())
    {}

    [[nodiscard]] std::string_view view() const { return {bytes_.data(), size_}; }

private:
    std::string bytes_;
    std::size_t size_;
};

} // namespace sluice::test
