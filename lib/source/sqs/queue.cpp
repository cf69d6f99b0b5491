#include "source/sqs/queue.hpp"

namespace sluice::sqs {

std::string_view to_string(failure why) noexcept
{
    switch (why) {
    case failure::transient:
        return "transient";
    case failure::throttled:
        return "throttled";
    case failure::forbidden:
        return "forbidden";
    case failure::no_queue:
        return "no_queue";
    case failure::bad_request:
        return "bad_request";
    case failure::abandoned:
        break;
    }
    return "abandoned";
}

} // namespace sluice::sqs
