// Memory for keys: kept out of swap and core dumps where the system allows it, wiped when it dies.
#pragma once

#include <cstddef>
#include <span>

namespace sluice::mask {

class locked_memory
{
public:
    // Zeroed. Throws std::bad_alloc.
    explicit locked_memory(std::size_t bytes);
    locked_memory(locked_memory&& other) noexcept;
    locked_memory& operator=(locked_memory&& other) noexcept;
    ~locked_memory();

    [[nodiscard]] std::span<unsigned char> bytes() const noexcept { return bytes_; }

private:
    std::span<unsigned char> bytes_;
};

} // namespace sluice::mask
