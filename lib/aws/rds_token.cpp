#include "aws/rds_token.hpp"

#include "aws/sigv4.hpp"

#include <boost/url/encode.hpp>
#include <boost/url/rfc/unreserved_chars.hpp>

#include <fmt/format.h>

namespace sluice::aws {
namespace {

std::string encoded(std::string_view text)
{
    return boost::urls::encode(text, boost::urls::unreserved_chars);
}

} // namespace

// Signature Version 4 with the signature in the query (AWS General Reference): what is signed is
// "GET host:port/?...", without a body.
secret make_rds_token(const rds_login& who, const credentials& keys, wall_time now)
{
    const signing_scope scope{who.region, "rds-db"};
    const std::string date = amz_date(now);
    std::string query = fmt::format(
        "Action=connect&DBUser={}&X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={}"
        "&X-Amz-Date={}&X-Amz-Expires={}",
        encoded(who.user), encoded(keys.access_key_id + "/" + credential_scope(date, scope)), date,
        rds_token_life.count());
    if (!keys.session_token.empty())
        query += "&X-Amz-Security-Token=" + encoded(keys.session_token.reveal());
    query += "&X-Amz-SignedHeaders=host";
    const std::string server = fmt::format("{}:{}", who.host, who.port);
    const signable_request request{
        .method = "GET", .path = "/", .query = query, .fields = {{"host", server}}};
    const signing_key key(keys.secret_access_key, date, scope);
    const std::string signature = key.sign(string_to_sign(date, scope, canonical_request(request)));
    return secret(fmt::format("{}/?{}&X-Amz-Signature={}", server, query, signature));
}

} // namespace sluice::aws
