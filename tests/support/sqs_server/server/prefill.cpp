#include "sqs_server/server/prefill.hpp"

#include "sqs_server/protocol/message_text.hpp"

#include <fmt/format.h>

#include <array>

namespace sluice::sqs_server {
namespace {

constexpr std::array<std::string_view, 3> devices = {"android", "iOS", "web"};
// Several locales are null: the field is one that may be missing.
constexpr std::array<std::string_view, 8> locales = {"\"RU\"", "\"US\"", "\"DE\"", "\"BR\"",
                                                     "\"JP\"", "\"FR\"", "null",   "null"};

} // namespace

sample_logins::sample sample_logins::next()
{
    if (random_.chance(options_.others))
        return {kind::other, other()};
    if (!earlier_.empty() && random_.chance(options_.repeated))
        return {kind::repeated, earlier_};
    std::string body = login();
    if (earlier_.empty() || random_.below(8) == 0)
        earlier_ = body;
    return {kind::login, std::move(body)};
}

std::string sample_logins::login()
{
    const auto number = [this](std::uint64_t bound) { return random_.below(bound); };
    // Braces draw from left to right; the arguments of a call would be drawn in any order.
    const std::string user = message_id::draw(random_).text();
    const std::array version = {number(5), number(10), number(10)};
    const std::string_view device = devices[number(devices.size())];
    const std::array ip = {1 + number(254), number(256), number(256), 1 + number(254)};
    const std::string_view locale = locales[number(locales.size())];
    const std::array id = {number(1000), number(100), number(10'000)};
    std::string body = fmt::format(R"({{"user_id":"{}","app_version":"{}","device_type":"{}",)"
                                   R"("ip":"{}","locale":{},"device_id":"{:03}-{:02}-{:04}"}})",
                                   user, fmt::join(version, "."), device, fmt::join(ip, "."),
                                   locale, id[0], id[1], id[2]);
    constexpr std::string_view padding_member = R"(,"padding":""})";
    if (body.size() + padding_member.size() <= options_.body_bytes) {
        body.pop_back();
        body += fmt::format(R"(,"padding":"{:x>{}}"}})", "",
                            options_.body_bytes - body.size() - padding_member.size());
    }
    return body;
}

std::string sample_logins::other()
{
    return fmt::format(R"({{"foo":"oops_wrong_msg_type","bar":"{}"}})", random_.below(1000));
}

prefill_result prefill(queue& into, const prefill_options& options, wall_time now)
{
    prefill_result out;
    sample_logins samples(options);
    digest md5("MD5");
    for (std::uint64_t i = 0; i < options.messages; ++i) {
        const sample_logins::sample made = samples.next();
        new_message given;
        given.text = message_text(made.body, md5(made.body));
        given.body = made.body;
        given.size_bytes = static_cast<std::uint32_t>(made.body.size());
        if (into.settings().fifo) {
            given.details = std::make_unique<message_details>();
            given.details->group_id = fmt::format("group-{}", i % 100);
            given.details->deduplication_id = std::to_string(i);
        }
        static_cast<void>(into.send(std::move(given), now));
        out.logins += made.what == sample_logins::kind::login;
        out.repeated += made.what == sample_logins::kind::repeated;
        out.others += made.what == sample_logins::kind::other;
        out.body_bytes += made.body.size();
    }
    return out;
}

} // namespace sluice::sqs_server
