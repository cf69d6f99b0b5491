// The part of a message that every answer repeats: rendered once, when the message is sent.
#pragma once

#include <string>
#include <string_view>

namespace sluice::sqs_server {

// Where the digest stands in a message text.
inline constexpr std::string_view message_text_prefix = "\"MD5OfBody\":\"";

// "MD5OfBody":"…","Body":"…", escaped.
[[nodiscard]] std::string message_text(std::string_view body, std::string_view md5);

} // namespace sluice::sqs_server
