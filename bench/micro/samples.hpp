// The traffic that is measured: a receive response of ten logins, as SQS sends it.
#pragma once

#include "config/settings.hpp"
#include "core/delivery.hpp"
#include "transform/mapping.hpp"

#include <array>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::micro {

struct login
{
    std::string user_id;
    std::string app_version;
    std::string device_type;
    std::string ip;
    std::string locale;
    std::string device_id;
};

inline constexpr std::size_t logins = messages_per_call;
[[nodiscard]] const std::array<login, logins>& sample_logins();

// The JSON that a producer sends: about 160 bytes.
[[nodiscard]] std::string body_of(const login& from);

// As SQS makes them: 400 characters of base64.
[[nodiscard]] std::string receipt_handle(std::size_t number);

// The whole response, bodies escaped, with MD5 sums, SentTimestamp and ApproximateReceiveCount.
[[nodiscard]] std::string receive_response();

// Puts the text into the delivery's buffer, with padding, and finds its messages.
void receive_into(delivery& into, std::string_view response);

// The mapping of deploy/examples/user_logins.yaml: two of seven columns are sealed.
[[nodiscard]] std::shared_ptr<const transform::mapping> login_mapping();

} // namespace sluice::micro
