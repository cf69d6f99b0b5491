#include "sink/postgres/letter_opener.hpp"

#include "transform/dead_letters.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using postgres::letter;
using postgres::letter_opener;

namespace {

const char* const attributes_in_clear = R"({"kind":{"DataType":"String","StringValue":"x"}})";

std::string sealed(const mask::keyring& keys, std::string_view clear, std::string_view domain)
{
    mask::seal_engine engine(keys);
    mask::sealer sealer(engine, domain);
    byte_buffer out;
    REQUIRE(sealer.seal(mask::content::bytes, clear, out));
    return std::string(out.view());
}

letter sealed_letter(const mask::keyring& keys)
{
    letter out;
    out.body_sealed = true;
    out.body = sealed(keys, "{}", transform::letter_body_domain);
    out.attributes = sealed(keys, attributes_in_clear, transform::letter_attributes_domain);
    return out;
}

} // namespace

TEST_CASE("letter_opener: what was sealed opens with its keyring alone")
{
    const mask::keyring keys = mask::keyring::ephemeral();
    const letter of = sealed_letter(keys);
    CHECK(letter_opener(&keys).body(of).text == "{}");
    CHECK(letter_opener(&keys).attributes(of).text == attributes_in_clear);

    const mask::keyring others = mask::keyring::ephemeral();
    CHECK_FALSE(letter_opener(&others).body(of).text);
    CHECK_FALSE(letter_opener(&others).attributes(of).text);
    CHECK_FALSE(letter_opener(nullptr).body(of).text);
    CHECK_FALSE(letter_opener(nullptr).attributes(of).text);
}

TEST_CASE("letter_opener: what was stored in clear needs no keyring")
{
    letter of;
    of.body = "no JSON";
    of.attributes = attributes_in_clear;
    CHECK(letter_opener(nullptr).body(of).text == "no JSON");
    CHECK(letter_opener(nullptr).attributes(of).text == attributes_in_clear);
    of.attributes.reset();
    CHECK(letter_opener(nullptr).attributes(of).text == "");
    of.body.reset();
    CHECK_FALSE(letter_opener(nullptr).body(of).text);
}

TEST_CASE("letter_opener: attributes in clear beside a sealed body are a forgery")
{
    const mask::keyring keys = mask::keyring::ephemeral();
    letter of = sealed_letter(keys);
    of.attributes = attributes_in_clear;
    CHECK_FALSE(letter_opener(&keys).attributes(of).text);
    of.attributes = of.body;
    CHECK_FALSE(letter_opener(&keys).attributes(of).text);
}
