#include "daemon/init/field_names.hpp"

#include "daemon/init/code_points.hpp"

#include <algorithm>
#include <array>
#include <cstddef>
#include <vector>

namespace sluice::daemon {
namespace {

using std::string_view;

constexpr string_view nameless = "field";

// ---- words that tell something
// -------------------------------------------------------------------

constexpr auto personal_words = std::to_array<string_view>({
    "address",   "adid",     "apikey",      "authorization", "birth",    "birthdate", "birthday",
    "cookie",    "cvv",      "deviceid",    "dob",           "email",    "emails",    "fax",
    "firstname", "fullname", "gaid",        "gender",        "iban",     "idfa",      "idfv",
    "imei",      "imsi",     "ip",          "ips",           "ipaddr",   "ipaddress", "ipv4",
    "ipv6",      "jwt",      "lastname",    "lat",           "latitude", "lng",       "lon",
    "longitude", "mac",      "mail",        "mobile",        "msisdn",   "nickname",  "passport",
    "passwd",    "password", "phone",       "phones",        "pin",      "postcode",  "secret",
    "ssn",       "street",   "surname",     "tel",           "telefon",  "telephone", "token",
    "udid",      "username", "fingerprint",
});

// Two words that stand side by side.
constexpr auto personal_pairs = std::to_array<std::array<string_view, 2>>({
    {"account", "number"},
    {"ad", "id"},
    {"advertising", "id"},
    {"api", "key"},
    {"card", "number"},
    {"credit", "card"},
    {"device", "id"},
    {"device", "uuid"},
    {"national", "id"},
    {"postal", "code"},
    {"private", "key"},
    {"remote", "addr"},
    {"remote", "host"},
    {"social", "security"},
    {"tax", "id"},
    {"zip", "code"},
});

// A name is personal unless it is that of a thing.
constexpr auto named_things = std::to_array<string_view>({
    "action",  "app",     "application", "browser",  "bucket",   "category", "channel", "class",
    "client",  "cluster", "column",      "command",  "country",  "database", "device",  "domain",
    "event",   "feature", "field",       "file",     "function", "group",    "host",    "item",
    "job",     "layer",   "locale",      "metric",   "method",   "model",    "module",  "os",
    "package", "page",    "plan",        "platform", "product",  "project",  "queue",   "region",
    "role",    "rule",    "schema",      "screen",   "server",   "service",  "source",  "stage",
    "status",  "table",   "tag",         "task",     "template", "test",     "topic",   "type",
    "view",    "zone",
});

// What is said of something personal is not personal itself: email_verified, phone_type.
constexpr auto harmless_endings = std::to_array<string_view>({
    "at",
    "count",
    "enabled",
    "format",
    "kind",
    "length",
    "size",
    "state",
    "status",
    "total",
    "type",
    "valid",
    "verified",
    "version",
});

constexpr auto time_words = std::to_array<string_view>({
    "at",
    "created",
    "date",
    "datetime",
    "epoch",
    "expires",
    "expiry",
    "modified",
    "time",
    "timestamp",
    "ts",
    "updated",
    "when",
});

constexpr auto identity_words = std::to_array<string_view>({"guid", "id", "uuid"});

// ---- words
// ---------------------------------------------------------------------------------------

std::vector<string_view> words_in(string_view name)
{
    std::vector<string_view> out;
    while (!name.empty()) {
        const std::size_t end = std::min(name.find('_'), name.size());
        if (end != 0)
            out.push_back(name.substr(0, end));
        name.remove_prefix(std::min(end + 1, name.size()));
    }
    return out;
}

bool is_one_of(string_view word, std::span<const string_view> list)
{
    return std::ranges::find(list, word) != list.end();
}

bool is_personal_pair(string_view first, string_view second)
{
    return std::ranges::any_of(personal_pairs, [&](const auto& pair) {
        return pair.front() == first && pair.back() == second;
    });
}

bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

bool is_upper(char c)
{
    return c >= 'A' && c <= 'Z';
}

bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

// userId, userID and HTTPServer are two words each.
bool begins_word(string_view name, std::size_t at)
{
    if (at == 0 || !is_upper(name[at]))
        return false;
    const char before = name[at - 1];
    const bool ends_shouting = is_upper(before) && at + 1 < name.size() && is_lower(name[at + 1]);
    return is_lower(before) || is_digit(before) || ends_shouting;
}

} // namespace

std::string snake_case(string_view name)
{
    std::string out;
    const auto part = [&out] {
        if (!out.empty() && out.back() != '_')
            out.push_back('_');
    };
    for (string_view rest = name; !rest.empty();) {
        const std::size_t at = name.size() - rest.size();
        const code_point next = take_code_point(rest);
        const char c = next.text.front();
        if (begins_word(name, at))
            part();
        if (is_upper(c))
            out.push_back(static_cast<char>(c - 'A' + 'a'));
        else if (is_lower(c) || is_digit(c) || is_foreign_letter(next.value))
            out += next.text;
        else
            part();
    }
    if (out.ends_with('_'))
        out.pop_back();
    return out;
}

std::string snake_case(std::span<const std::string> path)
{
    std::string out;
    for (const std::string& each : path) {
        const std::string name = snake_case(each);
        if (!name.empty())
            out += (out.empty() ? "" : "_") + name;
    }
    if (out.empty())
        return std::string(nameless);
    return is_digit(out.front()) ? std::string(nameless) + "_" + out : out;
}

bool is_personal_name(string_view name)
{
    const std::vector<string_view> words = words_in(name);
    if (words.empty() || is_one_of(words.back(), harmless_endings))
        return false;
    for (std::size_t i = 0; i < words.size(); ++i) {
        const string_view before = i == 0 ? string_view{} : words[i - 1];
        const bool is_name = words[i] == "name" || words[i] == "names";
        if (is_one_of(words[i], personal_words) || is_personal_pair(before, words[i]) ||
            (is_name && !is_one_of(before, named_things)))
            return true;
    }
    return false;
}

bool is_time_name(string_view name)
{
    return std::ranges::any_of(words_in(name),
                               [](string_view each) { return is_one_of(each, time_words); });
}

bool is_identity_name(string_view name)
{
    const std::vector<string_view> words = words_in(name);
    return !words.empty() && is_one_of(words.back(), identity_words);
}

bool is_version_name(string_view name)
{
    return is_one_of("version", words_in(name));
}

} // namespace sluice::daemon
