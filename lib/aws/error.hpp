// An error answer of an AWS JSON service.
#pragma once

#include "net/http_field.hpp"

#include <span>
#include <string>
#include <string_view>

namespace sluice::aws {

struct service_error
{
    unsigned status = 0;
    std::string type;        // "QueueDoesNotExist", without name space; the status if there is none
    std::string legacy_code; // "AWS.SimpleQueueService.NonExistentQueue", empty if none
    std::string message;     // one line of bounded length; may quote the request
    std::string request_id;  // empty if none
};

[[nodiscard]] service_error parse_error(unsigned status, std::span<const net::http_field> fields,
                                        std::string_view body);

} // namespace sluice::aws
