#include "core/encoding.hpp"
#include "sample_pipeline.hpp"
#include "transform/key_set.hpp"
#include "transform/ledger_key.hpp"
#include "transform/row_batch.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <random>
#include <set>

namespace {

using namespace sluice;
using namespace sluice::transform;

message message_of(std::string_view id, std::int64_t sent_at_ms)
{
    message out;
    out.id = id;
    out.sent_at = wall_time(std::chrono::milliseconds(sent_at_ms));
    return out;
}

std::string key_text(std::string_view id, std::int64_t sent_at_ms)
{
    return to_hex(key_of(message_of(id, sent_at_ms)));
}

} // namespace

TEST_CASE("ledger key: 48 bits of the time sent, then 80 bits of the MessageId")
{
    CHECK(key_text("01234567-89ab-cdef-0123-456789abcdef", 1763640000123) ==
          "019aa122be7b"
          "cdef0123456789abcdef");
    CHECK(key_text("01234567-89AB-CDEF-0123-456789ABCDEF", 1763640000123) ==
          key_text("01234567-89ab-cdef-0123-456789abcdef", 1763640000123));
    CHECK(key_text("00000000-0000-0000-0000-000000000000", 1) ==
          "000000000001" + std::string(20, '0'));
    CHECK(key_text("ffffffff-ffff-ffff-ffff-ffffffffffff", (std::int64_t{1} << 48) - 1) ==
          std::string(32, 'f'));
}

TEST_CASE("ledger key: an id that is no UUID is hashed")
{
    // SHA-256 of "abc" is ba7816bf 8f01cfea 414140de 5dae2223 ...
    CHECK(key_text("abc", 0) == "000000000000cfea414140de5dae2223");
    CHECK(key_text("abd", 0) != key_text("abc", 0));
    CHECK(key_text("", 0) != key_text("a", 0));
}

TEST_CASE("ledger key: keys ascend with the time sent")
{
    CHECK(key_text("ffffffff-ffff-ffff-ffff-ffffffffffff", 1763640000000) <
          key_text("00000000-0000-0000-0000-000000000000", 1763640000001));
}

TEST_CASE("key set: it behaves as a set does, and lists its keys in order")
{
    std::mt19937 random(80);
    key_set keys;
    for (const std::size_t size : {0, 1, 31, 32, 33, 5000, 10, 1000}) {
        keys.clear();
        std::set<ledger_key> expected;
        while (expected.size() < size) {
            ledger_key key{};
            for (std::size_t i = 0; i < key.size(); ++i)
                key[i] = static_cast<unsigned char>(random() % (i < 14 ? 2 : 256));
            REQUIRE(keys.contains(key) == expected.contains(key));
            if (expected.insert(key).second)
                keys.add(key);
            REQUIRE(keys.contains(key));
        }
        CHECK(keys.size() == size);
        column_array sorted(oid::uuid);
        keys.append_sorted(sorted);
        test::elements listed;
        for (const ledger_key& key : expected)
            listed.emplace_back(std::string(as_text(key)));
        CHECK(test::elements_of(sorted) == listed);
    }
}

TEST_CASE("batch: it is empty only when nothing of any kind is in it")
{
    row_batch batch;
    CHECK(batch.empty());
    batch.corrupt.push_back({});
    CHECK_FALSE(batch.empty());
    batch.clear();
    CHECK(batch.empty());
}

TEST_CASE("batch: clear leaves nothing of the last use")
{
    test::bench used(test::user_logins());
    used.add(R"({"user_id":"u1"})");
    used.add(R"({"foo":1})", {.id = "x"});
    used.batch.way = row_batch::path::careful;
    used.batch.first_lease_ends = steady_time(std::chrono::seconds(1));
    used.batch.seal();
    const std::size_t before = used.batch.bytes();
    used.batch.clear();
    CHECK(used.batch.bytes() < before);
    CHECK(used.batch.empty());
    CHECK(used.batch.way == row_batch::path::fast);
    CHECK(used.batch.first_lease_ends == never);
    CHECK(used.batch.keys.size() == 0);
    CHECK(used.batch.letters.body.count() == 0);
    CHECK(used.batch.ledger_ids.count() == 0);
    for (const auto& column : used.batch.columns)
        CHECK(column.count() == 0);
}

TEST_CASE("batch: seal lists the keys of rows and letters, each once, ascending")
{
    test::bench used(test::user_logins());
    for (int i = 0; i < 50; ++i)
        used.add(i % 3 == 0 ? "{}" : R"({"user_id":"u"})",
                 {.id = fmt::format("00000000-0000-0000-0000-{:012}", i * 7919 % 50),
                  .sent_at_ms = 1763640000000 + i * 31 % 17});
    used.batch.seal();
    const auto ids = test::elements_of(used.batch.ledger_ids);
    CHECK(ids.size() == used.batch.rows.size() + used.batch.letter_entries.size());
    CHECK(std::ranges::is_sorted(ids));
    CHECK(std::ranges::adjacent_find(ids) == ids.end());
}
