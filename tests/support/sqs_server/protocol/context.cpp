#include "sqs_server/protocol/context.hpp"

#include "sqs_server/model/refusal.hpp"
#include "sqs_server/protocol/requirements.hpp"

#include <fmt/format.h>

namespace sluice::sqs_server {

queue& context::queue_at(std::string_view url)
{
    if (url.empty())
        throw missing("QueueUrl");
    const std::size_t name_at = url.rfind('/') + 1; // npos + 1 is 0: a bare name
    const std::string_view before = url.substr(0, name_at == 0 ? 0 : name_at - 1);
    const std::string_view owner = before.substr(before.rfind('/') + 1);
    if (owner != of.options().id)
        throw refusal(errc::queue_does_not_exist, "The specified queue does not exist.");
    return of.at(url.substr(name_at));
}

std::string queue_url(bool tls, std::string_view host, std::string_view account_id,
                      std::string_view queue_name)
{
    return fmt::format("{}://{}/{}/{}", tls ? "https" : "http", host, account_id, queue_name);
}

} // namespace sluice::sqs_server
