#include "samples.hpp"

#include "core/encoding.hpp"
#include "measure.hpp"
#include "source/sqs/envelope.hpp"

#include <fmt/format.h>
#include <openssl/evp.h>

#include <random>
#include <span>
#include <utility>

namespace sluice::micro {
namespace {

constexpr unsigned seed = 20251120;

std::string md5_hex(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    check(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr) == 1,
          "OpenSSL has MD5");
    return to_hex(std::span(digest).first(16));
}

std::string random_id(std::mt19937& luck)
{
    return fmt::format("{:08x}-{:04x}-4{:03x}-a{:03x}-{:04x}{:08x}", luck(), luck() & 0xffff,
                       luck() & 0xfff, luck() & 0xfff, luck() & 0xffff, luck());
}

std::array<login, logins> draw_logins()
{
    constexpr std::array locales{"RU", "DE", "en-GB", "pt_BR"};
    std::mt19937 luck(seed);
    std::array<login, logins> out;
    for (login& each : out) {
        each.user_id = random_id(luck);
        each.app_version = fmt::format("{}.{}.{}", luck() % 10, luck() % 10, luck() % 10);
        each.device_type = luck() % 2 == 0 ? "android" : "iOS";
        each.ip = fmt::format("{}.{}.{}.{}", 100 + luck() % 100, luck() % 256, luck() % 256,
                              luck() % 256);
        each.locale = locales[luck() % locales.size()];
        each.device_id =
            fmt::format("{:03}-{:02}-{:04}", luck() % 1000, luck() % 100, luck() % 10000);
    }
    return out;
}

config::column field(std::string name, std::string from, std::size_t length)
{
    config::column out;
    out.name = std::move(name);
    out.max_length = length;
    out.from = config::json_pointer{{std::move(from)}};
    return out;
}

} // namespace

const std::array<login, logins>& sample_logins()
{
    static const std::array<login, logins> drawn = draw_logins();
    return drawn;
}

std::string body_of(const login& from)
{
    return fmt::format(R"({{"user_id":"{}","app_version":"{}","device_type":"{}","ip":"{}",)"
                       R"("locale":"{}","device_id":"{}"}})",
                       from.user_id, from.app_version, from.device_type, from.ip, from.locale,
                       from.device_id);
}

std::string receipt_handle(std::size_t number)
{
    constexpr std::size_t random_bytes = 300;
    std::mt19937 luck(static_cast<unsigned>(seed + number));
    std::array<unsigned char, random_bytes> bytes;
    for (unsigned char& each : bytes)
        each = static_cast<unsigned char>(luck());
    return to_base64(bytes);
}

std::string receive_response()
{
    std::mt19937 luck(seed);
    std::string out = R"({"Messages":[)";
    for (std::size_t i = 0; i < logins; ++i) {
        const std::string body = body_of(sample_logins()[i]);
        out += i == 0 ? "{" : ",{";
        out += fmt::format(R"("MessageId":"{}","ReceiptHandle":"{}","MD5OfBody":"{}","Attributes":)"
                           R"({{"SentTimestamp":"{}","ApproximateReceiveCount":"1"}},"Body":)",
                           random_id(luck), receipt_handle(i), md5_hex(body), 1763640000000 + i);
        append_json_string(out, body);
        out.push_back('}');
    }
    return out + "]}";
}

void receive_into(delivery& into, std::string_view response)
{
    into.buffer.clear();
    into.buffer.append(response);
    into.buffer.reserve(response.size() + sqs::envelope_padding);
    into.received_at = wall_time(std::chrono::milliseconds(1763640001000));
    check(sqs::index_messages(into, response.size()).empty(), "the sample is a receive response");
    check(into.count == logins, "all of its messages are found");
}

std::shared_ptr<const transform::mapping> login_mapping()
{
    config::column version = field("app_version", "app_version", 0);
    version.max_length.reset();
    version.type = config::column_type::integer;
    version.parse = {{config::parse_verb::version_major, ""}};
    config::column day;
    day.name = "create_date";
    day.type = config::column_type::date;
    day.from = config::metadata_source{config::metadata::sent_at, ""};

    config::pipeline from;
    from.name = from.sink.table = "user_logins";
    from.record.columns = {field("user_id", "user_id", 128),
                           field("device_type", "device_type", 32),
                           field("masked_ip", "ip", 256),
                           field("masked_device_id", "device_id", 256),
                           field("locale", "locale", 32),
                           version,
                           day};
    from.record.columns[0].required = true;
    from.record.columns[2].mask = from.record.columns[3].mask = config::mask_kind::seal;
    auto out = transform::mapping::compile(from).made;
    check(out != nullptr, "the mapping of the sample compiles");
    return out;
}

} // namespace sluice::micro
