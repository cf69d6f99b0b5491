// What the names of a message's fields tell: the column that a field may become, and whether it
// likely holds personal data, a time, or what identifies the record.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace sluice::daemon {

// "userID" and "user-id" become user_id. Letters of other scripts stay as they are. May be empty.
[[nodiscard]] std::string snake_case(std::string_view name);

// The names on the way to a field as one: {"client", "ipAddress"} becomes client_ip_address. Never
// empty, and never begins with a digit.
[[nodiscard]] std::string snake_case(std::span<const std::string> path);

// The rules below take names in snake_case.

// Personal data, a secret, or what names a device or a place.
[[nodiscard]] bool is_personal_name(std::string_view name);
// When something happened: created_at, timestamp.
[[nodiscard]] bool is_time_name(std::string_view name);
// user_id, uuid.
[[nodiscard]] bool is_identity_name(std::string_view name);
// app_version.
[[nodiscard]] bool is_version_name(std::string_view name);

} // namespace sluice::daemon
