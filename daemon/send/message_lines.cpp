#include "daemon/send/message_lines.hpp"

#include "source/sqs/client.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <istream>
#include <limits>
#include <utility>

namespace sluice::daemon {
namespace {

// Room for one character more than SQS takes, and for the NUL of istream::getline.
constexpr std::size_t buffer_bytes = sqs::send_bytes_max + 2;

// SQS takes what XML 1.0 calls characters (SendMessage, MessageBody).
std::optional<std::size_t> first_forbidden(std::string_view text)
{
    for (std::size_t i = 0; i < text.size(); ++i) {
        const auto byte = static_cast<unsigned char>(text[i]);
        if (byte < 0x20 && byte != '\t' && byte != '\n' && byte != '\r')
            return i;
        // U+FFFE and U+FFFF are EF BF BE and EF BF BF.
        const std::string_view sequence = text.substr(i, 3);
        if (byte == 0xef && (sequence == "\xef\xbf\xbe" || sequence == "\xef\xbf\xbf"))
            return i;
    }
    return std::nullopt;
}

std::string too_long_text()
{
    return fmt::format("is longer than {} bytes, the most that SQS takes; make it shorter",
                       sqs::send_bytes_max);
}

} // namespace

std::optional<std::string> refusal_of(std::string_view body)
{
    if (body.size() > sqs::send_bytes_max)
        return too_long_text();
    if (!simdjson::validate_utf8(body.data(), body.size()))
        return "is no UTF-8, which is all that SQS takes; convert the file";
    if (const auto at = first_forbidden(body))
        return fmt::format("has a character at byte {} that SQS does not take; remove or escape it",
                           *at + 1);
    return std::nullopt;
}

message_lines::message_lines(std::istream& in, line_id_rules rules)
    : in_(in), ids_(std::move(rules)), buffer_(std::make_unique<char[]>(buffer_bytes))
{}

line_batch message_lines::next()
{
    line_batch out;
    std::size_t bytes = 0;
    while (out.lines.size() < lines_per_batch_max && out.refused.size() < refused_per_batch_max) {
        if (!waiting_ && !ended_)
            look_at_next(out);
        if (!waiting_ && !ended_)
            continue; // an empty or a refused line
        if (!waiting_ || bytes + waiting_->body.size() > sqs::send_bytes_max)
            break;
        bytes += waiting_->body.size();
        out.lines.push_back(std::move(*waiting_));
        waiting_.reset();
    }
    out.last = ended_ && !waiting_;
    return out;
}

void message_lines::look_at_next(line_batch& into)
{
    std::string_view line;
    bool too_long = false;
    if (!read_line(line, too_long)) {
        ended_ = true;
        return;
    }
    ++lines_;
    if (!too_long && (line.empty() || line == "\r")) {
        ++empty_;
        return;
    }
    auto why = too_long ? std::optional(too_long_text()) : refusal_of(line);
    message_line read{.number = lines_, .body = std::string(line)};
    if (!why)
        why = ids_.give(read);
    if (why)
        into.refused.push_back({lines_, std::move(*why)});
    else
        waiting_ = std::move(read);
}

// False at the end. A line of any length costs no more memory than the largest message.
bool message_lines::read_line(std::string_view& line, bool& too_long)
{
    in_.getline(buffer_.get(), buffer_bytes);
    auto length = static_cast<std::size_t>(in_.gcount());
    too_long = in_.fail() && length == buffer_bytes - 1;
    if (too_long) {
        in_.clear(in_.rdstate() & ~std::ios::failbit);
        in_.ignore(std::numeric_limits<std::streamsize>::max(), '\n');
        return true;
    }
    if (in_.fail())
        return false;
    if (!in_.eof())
        --length; // the line break was counted, but not stored
    line = {buffer_.get(), length};
    return true;
}

bool message_lines::broken() const
{
    return in_.bad();
}

} // namespace sluice::daemon
