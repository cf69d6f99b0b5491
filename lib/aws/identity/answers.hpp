// What the servers and programs that hand out credentials answer.
#pragma once

#include "aws/identity/source.hpp"

#include <string_view>

namespace sluice::aws {

// Whether it can be part of a key or a token: printable, without a space. Anything else would add
// a header field of its own to our requests.
[[nodiscard]] bool is_key_text(std::string_view text) noexcept;

// "2026-01-15T10:30:00Z", with a fraction or an offset too. Nothing if it is no such time.
[[nodiscard]] std::optional<wall_time> parse_iso_time(std::string_view text);

// What every answer holds, by whatever name and in whatever form.
struct answered_keys
{
    std::string access_key_id{};
    std::string secret_access_key{};
    std::string session_token{};
    std::string expiration{}; // empty: never
};

// Throws credentials_error naming what is missing or cannot be read; it shows no value.
[[nodiscard]] credentials assemble_credentials(answered_keys given);

// {"AccessKeyId", "SecretAccessKey", `token_name`, "Expiration"}. A "Code" that is not "Success"
// and a "Message" beside no keys are the words of a server that has none.
[[nodiscard]] credentials parse_json_credentials(std::string_view text,
                                                 std::string_view token_name);

// The words of a JSON object that tells of an error, or nothing.
[[nodiscard]] std::string json_error_text(std::string_view text);

// At most so many characters, on one line: fit for a log.
[[nodiscard]] std::string short_line(std::string_view text);

} // namespace sluice::aws
