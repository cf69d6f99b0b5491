#include "daemon/unmasking.hpp"

#include "core/byte_buffer.hpp"
#include "core/encoding.hpp"
#include "transform/dead_letters.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/tokenizer.hpp"
#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

#include <string>
#include <vector>

using namespace sluice;
using namespace sluice::daemon;

namespace {

mask::keyring ring_of(const std::string& id, unsigned char fill)
{
    const std::vector<unsigned char> bytes(mask::key_bytes, fill);
    return mask::keyring::of_one(id, bytes);
}

std::string sealed(const mask::keyring& keys, std::string_view domain, std::string_view clear,
                   mask::content what = mask::content::text)
{
    mask::seal_engine engine(keys);
    mask::sealer sealer(engine, domain);
    byte_buffer out;
    REQUIRE(sealer.seal(what, clear, out));
    return std::string(out.view());
}

const std::vector<std::string> two_domains{"public.logins.ip", "public.logins.device"};

} // namespace

TEST_CASE("unmasking: values open in the order asked, whichever domain they were sealed for")
{
    const mask::keyring keys = ring_of("k7q2m9", 1);
    const unmasked got =
        unmask({sealed(keys, two_domains[1], "593-47-5928"),
                sealed(keys, two_domains[0], "10.0.0.1"), sealed(keys, two_domains[0], "")},
               keys, two_domains);
    REQUIRE(got.values.size() == 3);
    CHECK(got.values[0] == "593-47-5928");
    CHECK(got.values[1] == "10.0.0.1");
    CHECK(got.values[2] == "");
    CHECK(got.failures.empty());
    CHECK(got.opened == 3);
    CHECK(got.key_ids == std::set<std::string>{"k7q2m9"});
}

TEST_CASE("unmasking: an address is shown as one, and a body from its bytea")
{
    const mask::keyring keys = ring_of("k7q2m9", 1);
    const std::string v6("\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01", 16);
    const std::string body = sealed(keys, two_domains[0], R"({"user_id":7})", mask::content::bytes);
    const unmasked got = unmask(
        {sealed(keys, two_domains[0], std::string("\x0a\x00\x00\x01", 4), mask::content::inet),
         sealed(keys, two_domains[0], v6, mask::content::inet), "\\x" + to_hex(as_bytes(body))},
        keys, two_domains);
    CHECK(got.values[0] == "10.0.0.1");
    CHECK(got.values[1] == "2001:db8::1");
    CHECK(got.values[2] == R"({"user_id":7})");
}

TEST_CASE("unmasking: what does not open is told by number and reason, never by value")
{
    const mask::keyring keys = ring_of("k7q2m9", 1);
    const mask::keyring others = ring_of("zzzz22", 2);
    std::string altered = sealed(keys, two_domains[0], "10.0.0.1");
    altered[12] = altered[12] == 'A' ? 'B' : 'A';
    const std::vector<std::string> asked{sealed(others, two_domains[0], "10.0.0.1"),
                                         altered,
                                         sealed(keys, "elsewhere", "10.0.0.1"),
                                         "secret@example.org",
                                         "",
                                         "\\xzz",
                                         "t1.k7q2m9.AAAAAAAAAAAAAAAAAAAAAA"};
    const unmasked got = unmask(asked, keys, two_domains);
    CHECK(got.opened == 0);
    CHECK(got.key_ids.empty());
    REQUIRE(got.values.size() == asked.size());
    for (const auto& each : got.values)
        CHECK_FALSE(each.has_value());
    REQUIRE(got.failures.size() == asked.size());
    CHECK(got.failures[0] == "value 1: was sealed with key zzzz22, which the keyring does not "
                             "hold; add that key");
    CHECK(got.failures[1].starts_with("value 2: was altered, or sealed for a column that is not "));
    CHECK(got.failures[2].starts_with("value 3: was altered, or sealed for a column that is not "));
    for (const std::size_t at : {3, 4, 5})
        CHECK(got.failures[at] == "value " + std::to_string(at + 1) +
                                      ": is no masked value; one looks like p1.<key id>.<text>");
    CHECK(got.failures[6] == "value 7: is a token, which nothing opens");
    for (const std::string& line : got.failures)
        CHECK(line.find("secret@") == std::string::npos);
}

TEST_CASE("unmasking: a failure takes nothing from the values around it")
{
    const mask::keyring keys = ring_of("k7q2m9", 1);
    const unmasked got =
        unmask({sealed(keys, two_domains[0], "a"), "no", sealed(keys, two_domains[0], "b")}, keys,
               two_domains);
    CHECK(got.opened == 2);
    CHECK(got.values[0] == "a");
    CHECK_FALSE(got.values[1].has_value());
    CHECK(got.values[2] == "b");
    CHECK(got.failures.size() == 1);
}

TEST_CASE("unmasking: the domains are those of sealed columns, and of dead letters")
{
    using namespace config::tests;
    const auto load = [](const std::string& text) {
        return domains_of(config::load_text(text, "f.yaml", config::references::leave).value);
    };
    const std::string body(transform::letter_body_domain);
    const std::string attributes(transform::letter_attributes_domain);
    CHECK(load(good_text()) ==
          std::vector<std::string>{body, attributes, "public.user_logins.masked_ip"});
    CHECK(load(replaced(good_text(), "mask: seal", "mask: seal, domain: ips")) ==
          std::vector<std::string>{body, attributes, "ips"});
    CHECK(load(replaced(good_text(), "mask: seal", "mask: token")) ==
          std::vector<std::string>{body, attributes});
}
