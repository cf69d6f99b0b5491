#include "aws/identity/container_credentials.hpp"

#include "aws/identity/answers.hpp"
#include "aws/identity/token_file.hpp"

#include <boost/asio/ip/address.hpp>

#include <fmt/format.h>

#include <algorithm>
#include <array>

namespace sluice::aws {
namespace {

constexpr patience agent_patience{.answer_time_max = std::chrono::seconds(2),
                                  .attempts_max = 3,
                                  .pause = std::chrono::seconds(1)};
constexpr const char* ecs_agent = "http://169.254.170.2";
constexpr std::array agents{"169.254.170.2", "169.254.170.23", "fd00:ec2::23"};

// In the clear only what never leaves the host.
bool is_allowed(const net::url& agent)
{
    if (agent.encrypted || agent.host == "localhost")
        return true;
    error_code not_an_address;
    const auto address = asio::ip::make_address(agent.host, not_an_address);
    if (not_an_address)
        return false;
    return address.is_loopback() || std::ranges::any_of(agents, [&address](const char* each) {
               return address == asio::ip::make_address(each);
           });
}

net::url parse_agent(const std::string& text, const char* variable)
{
    const auto parsed = net::parse_url(text);
    if (!parsed)
        throw settings_error(
            fmt::format("{} does not make a URL; set it as the platform does", variable));
    if (!is_allowed(*parsed))
        throw settings_error(fmt::format("{} names the host {}, which gets no request in the "
                                         "clear; use https or an address of this host",
                                         variable, parsed->host));
    return *parsed;
}

} // namespace

std::unique_ptr<container_credentials> container_credentials::find(const environment& variables,
                                                                   std::shared_ptr<plain_http> http)
{
    constexpr const char* relative_name = "AWS_CONTAINER_CREDENTIALS_RELATIVE_URI";
    constexpr const char* full_name = "AWS_CONTAINER_CREDENTIALS_FULL_URI";
    const auto relative = variables.find(relative_name);
    const auto full = variables.find(full_name);
    if (!relative && !full)
        return nullptr;
    net::url agent = relative ? parse_agent(ecs_agent + *relative, relative_name)
                              : parse_agent(*full, full_name);
    std::unique_ptr<container_credentials> made(
        new container_credentials(std::move(http), std::move(agent)));
    made->token_file_ = variables.find("AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE").value_or("");
    made->token_ = secret(variables.find("AWS_CONTAINER_AUTHORIZATION_TOKEN").value_or(""));
    // The token may be "Basic abc": a space is allowed, a line break is not.
    if (made->token_.reveal().find_first_of("\r\n") != std::string::npos)
        throw settings_error("AWS_CONTAINER_AUTHORIZATION_TOKEN has a line break; set it again");
    return made;
}

awaitable<credentials> container_credentials::fetch()
{
    plain_request what{.to = agent_};
    what.fields.push_back({"Accept", secret("application/json")});
    if (!token_file_.empty())
        what.fields.push_back({"Authorization", read_token_file(token_file_)});
    else if (!token_.empty())
        what.fields.push_back({"Authorization", token_});
    const plain_answer answer = co_await http_->ask(std::move(what), agent_patience);
    if (answer.status != status_ok) {
        const std::string said = json_error_text(answer.body.reveal());
        throw credentials_error(fmt::format("{} answered {}{}{}", agent_.authority(), answer.status,
                                            said.empty() ? "" : ": ", said));
    }
    co_return parse_json_credentials(answer.body.reveal(), "Token");
}

} // namespace sluice::aws
