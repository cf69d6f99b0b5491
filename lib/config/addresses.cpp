// The rules of texts that name a server.
#include "config/rules.hpp"

#include <boost/asio/ip/address.hpp>
#include <boost/url/parse.hpp>

#include <fmt/format.h>

#include <array>

namespace sluice::config {
namespace {

// What a URL of a queue and one of a server have in common.
verdict check_http_url(value_text url, const boost::urls::url_view& view)
{
    const auto scheme = view.scheme_id();
    if (scheme != boost::urls::scheme::http && scheme != boost::urls::scheme::https) {
        return problem{fmt::format("{} is no http or https URL", url.shown),
                       "begin it with https:// or http://"};
    }
    if (view.encoded_host().empty())
        return problem{fmt::format("{} names no host", url.shown), "write https://HOST/..."};
    if (view.has_userinfo()) {
        return problem{"holds a user name or a password",
                       "remove it: requests are signed with AWS credentials"};
    }
    if (view.has_query() || view.has_fragment())
        return problem{fmt::format("{} has a query or a fragment", url.shown), "remove it"};
    if (view.has_port() && view.port_number() == 0)
        return problem{fmt::format("{} has no usable port", url.shown), "give 1 to 65535"};
    return std::nullopt;
}

problem no_url(value_text url)
{
    return {fmt::format("{} is no URL", url.shown), "write it like https://HOST/PATH"};
}

} // namespace

verdict check_queue_url(value_text url)
{
    const auto view = boost::urls::parse_uri({url.text.data(), url.text.size()});
    if (!view)
        return no_url(url);
    if (auto wrong = check_http_url(url, *view))
        return wrong;
    if (view->encoded_path().size() < 2) {
        return problem{fmt::format("{} names no queue", url.shown),
                       "write it as SQS shows it: https://sqs.REGION.amazonaws.com/ACCOUNT/QUEUE"};
    }
    return std::nullopt;
}

verdict check_endpoint(value_text url)
{
    if (url.text.empty())
        return std::nullopt;
    const auto view = boost::urls::parse_uri({url.text.data(), url.text.size()});
    return view ? check_http_url(url, *view) : no_url(url);
}

parsed<listen_address> parse_listen(value_text listen)
{
    problem malformed{fmt::format("{} is no ADDRESS:PORT", listen.shown),
                      "write it like 127.0.0.1:9464, 0.0.0.0:9464 or [::1]:9464"};
    const std::size_t colon = listen.text.rfind(':');
    if (colon == std::string_view::npos)
        return malformed;
    std::string_view address = listen.text.substr(0, colon);
    const bool in_brackets = address.starts_with('[') && address.ends_with(']');
    if (in_brackets)
        address = address.substr(1, address.size() - 2);

    boost::system::error_code ec;
    const auto parsed_address = boost::asio::ip::make_address(std::string(address), ec);
    if (ec || parsed_address.is_v6() != in_brackets)
        return malformed;
    const auto port = parse_count({listen.text.substr(colon + 1), listen.shown}, {0, 65535});
    if (!port)
        return problem{fmt::format("{} has no usable port", listen.shown), "give 0 to 65535"};
    return listen_address{std::string(address), static_cast<std::uint16_t>(*port)};
}

} // namespace sluice::config
