#include "source/sqs/envelope.hpp"

#include <fmt/format.h>
#include <simdjson.h>

#include <charconv>
#include <string_view>

namespace sluice::sqs {
namespace {

namespace ondemand = simdjson::ondemand;

// A string token without its quotes, still escaped.
std::string_view raw_string(ondemand::value value)
{
    std::string_view token = value.raw_json_token();
    while (!token.empty() && (token.back() == ' ' || token.back() == '\n' || token.back() == '\r' ||
                              token.back() == '\t'))
        token.remove_suffix(1);
    if (token.size() < 2 || token.front() != '"' || token.back() != '"')
        throw simdjson::simdjson_error(simdjson::INCORRECT_TYPE);
    return token.substr(1, token.size() - 2);
}

template <class Number>
bool parse_number(std::string_view text, Number& out)
{
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), out);
    return ec == std::errc{} && end == text.data() + text.size();
}

void index_attributes(ondemand::object attributes, message& out)
{
    for (ondemand::field field : attributes) {
        const std::string_view key = field.unescaped_key();
        if (key == "SentTimestamp") {
            long long ms = 0;
            if (parse_number(raw_string(field.value()), ms))
                out.sent_at = wall_time(std::chrono::milliseconds(ms));
        } else if (key == "ApproximateReceiveCount") {
            if (!parse_number(raw_string(field.value()), out.receive_count))
                out.receive_count = 0;
        } else if (key == "MessageGroupId") {
            out.group_id = raw_string(field.value());
        }
    }
}

void index_message(ondemand::object from, message& out)
{
    out = {};
    for (ondemand::field field : from) {
        const std::string_view key = field.unescaped_key();
        if (key == "MessageId")
            out.id = raw_string(field.value());
        else if (key == "ReceiptHandle")
            out.receipt_handle = raw_string(field.value());
        else if (key == "Body")
            out.body_token = raw_string(field.value());
        else if (key == "MD5OfBody")
            out.body_md5 = raw_string(field.value());
        else if (key == "Attributes")
            index_attributes(field.value().get_object(), out);
        else if (key == "MessageAttributes")
            out.attributes = field.value().get_object().value().raw_json();
        else if (key == "MD5OfMessageAttributes")
            out.attributes_md5 = raw_string(field.value());
    }
}

void index_document(ondemand::parser& parser, simdjson::padded_string_view json, delivery& of)
{
    ondemand::document document = parser.iterate(json);
    for (ondemand::field field : document.get_object()) {
        if (field.unescaped_key().value() != "Messages")
            continue;
        ondemand::value list = field.value();
        if (list.is_null())
            continue;
        for (ondemand::object entry : list.get_array()) {
            if (of.count == messages_per_call)
                throw simdjson::simdjson_error(simdjson::INDEX_OUT_OF_BOUNDS);
            index_message(entry, of.messages[of.count++]);
        }
    }
    if (document.current_location().error() != simdjson::OUT_OF_BOUNDS)
        throw simdjson::simdjson_error(simdjson::TRAILING_CONTENT);
}

// One body that is no UTF-8 must not hide nine that are: the structure is found in a copy of plain
// ASCII, and the views are moved back to the bytes that really came.
void index_despite_bad_utf8(ondemand::parser& parser, std::size_t body_bytes, delivery& of)
{
    std::string ascii(of.buffer.data(), body_bytes);
    for (char& c : ascii)
        if (static_cast<unsigned char>(c) >= 0x80)
            c = '?';
    ascii.resize(body_bytes + envelope_padding);
    index_document(parser, simdjson::padded_string_view(ascii.data(), body_bytes, ascii.size()),
                   of);
    const auto move_back = [&](std::string_view& view) {
        if (view.data() != nullptr)
            view = {of.buffer.data() + (view.data() - ascii.data()), view.size()};
    };
    for (std::size_t i = 0; i < of.count; ++i) {
        message& each = of.messages[i];
        for (std::string_view* const view :
             {&each.id, &each.receipt_handle, &each.body_token, &each.body_md5, &each.group_id,
              &each.attributes, &each.attributes_md5})
            move_back(*view);
    }
}

std::string missing_parts(const delivery& of)
{
    for (std::size_t i = 0; i < of.count; ++i) {
        const message& each = of.messages[i];
        if (each.id.empty() || each.receipt_handle.empty())
            return fmt::format("message {} of the response has no MessageId or ReceiptHandle", i);
        if (each.sent_at == wall_time{})
            return fmt::format("message {} of the response has no SentTimestamp: this server "
                               "cannot be used, since without it a message has no identity",
                               i);
    }
    return {};
}

} // namespace

std::string index_messages(delivery& of, std::size_t body_bytes)
{
    thread_local ondemand::parser parser;
    of.count = 0;
    try {
        const simdjson::padded_string_view json(of.buffer.data(), body_bytes, of.buffer.capacity());
        try {
            index_document(parser, json, of);
        } catch (const simdjson::simdjson_error& error) {
            if (error.error() != simdjson::UTF8_ERROR)
                throw;
            of.count = 0;
            index_despite_bad_utf8(parser, body_bytes, of);
        }
    } catch (const simdjson::simdjson_error& error) {
        of.count = 0;
        return fmt::format("the response is no receive result: {}", error.what());
    }
    std::string wrong = missing_parts(of);
    if (!wrong.empty())
        of.count = 0;
    return wrong;
}

} // namespace sluice::sqs
