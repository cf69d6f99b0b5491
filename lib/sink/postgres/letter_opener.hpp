// Opens the bodies and attributes of dead letters.
#pragma once

#include "sink/postgres/letter_store.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/mask/sealer.hpp"

#include <optional>
#include <string>

namespace sluice::postgres {

// Not thread-safe.
class letter_opener
{
public:
    // `keys` may be null: then only what was stored in clear can be opened. It must outlive the
    // opener. Throws crypto_error.
    explicit letter_opener(const mask::keyring* keys);

    struct opened
    {
        std::optional<std::string> text;
        std::string key_id; // empty if it was stored in clear
        std::string why;    // it could not be opened; never a value
    };

    [[nodiscard]] opened body(const letter& of);
    // Without attributes: an empty text.
    [[nodiscard]] opened attributes(const letter& of);

private:
    [[nodiscard]] opened open(const std::string& stored, std::string_view domain);

    std::optional<mask::opener> opener_;
};

} // namespace sluice::postgres
