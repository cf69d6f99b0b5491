// The keys of masked columns. The file is JSON, readable by its owner and group alone:
//
//   {"keys": [{"id": "k7q2m9", "algorithm": "AES-256-SIV", "status": "primary",
//              "created": "2025-11-20T12:00:00Z", "key": "(base64 of 64 bytes)",
//              "check": "(16 hex digits)"}]}
//
// The primary key masks; active and decrypt keys only open what they once sealed.
#pragma once

#include "core/time.hpp"
#include "transform/mask/locked_memory.hpp"

#include <cstdint>
#include <span>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::mask {

inline constexpr std::size_t key_bytes = 64;
inline constexpr std::size_t key_id_bytes_min = 4;
inline constexpr std::size_t key_id_bytes_max = 8;

enum class key_status : std::uint8_t
{
    primary, // masks what comes from now on; exactly one key is
    active,  // opens, and may become primary: a new one, or the last one
    decrypt, // retired: it only opens
};

struct key
{
    std::string id; // lower-case letters and digits, drawn at random
    key_status status;
    std::string created;
    std::span<const unsigned char> bytes; // key_bytes of them, in the keyring's memory
};

// What is wrong with a keyring file, and what to do: "FILE: ...; ...". Never holds a key.
class keyring_error : public std::runtime_error
{
public:
    using runtime_error::runtime_error;
};

// Immutable: any number of threads may read it.
class keyring
{
public:
    // Throws keyring_error.
    [[nodiscard]] static keyring load(const std::string& path);

    // One random key that lives as long as the process: for checking a configuration offline.
    [[nodiscard]] static keyring ephemeral();

    // One known key, for known answers. Throws keyring_error unless it has key_bytes.
    [[nodiscard]] static keyring of_one(std::string id, std::span<const unsigned char> bytes);

    [[nodiscard]] const key& primary() const noexcept { return keys_[primary_]; }
    // Null if no key has this id.
    [[nodiscard]] const key* find(std::string_view id) const noexcept;
    [[nodiscard]] const std::vector<key>& keys() const noexcept { return keys_; }

private:
    friend class keyring_parser;

    explicit keyring(std::size_t keys) : memory_(keys * key_bytes) {}

    locked_memory memory_;
    std::vector<key> keys_;
    std::size_t primary_ = 0;
};

// Makes a file with one new primary key, mode 0600. It appears whole or not at all, and never in
// place of another. Throws keyring_error.
void generate_keyring(const std::string& path, wall_time now);

// Tells a damaged key: 16 hex digits that depend on all of it and reveal nothing of it.
[[nodiscard]] std::string check_value(std::span<const unsigned char> key);

} // namespace sluice::mask
