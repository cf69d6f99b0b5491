#include "sample_pipeline.hpp"
#include "transform/row_splitter.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <memory>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::transform;
using test::elements;
using test::elements_of;
using test::message_options;

using parts = std::vector<std::unique_ptr<row_batch>>;

constexpr std::int64_t day_ms = 86'400'000;
constexpr std::int64_t floor_ms = 1763640000000;

message_options numbered(unsigned number, std::int64_t sent_at_ms = floor_ms)
{
    message_options out;
    out.id = fmt::format("0f3c8a52-7d5e-4b1c-9a57-{:012}", number);
    out.sent_at_ms = sent_at_ms;
    return out;
}

ledger_key floor_key()
{
    message lowest;
    lowest.id = "00000000-0000-0000-0000-000000000000";
    lowest.sent_at = wall_time(std::chrono::milliseconds(floor_ms));
    return key_of(lowest);
}

// One text column, `name`, which is required.
struct split_bench
{
    static config::pipeline one_column()
    {
        config::column name = test::column("name", config::column_type::text);
        name.required = true;
        return test::pipeline_of({name});
    }

    test::bench made{one_column(), false};
    row_splitter splitter{made.columns, nullptr};
    const row_splitter::take_batch take = [] { return std::make_unique<row_batch>(); };

    void add_row(unsigned number, std::int64_t sent_at_ms = floor_ms)
    {
        const std::string body = fmt::format(R"({{"name":"n{}"}})", number);
        CHECK(made.add(body, numbered(number, sent_at_ms)) == outcome::row);
    }
    void add_letter(unsigned number, std::int64_t sent_at_ms = floor_ms)
    {
        CHECK(made.add("{}", numbered(number, sent_at_ms)) == outcome::dead_letter);
    }
    void add_duplicate(unsigned number, std::int64_t sent_at_ms = floor_ms)
    {
        CHECK(made.add("{}", numbered(number, sent_at_ms)) == outcome::duplicate);
    }
};

std::vector<std::string> names_of(row_batch& part)
{
    std::vector<std::string> out;
    for (const auto& each : elements_of(part.columns.at(0)))
        out.push_back(each.value_or("null"));
    return out;
}

std::vector<std::string> reasons_of(row_batch& part)
{
    std::vector<std::string> out;
    for (const auto& each : elements_of(part.letters.reason))
        out.push_back(each.value_or("null"));
    return out;
}

using texts = std::vector<std::string>;

} // namespace

TEST_CASE("row_splitter: ten parts stand for the batch, letters in the first")
{
    split_bench bench;
    for (unsigned i = 0; i < 25; ++i)
        bench.add_row(i);
    bench.add_letter(90);
    const parts made = bench.splitter.split(bench.made.batch, {"22001", "name", ""}, bench.take);
    REQUIRE(made.size() == row_splitter::fan_out);
    texts all;
    std::size_t keys = 0;
    for (const auto& part : made) {
        const texts names = names_of(*part);
        CHECK(names.size() == part->rows.size());
        all.insert(all.end(), names.begin(), names.end());
        keys += part->ledger_ids.count();
    }
    texts expected;
    for (unsigned i = 0; i < 25; ++i)
        expected.push_back(fmt::format("n{}", i));
    CHECK(all == expected);
    CHECK(keys == 26);
    CHECK(reasons_of(*made[0]) == texts{"missing"});
}

TEST_CASE("row_splitter: one row becomes one dead letter, which names SQLSTATE and column")
{
    split_bench bench;
    bench.add_row(1);
    const parts made =
        bench.splitter.split(bench.made.batch, {"23505", "name", "items_name_key"}, bench.take);
    REQUIRE(made.size() == 1);
    CHECK(made[0]->rows.empty());
    CHECK(reasons_of(*made[0]) == texts{"database_refused"});
    CHECK(elements_of(made[0]->letters.sqlstate) == elements{"23505"});
    CHECK(elements_of(made[0]->letters.column_name) == elements{"name"});
    CHECK(elements_of(made[0]->letters.detail) == elements{"constraint items_name_key"});
    CHECK(made[0]->ledger_ids.count() == 1);
}

// A duplicate is deleted once its part is committed. In the part of another message it could be
// deleted before its own was stored, and be lost.
TEST_CASE("row_splitter: a duplicate goes into the part of its twin")
{
    split_bench bench;
    for (unsigned i = 0; i < 20; ++i)
        bench.add_row(i);
    bench.add_duplicate(19);
    const parts made = bench.splitter.split(bench.made.batch, {"22001", "", ""}, bench.take);
    for (std::size_t i = 0; i + 1 < made.size(); ++i)
        CHECK(made[i]->duplicates.empty());
    CHECK(names_of(*made.back()) == texts{"n18", "n19"});
    CHECK(made.back()->duplicates.size() == 1);
}

TEST_CASE("row_splitter: exactly what was sent before the floor is set aside as too old, and takes "
          "no place in the ledger")
{
    split_bench bench;
    bench.add_row(1, floor_ms - 1);
    bench.add_row(2, floor_ms);
    bench.add_row(3, floor_ms - day_ms);
    bench.add_letter(4, floor_ms - day_ms);
    bench.add_letter(5, floor_ms + day_ms);
    bench.add_duplicate(3, floor_ms - day_ms);
    bench.add_duplicate(5, floor_ms + day_ms);

    const parts made = bench.splitter.set_aside_old(bench.made.batch, floor_key(), bench.take);
    REQUIRE(made.size() == 2);
    row_batch& old = *made[0];
    CHECK(old.rows.empty());
    CHECK(reasons_of(old) == texts{"too_old", "too_old", "too_old"});
    CHECK(elements_of(old.letters.key) == elements{std::nullopt, std::nullopt, std::nullopt});
    CHECK(elements_of(old.letters.body).front() == R"({"name":"n1"})");
    CHECK(old.letter_entries.size() == 3);
    CHECK(old.ledger_ids.count() == 0);
    CHECK(old.duplicates.size() == 1);

    row_batch& young = *made[1];
    CHECK(names_of(young) == texts{"n2"});
    CHECK(reasons_of(young) == texts{"missing"});
    CHECK(young.ledger_ids.count() == 2);
    CHECK(young.duplicates.size() == 1);
}

TEST_CASE("row_splitter: a batch that is too old as a whole is one part")
{
    split_bench bench;
    bench.add_row(1, floor_ms - 1);
    const parts made = bench.splitter.set_aside_old(bench.made.batch, floor_key(), bench.take);
    REQUIRE(made.size() == 1);
    CHECK(reasons_of(*made[0]) == texts{"too_old"});
}

TEST_CASE("row_splitter: letters that are too old stay without a key when their batch is split")
{
    split_bench bench;
    bench.add_row(1, floor_ms - 1);
    parts made = bench.splitter.set_aside_old(bench.made.batch, floor_key(), bench.take);
    split_bench other;
    other.add_row(2);
    row_batch& mixed = *made[0];
    other.made.columns->shape(mixed);
    mixed.columns.at(0).append("n2");
    mixed.row_keys.append(as_text(other.made.batch.rows[0].key));
    mixed.rows.push_back(other.made.batch.rows[0]);
    mixed.keys.add(mixed.rows[0].key);
    const parts again = bench.splitter.split(mixed, {"22001", "name", ""}, bench.take);
    REQUIRE(again.size() == 1);
    CHECK(again[0]->ledger_ids.count() == 1);
    const elements keys = elements_of(again[0]->letters.key);
    REQUIRE(keys.size() == 2);
    CHECK(keys[0].has_value());
    CHECK_FALSE(keys[1].has_value());
}

namespace {

// Of a FIFO queue: deliveries of rows and letters, told apart by their groups.
struct fifo_bench : split_bench
{
    row_splitter in_order{made.columns, nullptr, true};
    unsigned next = 0;
    std::vector<std::unique_ptr<test::response>> responses;

    // A letter of `what` is a message of that group; a capital one is refused by the transform.
    void deliver(std::string_view what)
    {
        auto& response = *responses.emplace_back(std::make_unique<test::response>());
        for (const char each : what) {
            message_options with = numbered(next++);
            const bool is_bad = each >= 'A' && each <= 'Z';
            with.group_id = std::string(1, static_cast<char>(is_bad ? each - 'A' + 'a' : each));
            response.add(is_bad ? "{}" : fmt::format(R"({{"name":"{}{}"}})", each, next - 1), with);
        }
        delivery& all = response.get();
        for (std::uint8_t i = 0; i < all.count; ++i)
            static_cast<void>(made.add(all, i));
    }

    // The names and the numbers of letters of each part.
    std::vector<texts> split()
    {
        std::vector<texts> out;
        for (const auto& part : in_order.split(made.batch, {"22001", "name", ""}, take)) {
            texts all = names_of(*part);
            for (const auto& each : part->letter_entries)
                all.push_back(std::string(each.from->id.substr(each.from->id.size() - 2)));
            out.push_back(all);
        }
        return out;
    }
};

} // namespace

TEST_CASE("row_splitter: in order, deliveries stay whole as long as there are several")
{
    fifo_bench bench;
    bench.deliver("aab");
    bench.deliver("cc");
    bench.deliver("d");
    CHECK_FALSE(bench.in_order.splits_in_sequence(bench.made.batch));
    CHECK(bench.split() == std::vector<texts>{{"a0", "a1", "b2"}, {"c3", "c4"}, {"d5"}});
}

TEST_CASE("row_splitter: in order, many deliveries make ten parts")
{
    fifo_bench bench;
    for (int i = 0; i < 25; ++i)
        bench.deliver("aa");
    const auto made = bench.split();
    CHECK(made.size() == row_splitter::fan_out);
    std::size_t rows = 0;
    for (const texts& each : made) {
        CHECK(each.size() % 2 == 0);
        rows += each.size();
    }
    CHECK(rows == 50);
}

TEST_CASE("row_splitter: in order, a single delivery is cut into rows that go in sequence")
{
    fifo_bench bench;
    bench.deliver("aba");
    CHECK(bench.in_order.splits_in_sequence(bench.made.batch));
    CHECK_FALSE(bench.splitter.splits_in_sequence(bench.made.batch));
    CHECK(bench.split() == std::vector<texts>{{"a0"}, {"b1"}, {"a2"}});
}

TEST_CASE("row_splitter: in order, a letter is neither stored before its group nor after it")
{
    fifo_bench bench;
    bench.deliver("AaAaBab");
    // One that precedes every row of its group goes with the first of them.
    CHECK(bench.split() == std::vector<texts>{{"a1", "00", "02"}, {"a3"}, {"a5"}, {"b6", "04"}});
}

TEST_CASE("row_splitter: in order, letters of several deliveries go where their groups are")
{
    fifo_bench bench;
    bench.deliver("aA");
    bench.deliver("C");
    bench.deliver("bBb");
    CHECK(bench.split() == std::vector<texts>{{"a0", "01", "02"}, {"b3", "b5", "04"}});
}
