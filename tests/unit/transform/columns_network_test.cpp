#include "transform/columns/network.hpp"
#include "transform/uuid.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace {

using namespace sluice;
using namespace sluice::transform;
using namespace std::string_literals;

std::string shown(std::string_view text)
{
    network_address address;
    if (const verdict refused = read_address(text, address))
        return std::string(to_string(refused->why));
    return to_text(address);
}

std::string binary(std::string_view text)
{
    network_address address;
    REQUIRE_FALSE(read_address(text, address));
    byte_buffer out;
    append_binary(address, out);
    network_address back;
    CHECK(from_binary(out.view(), back));
    CHECK(to_text(back) == to_text(address));
    return std::string(out.view());
}

std::string network_of(std::string_view text)
{
    network_address address;
    REQUIRE_FALSE(read_address(text, address));
    return to_text(truncated(address));
}

} // namespace

TEST_CASE("network: addresses go to the wire as inet_recv reads them")
{
    CHECK(binary("198.51.100.7") == "\2\x20\0\4\xc6\x33\x64\7"s);
    CHECK(binary("10.0.0.0/8") == "\2\x08\0\4\x0a\0\0\0"s);
    CHECK(binary("2001:db8::1") == "\3\x80\0\x10\x20\1\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1"s);
    CHECK(binary("::/0") == "\3\0\0\x10"s + std::string(16, '\0'));
}

TEST_CASE("network: addresses are shown as PostgreSQL shows them")
{
    CHECK(shown("198.51.100.7") == "198.51.100.7");
    CHECK(shown("198.51.100.7/32") == "198.51.100.7");
    CHECK(shown("198.51.100.7/24") == "198.51.100.7/24");
    CHECK(shown("2001:DB8:0:0:0:0:0:1") == "2001:db8::1");
    CHECK(shown("2001:db8::1/128") == "2001:db8::1");
    CHECK(shown("::ffff:1.2.3.4") == "::ffff:1.2.3.4");
}

TEST_CASE("network: what is no address is refused")
{
    const std::string text = GENERATE(
        ""s, "1"s, "1.2.3"s, "1.2.3.4.5"s, "1.2.3.256"s, "1.2.3.04"s, "1.2.3.-4"s, " 1.2.3.4"s,
        "1.2.3.4 "s, "1.2.3.4\0"s, "1.2.3.4/33"s, "1.2.3.4/"s, "1.2.3.4/-1"s, "1.2.3.4/24/8"s,
        "1.2.3.4/2 4"s, "0x7f.0.0.1"s, ":"s, ":::"s, "2001:db8::1::2"s, "2001:db8::1/129"s,
        "12345::"s, "fe80::1%eth0"s, "[::1]"s, "localhost"s, "1.2.3.4:80"s, "::1/1000"s);
    CAPTURE(text);
    CHECK(shown(text) == "unparsable");
}

TEST_CASE("network: truncation leaves 24 bits of IPv4 and 48 of IPv6")
{
    CHECK(network_of("199.172.111.135") == "199.172.111.0/24");
    CHECK(network_of("2001:db8:abcd:1234:5678::9") == "2001:db8:abcd::/48");
    CHECK(network_of("::ffff:1.2.3.4") == "::/48");
    CHECK(network_of("10.1.2.3/8") == "10.1.2.0/24");
}

TEST_CASE("network: bytes that are no address are told")
{
    network_address ignored;
    CHECK_FALSE(from_binary("", ignored));
    CHECK_FALSE(from_binary("\2\x20\0\4\xc6\x33\x64"s, ignored));
    CHECK_FALSE(from_binary("\2\x21\0\4\xc6\x33\x64\7"s, ignored));
}

TEST_CASE("uuid: its one text form is read, in either case")
{
    uuid_bytes lower{};
    uuid_bytes upper{};
    CHECK(read_uuid("01234567-89ab-cdef-0123-456789abcdef", lower));
    CHECK(read_uuid("01234567-89AB-CDEF-0123-456789ABCDEF", upper));
    CHECK(lower == upper);
    CHECK(lower == uuid_bytes{0x01, 0x23, 0x45, 0x67, 0x89, 0xab, 0xcd, 0xef, 0x01, 0x23, 0x45,
                              0x67, 0x89, 0xab, 0xcd, 0xef});
}

TEST_CASE("uuid: any other text is refused, whichever character is wrong")
{
    const std::string good = "01234567-89ab-cdef-0123-456789abcdef";
    uuid_bytes ignored;
    for (std::size_t i = 0; i < good.size(); ++i)
        for (const char wrong : {'g', 'G', '/', ':', '@', '`', ' ', '\0', '\x80', '-', '0'}) {
            std::string text = good;
            text[i] = wrong;
            const bool fits = good[i] == '-' ? wrong == '-' : wrong == '0';
            CAPTURE(i, wrong);
            CHECK(read_uuid(text, ignored) == fits);
        }
    CHECK_FALSE(read_uuid("", ignored));
    CHECK_FALSE(read_uuid(good.substr(1), ignored));
    CHECK_FALSE(read_uuid(good + "0", ignored));
    CHECK_FALSE(read_uuid("{" + good.substr(2) + "}", ignored));
    CHECK_FALSE(read_uuid("0123456789abcdef0123456789abcdef", ignored));
}
