#include "transform/body_envelope.hpp"

#include "core/encoding.hpp"
#include "transform/json/escape.hpp"

#include <zlib.h>

#include <algorithm>
#include <cstring>
#include <new>

namespace sluice::transform {

using json::kind;

namespace {

constexpr std::size_t chunk_bytes = std::size_t{16} << 10;

// zlib: a gzip header and nothing else, with the largest window.
constexpr int gzip_window_bits = 15 + 16;

// What follows a document must be readable.
std::string_view padded(byte_buffer& text)
{
    const std::size_t size = text.size();
    std::memset(text.extend(json::padding_bytes), 0, json::padding_bytes);
    return text.view().substr(0, size);
}

} // namespace

body_envelope::notification::notification(std::size_t depth_max)
    : type(paths.add({"Type"})),
      message(paths.add({"Message"})),
      attributes(paths.add({"MessageAttributes"})),
      reader((paths.compile(), paths), {.depth_max = depth_max})
{}

void body_envelope::stream_deleter::operator()(z_stream_s* stream) const noexcept
{
    inflateEnd(stream);
    delete stream;
}

body_envelope::body_envelope(config::body_form form, std::size_t depth_max)
{
    if (form.format == config::body_format::sns_json)
        notification_.emplace(depth_max);
    if (form.encoding == config::body_encoding::base64_gzip) {
        auto stream = std::make_unique<z_stream>();
        if (inflateInit2(stream.get(), gzip_window_bits) != Z_OK)
            throw std::bad_alloc();
        stream_.reset(stream.release());
    }
}

body_envelope::~body_envelope() = default;

verdict body_envelope::open(std::string_view body)
{
    record_ = body;
    attributes_ = {};
    verdict refused;
    if (notification_)
        refused = open_notification(body);
    if (!refused && stream_)
        refused = unpack();
    return refused;
}

verdict body_envelope::open_notification(std::string_view body)
{
    json::reader& reader = notification_->reader;
    if (verdict refused = reader.read(body))
        return refused;
    const json::value& type = reader.at(notification_->type);
    const json::value& message = reader.at(notification_->message);
    if (type.what != kind::string || type.text != "Notification")
        return refuse(
            reason::bad_envelope,
            "the body is no SNS notification; if the topic delivers raw, set format: json");
    if (message.what != kind::string)
        return refuse(reason::bad_envelope, "Message of the SNS notification is no text");
    message_.clear();
    const json::escape_findings text =
        json::unescape(message.text, message_.extend(message.text.size()));
    if (text.malformed)
        return refuse_at(reason::not_json_object, reader.offset_of(message));
    message_.truncate(text.size);
    record_ = padded(message_);
    if (const json::value& found = reader.at(notification_->attributes); found.what == kind::object)
        attributes_ = found.text;
    return std::nullopt;
}

verdict body_envelope::unpack()
{
    const auto packed = from_base64(record_);
    if (!packed)
        return refuse(reason::bad_envelope, "is no base64");
    if (verdict refused = inflate_all(as_text(*packed)))
        return refused;
    record_ = padded(unpacked_);
    return std::nullopt;
}

// Never holds more than it may: a bomb is refused at the byte that is one too many.
verdict body_envelope::inflate_all(std::string_view packed)
{
    const std::size_t by_ratio = std::max(unpacked_bytes_free, packed.size() * unpacked_ratio_max);
    const std::size_t bytes_max = std::min(by_ratio, unpacked_bytes_max);
    if (unpacked_.capacity() > unpacked_bytes_kept)
        unpacked_.release();
    unpacked_.clear();
    z_stream& stream = *stream_;
    inflateReset(&stream);
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));
    stream.avail_in = static_cast<uInt>(packed.size());
    for (int state = Z_OK; state != Z_STREAM_END;) {
        const std::size_t before = unpacked_.size();
        const std::size_t room = std::min(chunk_bytes, bytes_max + 1 - before);
        stream.next_out = reinterpret_cast<Bytef*>(unpacked_.extend(room));
        stream.avail_out = static_cast<uInt>(room);
        state = inflate(&stream, Z_NO_FLUSH);
        unpacked_.truncate(before + room - stream.avail_out);
        if (state != Z_OK && state != Z_STREAM_END)
            return refuse(reason::bad_envelope, "is no gzip, or not all of it");
        if (unpacked_.size() > bytes_max && bytes_max == by_ratio)
            return refuse(reason::bad_envelope, "unpacks to more than {} times its size",
                          unpacked_ratio_max);
        if (unpacked_.size() > bytes_max)
            return refuse(reason::bad_envelope, "unpacks to more than {} bytes", bytes_max);
    }
    if (stream.avail_in != 0)
        return refuse(reason::bad_envelope, "{} bytes follow the gzip member", stream.avail_in);
    return std::nullopt;
}

} // namespace sluice::transform
