// What a body wraps its record in. The first byte chooses: 'n' the rest is the body of a
// notification of SNS, 'z' base64 of gzip, 'b' such a notification with base64 of gzip inside, 'r'
// the bytes of the gzip itself, 'a' message attributes as SQS delivers them; else a record, which
// is wrapped here.
#include "transform/body_envelope.hpp"

#include "core/encoding.hpp"
#include "fuzz/messages.hpp"
#include "transform/attribute_digest.hpp"

#include <boost/json/parse.hpp>

#include <zlib.h>

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using fuzz::require;

constexpr config::body_form of_sns{.format = config::body_format::sns_json};
constexpr config::body_form of_gzip{.encoding = config::body_encoding::base64_gzip};
constexpr config::body_form of_both{.format = config::body_format::sns_json,
                                    .encoding = config::body_encoding::base64_gzip};
constexpr std::size_t depth_max = 64;

// As a body stands in a delivery: the padding fools whoever reads on.
std::string padded(std::string_view text)
{
    return std::string(text) + std::string(json::padding_bytes, '}');
}

std::string gzipped(std::string_view text)
{
    z_stream stream{};
    constexpr int gzip_window_bits = 15 + 16;
    constexpr int memory_level = 8;
    require(deflateInit2(&stream, Z_BEST_SPEED, Z_DEFLATED, gzip_window_bits, memory_level,
                         Z_DEFAULT_STRATEGY) == Z_OK,
            "zlib packs");
    std::string in(text);
    std::string out(deflateBound(&stream, in.size()), '\0');
    stream.next_in = reinterpret_cast<Bytef*>(in.data());
    stream.avail_in = static_cast<uInt>(in.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    require(deflate(&stream, Z_FINISH) == Z_STREAM_END, "all of it is packed");
    out.resize(stream.total_out);
    deflateEnd(&stream);
    return out;
}

void check_bounds(const body_envelope& opened, std::size_t body_bytes)
{
    require(opened.record().size() <= body_envelope::unpacked_bytes_max, "no record is too large");
    require(opened.record().size() <= std::max(body_envelope::unpacked_bytes_free,
                                               body_bytes * body_envelope::unpacked_ratio_max),
            "and none grew too much");
}

// A second parser finds the same Message.
void check_notification(const body_envelope& opened, std::string_view body)
{
    error_code ec;
    boost::json::parse_options lenient;
    lenient.allow_invalid_utf8 = true;
    lenient.max_depth = 1000;
    const auto document = boost::json::parse({body.data(), body.size()}, ec, {}, lenient);
    if (ec)
        return; // a number beyond all bounds, or half a pair of surrogates, that nobody uses
    const auto* const message = document.as_object().if_contains("Message");
    require(message != nullptr && message->is_string(), "a notification has a message");
    require(std::string_view(message->get_string()) == opened.record(),
            "a second parser reads the same record");
    const auto* const attributes = document.as_object().if_contains("MessageAttributes");
    require(opened.attributes().empty() == (attributes == nullptr || !attributes->is_object()),
            "attributes are there if they were sent");
}

void check_as_it_came(config::body_form form, std::string_view body)
{
    static body_envelope sns(of_sns, depth_max);
    static body_envelope gzip(of_gzip, depth_max);
    static body_envelope both(of_both, depth_max);
    const bool is_packed = form.encoding == config::body_encoding::base64_gzip;
    body_envelope& with = !is_packed                                     ? sns
                          : form.format == config::body_format::sns_json ? both
                                                                         : gzip;
    const std::string text = padded(body);
    if (const verdict refused = with.open(std::string_view(text).substr(0, body.size()))) {
        require(refused->why != reason::poison, "a refusal is one of the body");
        return;
    }
    if (is_packed)
        check_bounds(with, body.size());
    else
        check_notification(with, std::string_view(text).substr(0, body.size()));
}

// What is wrapped well comes out as it was.
void check_wrapped(std::string_view record)
{
    static body_envelope with(of_both, depth_max);
    const std::string packed = to_base64(as_bytes(gzipped(record)));
    const std::string body = padded(R"({"Type":"Notification","Message":")" + packed + "\"}");
    const verdict refused =
        with.open(std::string_view(body).substr(0, body.size() - json::padding_bytes));
    if (record.size() <= body_envelope::unpacked_bytes_free)
        require(!refused && with.record() == record, "a record comes out as it was");
}

using attribute_list = std::vector<std::pair<std::string, std::string>>; // name, the rest

std::string sized(std::string_view text)
{
    std::string out(4, '\0');
    store_u32(out.data(), static_cast<std::uint32_t>(text.size()));
    return out += text;
}

// What MD5OfMessageAttributes is made of, by a second parser; nothing if it has none,
// or if the two parsers may disagree, which they do on keys that come twice.
std::optional<std::string> digested(std::string_view attributes)
{
    error_code ec;
    const auto document = boost::json::parse({attributes.data(), attributes.size()}, ec);
    if (ec || !document.is_object())
        return std::nullopt;
    attribute_list all;
    for (const auto& [name, value] : document.get_object()) {
        if (!value.is_object() || value.get_object().size() != 2)
            return std::nullopt;
        const auto* const type = value.get_object().if_contains("DataType");
        const auto* const text = value.get_object().if_contains("StringValue");
        if (type == nullptr || text == nullptr || !type->is_string() || !text->is_string())
            return std::nullopt;
        all.emplace_back(name, sized(name) + sized(type->get_string()) + '\1' +
                                   sized(text->get_string()));
    }
    if (std::ranges::count(attributes, ':') != static_cast<std::ptrdiff_t>(3 * all.size()))
        return std::nullopt;
    std::ranges::sort(all);
    std::string out;
    for (const auto& [name, rest] : all)
        out += rest;
    return out;
}

void check_attributes(std::string_view attributes)
{
    static attribute_digest digest;
    const std::string text = padded(attributes);
    const std::string_view given = std::string_view(text).substr(0, attributes.size());
    require(!digest.is_of(given, "00000000000000000000000000000000"), "no digest is that one");
    const auto expected = digested(attributes);
    if (expected)
        require(digest.is_of(given, fuzz::md5_of(*expected)), "the digest is that of SQS");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = fuzz::as_text(data, size);
    switch (fuzz::take_choice(input)) {
    case 'n':
        check_as_it_came(of_sns, input);
        break;
    case 'z':
        check_as_it_came(of_gzip, input);
        break;
    case 'b':
        check_as_it_came(of_both, input);
        break;
    case 'r':
        check_as_it_came(of_gzip, to_base64(as_bytes(input)));
        break;
    case 'a':
        check_attributes(input);
        break;
    default:
        check_wrapped(input);
        break;
    }
    return 0;
}
