#include "aws/identity/instance_metadata.hpp"

#include "aws/identity/answers.hpp"

#include <boost/algorithm/string/predicate.hpp>
#include <boost/algorithm/string/trim.hpp>

#include <fmt/format.h>

namespace sluice::aws {
namespace {

constexpr unsigned unauthorized = 401;
constexpr unsigned not_found = 404;
constexpr patience metadata_patience{.answer_time_max = std::chrono::seconds(1),
                                     .attempts_max = 2,
                                     .pause = std::chrono::milliseconds(200)};
const std::string roles = "/latest/meta-data/iam/security-credentials/";

net::url at(const net::url& service, const std::string& path)
{
    net::url out = service;
    if (out.path.ends_with('/'))
        out.path.pop_back();
    out.path += path;
    return out;
}

// The variable, else the key of the profile, which has the same name in lower case.
std::string setting(const environment& variables, const shared_config& config, const char* variable,
                    const char* key)
{
    return variables.find(variable).value_or(config.profile().value(key));
}

} // namespace

std::optional<instance_metadata> instance_metadata::find(const environment& variables,
                                                         const shared_config& config,
                                                         std::shared_ptr<plain_http> http)
{
    if (variables.find_switch("AWS_EC2_METADATA_DISABLED").value_or(false))
        return std::nullopt;
    const std::string mode = setting(variables, config, "AWS_EC2_METADATA_SERVICE_ENDPOINT_MODE",
                                     "ec2_metadata_service_endpoint_mode");
    std::string text = setting(variables, config, "AWS_EC2_METADATA_SERVICE_ENDPOINT",
                               "ec2_metadata_service_endpoint");
    if (text.empty())
        text = boost::algorithm::iequals(mode, "ipv6") ? "http://[fd00:ec2::254]/"
                                                       : "http://169.254.169.254/";
    const auto parsed = net::parse_url(text);
    if (!parsed)
        throw settings_error(fmt::format("AWS_EC2_METADATA_SERVICE_ENDPOINT is \"{}\"; write it "
                                         "like http://169.254.169.254/",
                                         text));
    return instance_metadata(std::move(http), *parsed);
}

awaitable<void> instance_metadata::get_token()
{
    plain_request what{.method = "PUT", .to = at(service_, "/latest/api/token")};
    what.fields.push_back({"x-aws-ec2-metadata-token-ttl-seconds", secret("21600")});
    plain_answer answer;
    try {
        answer = co_await http_->ask(std::move(what), metadata_patience);
    } catch (const credentials_error& error) {
        throw credentials_error(fmt::format("{} (inside a container the instance's hop limit must "
                                            "be 2)",
                                            error.what()));
    }
    if (answer.status != status_ok)
        throw credentials_error(fmt::format("{} answered {} to the request for an IMDSv2 token",
                                            service_.authority(), answer.status));
    if (answer.body.empty() || !is_key_text(answer.body.reveal()))
        throw credentials_error(
            fmt::format("{} gave an IMDSv2 token that is none", service_.authority()));
    token_ = std::move(answer.body);
}

awaitable<plain_answer> instance_metadata::get(const std::string& path)
{
    plain_request what{.to = at(service_, path)};
    what.fields.push_back({"x-aws-ec2-metadata-token", token_});
    return http_->ask(std::move(what), metadata_patience);
}

awaitable<secret> instance_metadata::read(std::string path)
{
    const bool kept = !token_.empty();
    if (!kept)
        co_await get_token();
    plain_answer answer = co_await get(path);
    if (answer.status == unauthorized && kept) { // it has run out
        co_await get_token();
        answer = co_await get(path);
    }
    if (answer.status == unauthorized)
        token_ = secret();
    if (answer.status == not_found && path.starts_with(roles))
        throw credentials_error("the instance has no role; attach an instance profile");
    if (answer.status != status_ok)
        throw credentials_error(
            fmt::format("{} answered {} for {}", service_.authority(), answer.status, path));
    co_return std::move(answer.body);
}

awaitable<credentials> instance_credentials::fetch()
{
    const secret list = co_await from_.read(roles);
    std::string role = list.reveal().substr(0, list.reveal().find('\n'));
    boost::algorithm::trim(role);
    if (role.empty())
        throw credentials_error("the instance has no role; attach an instance profile");
    if (!is_key_text(role) || role.find_first_of("/<>?#") != std::string::npos)
        throw credentials_error("the answer is no name of a role; is a proxy in between?");
    const secret document = co_await from_.read(roles + role);
    co_return parse_json_credentials(document.reveal(), "Token");
}

} // namespace sluice::aws
