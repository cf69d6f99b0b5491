// The attributes of a queue that its owner sets.
#pragma once

#include "sqs_server/model/redrive.hpp"

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

using std::chrono::seconds;

inline constexpr std::size_t message_bytes_max = 1'048'576; // 1 MiB, since 2025
inline constexpr seconds visibility_max{43'200};
inline constexpr seconds wait_max{20};
inline constexpr seconds delay_max{900};
inline constexpr std::size_t receive_messages_max = 10;

using attribute_map = std::map<std::string, std::string, std::less<>>;

struct queue_settings
{
    seconds visibility{30};
    seconds retention{345'600};
    seconds delay{0};
    seconds wait{0};
    std::size_t message_bytes = message_bytes_max;
    std::optional<redrive_policy> redrive;
    std::string redrive_allow_policy; // JSON; who may name this queue as dead-letter queue
    std::string policy;               // JSON; kept, not enforced
    std::string kms_key;              // kept; nothing is encrypted here
    seconds kms_reuse{300};
    bool managed_encryption = true;
    bool fifo = false;
    bool content_deduplication = false;
    bool deduplicate_by_group = false; // DeduplicationScope messageGroup
    bool throughput_by_group = false;  // FifoThroughputLimit perMessageGroupId
};

// The settings with `given` laid over them; `base.fifo` says which kind of queue it is. Throws
// refusal: InvalidAttributeName, InvalidAttributeValue, InvalidParameterValue.
[[nodiscard]] queue_settings apply(queue_settings base, const attribute_map& given);

// Whether a queue of some kind can have this attribute, set by its owner or told by the server.
[[nodiscard]] bool is_queue_attribute(std::string_view name) noexcept;

// The settings as attributes, those that GetQueueAttributes returns for them.
[[nodiscard]] attribute_map to_attributes(const queue_settings& settings);

} // namespace sluice::sqs_server
