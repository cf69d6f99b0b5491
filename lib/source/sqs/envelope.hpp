// Finds the messages in the body of a receive response, in place. Nothing is unescaped or copied:
// a transform worker opens the bodies, and receipt handles go back as they came.
#pragma once

#include "core/delivery.hpp"

#include <string>

namespace sluice::sqs {

// How many bytes must follow the body in its buffer, readable and of any content.
inline constexpr std::size_t envelope_padding = 64;

// Fills messages and count from the first `body_bytes` of the buffer. Returns what is wrong, or an
// empty text. A message without an id, a handle or a SentTimestamp is wrong: without them it can
// be neither stored once nor deleted. Not thread-safe: keeps a parser a thread.
[[nodiscard]] std::string index_messages(delivery& of, std::size_t body_bytes);

} // namespace sluice::sqs
