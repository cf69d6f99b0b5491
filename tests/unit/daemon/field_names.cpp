#include "daemon/init/field_names.hpp"

#include <catch2/catch.hpp>

#include <array>
#include <string>
#include <vector>

using namespace sluice::daemon;

TEST_CASE("field names: names of all kinds become snake case")
{
    using names = std::array<const char*, 2>;
    for (const auto& [from, to] :
         {names{"user_id", "user_id"}, names{"userId", "user_id"}, names{"userID", "user_id"},
          names{"UserID2", "user_id2"}, names{"HTTPServer", "http_server"},
          names{"v2Name", "v2_name"}, names{"user-id", "user_id"}, names{"  a  b ", "a_b"},
          names{"_a__b_", "a_b"}, names{"detail-type", "detail_type"}, names{"größe", "größe"},
          names{"имяПоля", "имяПоля"}, names{"名前", "名前"}, names{"a😀b", "a_b"}, names{"", ""},
          names{"#", ""}, names{"1", "1"}}) {
        INFO(from);
        CHECK(snake_case(std::string_view(from)) == to);
    }
}

TEST_CASE(
    "field names: the way to a field is one name, which is never empty and begins with no digit")
{
    const auto joined = [](std::vector<std::string> path) { return snake_case(path); };
    CHECK(joined({"client", "ipAddress"}) == "client_ip_address");
    CHECK(joined({"", "a", "#", "b"}) == "a_b");
    CHECK(joined({""}) == "field");
    CHECK(joined({"1"}) == "field_1");
    CHECK(joined({"x", "1"}) == "x_1");
}

TEST_CASE("field names: what is personal, and what only sounds like it")
{
    for (const char* const name :
         {"ip",           "client_ip",    "email",        "e_mail_address", "phone",
          "mobile_phone", "device_id",    "name",         "first_name",     "user_name",
          "username",     "address_city", "ssn",          "date_of_birth",  "birth_year",
          "mac",          "password",     "access_token", "api_key",        "credit_card",
          "postal_code",  "latitude"}) {
        INFO(name);
        CHECK(is_personal_name(name));
    }
    for (const char* const name :
         {"user_id", "event_name", "file_name", "app_version", "device_type", "locale",
          "email_verified", "phone_type", "shipped", "tip", "zip_file", "name_count", "id",
          "country", "", "card"}) {
        INFO(name);
        CHECK_FALSE(is_personal_name(name));
    }
}

TEST_CASE("field names: times, identities and versions")
{
    CHECK(is_time_name("created_at"));
    CHECK(is_time_name("timestamp_ms"));
    CHECK_FALSE(is_time_name("attempts"));
    CHECK(is_identity_name("user_id"));
    CHECK(is_identity_name("uuid"));
    CHECK_FALSE(is_identity_name("paid"));
    CHECK_FALSE(is_identity_name("id_type"));
    CHECK(is_version_name("app_version"));
    CHECK_FALSE(is_version_name("conversion"));
}
