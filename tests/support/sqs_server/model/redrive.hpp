// The two JSON documents that tie a queue to its dead-letter queue.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// When a message has been received `receives_max` times, the next receive moves it to `target_arn`.
struct redrive_policy
{
    std::string target_arn;
    std::uint32_t receives_max = 0;
    std::string text; // the JSON as it was given
};

// Reads the attribute RedrivePolicy; an empty text takes the policy away. Throws refusal.
[[nodiscard]] std::optional<redrive_policy> read_redrive_policy(const std::string& text);

// Throws refusal unless the text may be the attribute RedriveAllowPolicy.
void check_redrive_allow_policy(const std::string& text);

// May the queue `source_arn` name a queue with this RedriveAllowPolicy as its dead-letter queue?
[[nodiscard]] bool allows_redrive(const std::string& redrive_allow_policy,
                                  std::string_view source_arn);

} // namespace sluice::sqs_server
