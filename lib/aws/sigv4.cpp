#include "aws/sigv4.hpp"

#include "core/encoding.hpp"

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/classification.hpp>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/split.hpp>

#include <fmt/chrono.h>

#include <algorithm>
#include <cctype>

namespace sluice::aws {
namespace {

constexpr std::size_t day_digits = 8; // of "20150830T123600Z"

bool is_unreserved(char c) noexcept
{
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '.' || c == '_' || c == '~';
}

// Everything but unreserved characters as %XX; what is encoded already stays in a query.
std::string percent_encode(std::string_view text, std::string_view also_kept)
{
    std::string out;
    for (const char c : text) {
        if (is_unreserved(c) || also_kept.find(c) != std::string_view::npos)
            out += c;
        else
            out += fmt::format("%{:02X}", static_cast<unsigned char>(c));
    }
    return out;
}

std::vector<std::string> split(std::string_view text, char separator)
{
    std::vector<std::string> parts;
    boost::algorithm::split(parts, text, [separator](char c) { return c == separator; });
    return parts;
}

std::string normalize(std::string_view path)
{
    std::vector<std::string> kept;
    const auto parts = split(path, '/');
    for (const std::string& part : parts) {
        if (part.empty() || part == ".")
            continue;
        if (part != "..")
            kept.push_back(part);
        else if (!kept.empty())
            kept.pop_back();
    }
    std::string out = "/" + boost::algorithm::join(kept, "/");
    const std::string& last = parts.back();
    if (!kept.empty() && (last.empty() || last == "." || last == ".."))
        out += '/';
    return out;
}

std::string canonical_query(std::string_view query)
{
    if (query.empty())
        return {};
    std::vector<std::pair<std::string, std::string>> parameters;
    for (const std::string& parameter : split(query, '&')) {
        const std::size_t equals = parameter.find('=');
        const std::string value =
            equals == std::string::npos ? std::string() : parameter.substr(equals + 1);
        parameters.emplace_back(percent_encode(parameter.substr(0, equals), "%"),
                                percent_encode(value, "%"));
    }
    std::ranges::sort(parameters);
    std::vector<std::string> rendered;
    for (const auto& [name, value] : parameters)
        rendered.push_back(name + '=' + value);
    return boost::algorithm::join(rendered, "&");
}

// Without spaces around it, and with single ones inside.
std::string canonical_value(std::string_view value)
{
    std::string out;
    bool space_before = false;
    for (const char c : value) {
        if (std::isspace(static_cast<unsigned char>(c)) != 0) {
            space_before = !out.empty();
            continue;
        }
        if (space_before)
            out += ' ';
        space_before = false;
        out += c;
    }
    return out;
}

struct canonical_field
{
    std::string name;
    std::string value; // of all fields of that name, in their order
};

std::vector<canonical_field> canonical_fields(const signable_request& request)
{
    std::vector<canonical_field> fields;
    for (const signed_field& field : request.fields)
        fields.push_back(
            {boost::algorithm::to_lower_copy(field.name), canonical_value(field.value)});
    std::ranges::stable_sort(fields, {}, &canonical_field::name);
    std::vector<canonical_field> merged;
    for (canonical_field& field : fields) {
        if (!merged.empty() && merged.back().name == field.name)
            merged.back().value += ',' + field.value;
        else
            merged.push_back(std::move(field));
    }
    return merged;
}

digest hmac(std::span<const unsigned char> key, std::string_view text)
{
    return hmac_sha256(key)(text);
}

} // namespace

std::string amz_date(wall_time when)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when).time_since_epoch();
    return fmt::format("{:%Y%m%dT%H%M%SZ}", fmt::gmtime(seconds.count()));
}

std::string signed_names(const signable_request& request)
{
    std::vector<std::string> names;
    for (const canonical_field& field : canonical_fields(request))
        names.push_back(field.name);
    return boost::algorithm::join(names, ";");
}

std::string canonical_request(const signable_request& request, path_form form)
{
    const std::string path = form == path_form::normalized ? normalize(request.path) : request.path;
    std::string fields;
    for (const canonical_field& field : canonical_fields(request))
        fields += field.name + ':' + field.value + '\n';
    return fmt::format("{}\n{}\n{}\n{}\n{}\n{}", request.method, percent_encode(path, "/"),
                       canonical_query(request.query), fields, signed_names(request),
                       to_hex(sha256()(request.body)));
}

std::string credential_scope(std::string_view date, const signing_scope& scope)
{
    return fmt::format("{}/{}/{}/aws4_request", date.substr(0, day_digits), scope.region,
                       scope.service);
}

std::string string_to_sign(std::string_view date, const signing_scope& scope,
                           std::string_view canonical)
{
    return fmt::format("AWS4-HMAC-SHA256\n{}\n{}\n{}", date, credential_scope(date, scope),
                       to_hex(sha256()(canonical)));
}

signing_key::signing_key(const secret& secret_access_key, std::string_view date,
                         const signing_scope& scope)
{
    const secret start("AWS4" + secret_access_key.reveal());
    bytes_ = hmac(as_bytes(start.reveal()), date.substr(0, day_digits));
    for (const std::string_view part :
         {std::string_view(scope.region), std::string_view(scope.service),
          std::string_view("aws4_request")})
        bytes_ = hmac(bytes_, part);
}

std::string signing_key::sign(std::string_view text) const
{
    return to_hex(hmac(bytes_, text));
}

std::string authorization(std::string_view access_key_id, std::string_view date,
                          const signing_scope& scope, std::string_view names,
                          std::string_view signature)
{
    return fmt::format("AWS4-HMAC-SHA256 Credential={}/{}, SignedHeaders={}, Signature={}",
                       access_key_id, credential_scope(date, scope), names, signature);
}

} // namespace sluice::aws
