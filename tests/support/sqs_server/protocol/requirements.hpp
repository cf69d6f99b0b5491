// What SQS demands of the parameters of a request, with its own words.
#pragma once

#include "sqs_server/model/message.hpp"
#include "sqs_server/model/refusal.hpp"

#include <cstdint>
#include <span>
#include <string_view>

namespace sluice::sqs_server {

inline constexpr std::size_t batch_entries_max = 10;
inline constexpr std::size_t message_attributes_max = 10;

[[nodiscard]] refusal missing(std::string_view parameter);

// Throws unless least <= value <= most.
void require_between(std::string_view parameter, std::int64_t value, std::int64_t least,
                     std::int64_t most);

// One to ten entries, each with an id of its own.
void require_batch(std::span<const std::string_view> ids);

// 1 to 128 letters, digits and punctuation characters: group, deduplication and attempt ids.
void require_fifo_id(std::string_view parameter, std::string_view value);

// No character that SQS refuses: XML 1.0 has no place for it. `text` is valid UTF-8.
[[nodiscard]] bool has_only_allowed_characters(std::string_view text) noexcept;

void require_attribute(const message_attribute& attribute);

} // namespace sluice::sqs_server
