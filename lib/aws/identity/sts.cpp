#include "aws/identity/sts.hpp"

#include "aws/error.hpp"
#include "aws/fault.hpp"
#include "aws/identity/answers.hpp"
#include "aws/sigv4.hpp"
#include "core/log.hpp"

#include <boost/property_tree/ptree.hpp>
#include <boost/property_tree/xml_parser.hpp>
#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <fmt/format.h>

#include <sstream>

namespace sluice::aws {
namespace {

namespace xml = boost::property_tree;

constexpr patience sts_patience{.answer_time_max = std::chrono::seconds(5),
                                .attempts_max = 3,
                                .pause = std::chrono::milliseconds(500)};
const std::string form_type = "application/x-www-form-urlencoded; charset=utf-8";

std::string form_encoded(std::string_view text)
{
    return boost::urls::encode({text.data(), text.size()}, boost::urls::unreserved_chars);
}

// Nothing if it is no XML.
std::optional<xml::ptree> parse_xml(const std::string& text)
{
    std::istringstream in(text);
    xml::ptree tree;
    try {
        xml::read_xml(in, tree);
    } catch (const xml::xml_parser_error&) { // its text may quote ours
        return std::nullopt;
    }
    return tree;
}

service_error error_of(const plain_answer& answer)
{
    service_error error;
    error.status = answer.status;
    if (const auto tree = parse_xml(answer.body.reveal())) {
        error.type = tree->get("ErrorResponse.Error.Code", std::string());
        error.message = short_line(tree->get("ErrorResponse.Error.Message", std::string()));
    }
    return error;
}

bool is_worth_more(const plain_answer& answer)
{
    return answer.status != status_ok && is_retryable(classify(error_of(answer)));
}

[[noreturn]] void refuse(const plain_answer& answer, const std::string& server)
{
    const service_error error = error_of(answer);
    std::string text = fmt::format("{} answered {}", server, answer.status);
    for (const std::string& part : {error.type, error.message})
        if (!part.empty())
            text += ": " + part;
    throw sts_error(error.type, text);
}

credentials parse_answer(const plain_answer& answer, std::string_view action)
{
    const auto tree = parse_xml(answer.body.reveal());
    const auto given =
        tree ? tree->get_child_optional(fmt::format("{0}Response.{0}Result.Credentials", action))
             : boost::none;
    if (!given)
        throw credentials_error(
            "STS answered 200, but with no Credentials; is a proxy in between?");
    const auto value = [&given](const char* name) { return given->get(name, std::string()); };
    answered_keys keys{.access_key_id = value("AccessKeyId"),
                       .secret_access_key = value("SecretAccessKey"),
                       .session_token = value("SessionToken"),
                       .expiration = value("Expiration")};
    if (keys.session_token.empty() || keys.expiration.empty())
        throw credentials_error("the answer of STS has no SessionToken or no Expiration");
    return assemble_credentials(std::move(keys));
}

} // namespace

sts::sts(std::shared_ptr<plain_http> http, clock& time, place where)
    : http_(std::move(http)), clock_(time), where_(std::move(where))
{}

awaitable<credentials> sts::assume_with_token(const role_wish& role, const secret& token)
{
    parameters all = start("AssumeRoleWithWebIdentity", role);
    all.emplace_back("WebIdentityToken", token.reveal());
    plain_request what = request(all);
    cleanse(all.back().second.data(), all.back().second.size());
    const plain_answer answer = co_await ask(std::move(what));
    if (answer.status != status_ok)
        refuse(answer, where_.endpoint.authority());
    co_return parse_answer(answer, "AssumeRoleWithWebIdentity");
}

awaitable<credentials> sts::assume(const role_wish& role, const credentials& by)
{
    parameters all = start("AssumeRole", role);
    if (!role.external_id.empty())
        all.emplace_back("ExternalId", role.external_id);
    for (bool corrected = false;;) {
        plain_request what = request(all);
        sign(what, by);
        const plain_answer answer = co_await ask(std::move(what));
        if (answer.status == status_ok)
            co_return parse_answer(answer, "AssumeRole");
        corrected = !corrected && answer.date && may_be_clock_skew(error_of(answer)) &&
                    skew_.correct(*answer.date, clock_.wall_now());
        if (!corrected)
            refuse(answer, where_.endpoint.authority());
        log::warning("aws", "the clock of this machine differs from that of STS; set it right");
    }
}

sts::parameters sts::start(std::string action, const role_wish& role) const
{
    const auto seconds =
        std::chrono::floor<std::chrono::seconds>(clock_.wall_now()).time_since_epoch().count();
    parameters all{{"Action", std::move(action)},
                   {"Version", "2011-06-15"},
                   {"RoleArn", role.role_arn},
                   {"RoleSessionName", role.session_name.empty() ? fmt::format("sluice-{}", seconds)
                                                                 : role.session_name}};
    if (!role.duration_seconds.empty())
        all.emplace_back("DurationSeconds", role.duration_seconds);
    return all;
}

plain_request sts::request(const parameters& from) const
{
    std::string body;
    for (const auto& [name, value] : from) {
        if (!body.empty())
            body += '&';
        body += name + '=' + form_encoded(value);
    }
    return {.method = "POST",
            .to = where_.endpoint,
            .fields = {{"Content-Type", secret(form_type)}},
            .body = secret(std::move(body))};
}

void sts::sign(plain_request& what, const credentials& by) const
{
    const std::string date = amz_date(clock_.wall_now() + skew_.offset());
    what.fields.push_back({"X-Amz-Date", secret(date)});
    if (!by.session_token.empty())
        what.fields.push_back({"X-Amz-Security-Token", by.session_token});
    signable_request shape{.path = what.to.path, .body = what.body.reveal()};
    shape.fields.push_back({"Host", what.to.host_field()});
    for (const plain_field& each : what.fields)
        shape.fields.push_back({each.name, each.value.reveal()});
    const signing_scope scope{where_.region, "sts"};
    const signing_key key(by.secret_access_key, date, scope);
    const std::string signature = key.sign(string_to_sign(date, scope, canonical_request(shape)));
    what.fields.push_back({"Authorization", secret(authorization(by.access_key_id, date, scope,
                                                                 signed_names(shape), signature))});
}

awaitable<plain_answer> sts::ask(plain_request what)
{
    return http_->ask(std::move(what), sts_patience, is_worth_more);
}

} // namespace sluice::aws
