#include "padded.hpp"
#include "sample_pipeline.hpp"
#include "transform/attribute_digest.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;
using namespace sluice::transform;
using test::padded;

namespace {

constexpr const char* one = R"({"kind":{"DataType":"String","StringValue":"first"}})";
constexpr const char* one_md5 = "e4796fc1a0d39f8fb319408fbcdf2e72";

// In no order; the text has escapes, and the bytes are base64.
constexpr const char* many = R"({"kind":{"DataType":"String","StringValue":"first"},)"
                             R"("u":{"StringValue":"\u00fc\"\n","DataType":"String"},)"
                             R"( "b" : {"DataType":"Binary.png","BinaryValue":"AP8="},)"
                             R"("Tries":{"DataType":"Number","StringValue":"3"}})";
constexpr const char* many_md5 = "bcb9dd87d697864edd04be52fedcc26c";

} // namespace

TEST_CASE("attribute digest: it is that of SQS, whatever the order and the escapes are")
{
    attribute_digest digest;
    CHECK(digest.is_of(padded(one).view(), one_md5));
    CHECK(digest.is_of(padded(many).view(), many_md5));
    CHECK(digest.is_of(padded(one).view(), "E4796FC1A0D39F8FB319408FBCDF2E72"));
}

TEST_CASE("attribute digest: no byte can change, come or go")
{
    attribute_digest digest;
    CHECK_FALSE(digest.is_of(padded(one).view(), many_md5));
    CHECK_FALSE(digest.is_of(padded(many).view(), one_md5));
    CHECK_FALSE(digest.is_of({}, one_md5));
    const std::string text = one;
    for (std::size_t i = 0; i < text.size(); ++i) {
        std::string damaged = text;
        damaged[i] ^= 1;
        CAPTURE(damaged);
        CHECK_FALSE(digest.is_of(padded(damaged).view(), one_md5));
        CHECK_FALSE(digest.is_of(padded(text.substr(0, i)).view(), one_md5));
    }
    CHECK(digest.is_of(padded(one).view(), one_md5)); // nothing is left of what was wrong
}

TEST_CASE("attribute digest: what are no attributes has none")
{
    attribute_digest digest;
    for (const char* const text :
         {"[]", "3", R"({"a":1})", R"({"a":{"DataType":1}})", R"({"a":{"BinaryValue":"?"}})",
          R"({"a":{"StringValue":"\ud800"}})"}) {
        CAPTURE(text);
        CHECK_FALSE(digest.is_of(padded(text).view(), one_md5));
    }
}

TEST_CASE("attribute digest: a message with damaged attributes is neither stored nor set aside")
{
    const config::column kind = test::metadata_column("kind", config::column_type::text,
                                                      config::metadata::attribute, "kind");
    test::bench used(test::pipeline_of({kind}));
    CHECK(used.add("{}", {.attributes = one, .attributes_md5 = many_md5}) == outcome::corrupt);
    CHECK(used.batch.corrupt.size() == 1);
    CHECK(used.add("{}", {.attributes = "", .attributes_md5 = one_md5}) == outcome::corrupt);
    CHECK(used.add("{}", {.attributes = one, .attributes_md5 = one_md5}) == outcome::row);
    CHECK(used.row() == test::elements{"first"});

    test::bench unused(test::pipeline_of({test::column("a", config::column_type::text)}));
    CHECK(unused.add("{}", {.attributes = one, .attributes_md5 = many_md5}) == outcome::row);
}
