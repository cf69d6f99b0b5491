#include "core/secret.hpp"

#include <openssl/crypto.h>

namespace sluice {

void cleanse(void* memory, std::size_t bytes) noexcept
{
    OPENSSL_cleanse(memory, bytes);
}

secret::secret(secret&& other) noexcept : value_(std::move(other.value_))
{
    other.wipe(); // a short string is copied by a move, and would stay behind
}

secret& secret::operator=(const secret& other)
{
    if (this != &other) {
        wipe();
        value_ = other.value_;
    }
    return *this;
}

secret& secret::operator=(secret&& other) noexcept
{
    if (this != &other) {
        wipe();
        value_.swap(other.value_);
        other.wipe();
    }
    return *this;
}

void secret::wipe() noexcept
{
    // All of its memory: a move leaves a short text behind in a string that says it is empty.
    value_.resize(value_.capacity());
    cleanse(value_.data(), value_.size());
    value_.clear();
}

bool equal_secrets(std::string_view left, std::string_view right) noexcept
{
    return left.size() == right.size() &&
           CRYPTO_memcmp(left.data(), right.data(), left.size()) == 0;
}

bool operator==(const secret& left, const secret& right) noexcept
{
    return equal_secrets(left.value_, right.value_);
}

} // namespace sluice
