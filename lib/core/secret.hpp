// Text that must not be seen: it has no stream operator, no formatter, and is wiped when it dies.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace sluice {

void cleanse(void* memory, std::size_t bytes) noexcept;

class secret
{
public:
    secret() = default;
    explicit secret(std::string value) : value_(std::move(value)) {}
    secret(const secret&) = default;
    secret(secret&& other) noexcept;
    secret& operator=(const secret& other);
    secret& operator=(secret&& other) noexcept;
    ~secret() { wipe(); }

    // The one way to the value; grep for it to find every use.
    [[nodiscard]] const std::string& reveal() const noexcept { return value_; }
    [[nodiscard]] bool empty() const noexcept { return value_.empty(); }

    // In a time that does not depend on where the two differ.
    friend bool operator==(const secret& left, const secret& right) noexcept;

private:
    void wipe() noexcept;

    std::string value_;
};

// Compares in a time that does not depend on where the two differ.
[[nodiscard]] bool equal_secrets(std::string_view left, std::string_view right) noexcept;

} // namespace sluice
