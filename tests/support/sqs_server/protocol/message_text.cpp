#include "sqs_server/protocol/message_text.hpp"

#include "sqs_server/protocol/json_text.hpp"

namespace sluice::sqs_server {

std::string message_text(std::string_view body, std::string_view md5)
{
    constexpr std::string_view between = "\",\"Body\":\"";
    std::string out;
    // JSON in JSON grows by a backslash a quote: room for that avoids moving the text.
    out.reserve(message_text_prefix.size() + md5.size() + between.size() + body.size() * 5 / 4);
    out.append(message_text_prefix).append(md5).append(between);
    append_escaped(out, body);
    out.push_back('"');
    out.shrink_to_fit();
    return out;
}

} // namespace sluice::sqs_server
