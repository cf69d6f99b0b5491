#include "transform/attribute_digest.hpp"

#include "core/encoding.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <simdjson.h>

#include <algorithm>
#include <array>

namespace sluice::transform {
namespace {

namespace ondemand = simdjson::ondemand;

constexpr char text_tag = 1;
constexpr char binary_tag = 2;

void append_sized(byte_buffer& to, std::string_view text)
{
    to.append_u32(static_cast<std::uint32_t>(text.size()));
    to.append(text);
}

} // namespace

struct attribute_digest::json_parser
{
    ondemand::parser simdjson;
};

// "-fips": MD5 guards against corruption here, not against people.
attribute_digest::attribute_digest()
    : parser_(std::make_unique<json_parser>()),
      md5_(EVP_MD_fetch(nullptr, "MD5", "-fips")),
      context_(EVP_MD_CTX_new())
{
    if (!md5_ || !context_)
        throw mask::crypto_error("OpenSSL offers no MD5, by which SQS tells damaged messages; load "
                                 "its default provider");
}

attribute_digest::~attribute_digest() = default;

bool attribute_digest::is_of(std::string_view attributes, std::string_view md5_hex)
{
    all_.clear();
    try {
        return read(attributes) && boost::algorithm::iequals(digest_of_all(), md5_hex);
    } catch (const simdjson::simdjson_error&) { // no object of objects of texts
        return false;
    }
}

bool attribute_digest::read(std::string_view attributes)
{
    if (attributes.empty())
        return false;
    ondemand::document document = parser_->simdjson.iterate(simdjson::padded_string_view(
        attributes.data(), attributes.size(), attributes.size() + simdjson::SIMDJSON_PADDING));
    for (ondemand::field field : document.get_object()) {
        attribute& one = all_.emplace_back();
        one.name = std::string_view(field.unescaped_key());
        for (ondemand::field member : field.value().get_object()) {
            const std::string_view key = member.unescaped_key();
            if (key == "DataType") {
                one.type = std::string_view(member.value().get_string());
            } else if (key == "StringValue") {
                one.value = std::string_view(member.value().get_string());
            } else if (key == "BinaryValue") {
                const auto bytes = from_base64(member.value().get_string());
                if (!bytes)
                    return false;
                one.value = as_text(*bytes);
                one.is_binary = true;
            }
        }
    }
    return true;
}

// Amazon SQS Developer Guide, "Calculating the MD5 message digest for message attributes".
std::string attribute_digest::digest_of_all()
{
    std::ranges::sort(all_, {}, &attribute::name);
    sum_.clear();
    for (const attribute& each : all_) {
        append_sized(sum_, each.name);
        append_sized(sum_, each.type);
        sum_.push_back(each.is_binary ? binary_tag : text_tag);
        append_sized(sum_, each.value);
    }
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    unsigned size = 0;
    if (EVP_DigestInit_ex2(context_.get(), md5_.get(), nullptr) != 1 ||
        EVP_DigestUpdate(context_.get(), sum_.data(), sum_.size()) != 1 ||
        EVP_DigestFinal_ex(context_.get(), digest.data(), &size) != 1)
        return {};
    return to_hex(std::span(digest).first(size));
}

} // namespace sluice::transform
