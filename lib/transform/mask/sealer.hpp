// Seals the values of one domain with the primary key, and opens them again.
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/mask/error.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/sealed_text.hpp"
#include "transform/mask/siv.hpp"

#include <map>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::mask {

// The contexts of the primary key; one a thread, shared by its sealers. Not thread-safe.
class seal_engine
{
public:
    // Throws crypto_error.
    explicit seal_engine(const keyring& keys);

private:
    friend class sealer;

    siv cipher_;
    std::string prefix_;
    byte_buffer work_; // tag and text, before they become base64url
};

// Not thread-safe. Allocates nothing in steady state.
class sealer
{
public:
    // Values of one domain are equal when sealed if they are equal in clear; nothing that was
    // sealed for one domain opens in another. The engine must outlive the sealer.
    sealer(seal_engine& engine, std::string_view domain);

    [[nodiscard]] std::size_t size(std::size_t clear_bytes) const noexcept
    {
        return sealed_size(engine_->prefix_.size(), clear_bytes);
    }

    // Appends the sealed text. False if it could not be made: then `out` is as it was.
    [[nodiscard]] bool seal(content what, std::string_view clear, byte_buffer& out);

private:
    seal_engine* engine_;
    siv::folding folded_;
};

struct clear_value
{
    content what;
    std::string bytes;
};

// Opens what any key of the keyring sealed. Not thread-safe.
class opener
{
public:
    // The keyring must outlive the opener. Throws crypto_error.
    explicit opener(const keyring& keys);

    [[nodiscard]] result<clear_value> open(std::string_view sealed, std::string_view domain);

private:
    std::map<std::string, siv, std::less<>> ciphers_; // by key id
};

} // namespace sluice::mask
