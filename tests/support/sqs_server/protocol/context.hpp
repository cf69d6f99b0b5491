// What the operations share: the account, and memory that is used again from call to call.
#pragma once

#include "sqs_server/model/account.hpp"
#include "sqs_server/model/digest.hpp"
#include "sqs_server/protocol/request_reader.hpp"

#include <string_view>
#include <vector>

namespace sluice::sqs_server {

// Not thread-safe.
struct context
{
    account& of;
    request_reader reader{};
    digest md5{"MD5"};
    std::vector<received_message> received{};

    // The queue of a QueueUrl. Only the path is read: http and https, every host and port will do.
    [[nodiscard]] queue& queue_at(std::string_view url);
};

[[nodiscard]] std::string queue_url(bool tls, std::string_view host, std::string_view account_id,
                                    std::string_view queue_name);

} // namespace sluice::sqs_server
