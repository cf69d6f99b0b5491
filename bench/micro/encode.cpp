// Rows on their way to PostgreSQL: binary arrays, a column each, or the text of a VALUES list.
#include "measure.hpp"
#include "samples.hpp"
#include "transform/column_array.hpp"
#include "transform/column_cursor.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <iterator>
#include <string>
#include <string_view>

namespace sluice::micro {
namespace {

using transform::column_array;
using transform::oid;

constexpr std::size_t rows = 1000;
constexpr std::uint32_t day = 9455; // 2025-11-20, counted from 2000-01-01
constexpr std::string_view day_text = "2025-11-20";
constexpr std::string_view sealed_address = "p1.k7q2m9.mPq5S0gqxkVb1vUoT2f4TtXJpYw0n3s8cQe6QG5Vuw";

const login& nth(std::size_t row)
{
    return sample_logins()[row % logins];
}

std::uint32_t major(const login& of)
{
    return static_cast<std::uint32_t>(of.app_version.front() - '0');
}

class binary_batch
{
public:
    void fill()
    {
        for (column_array& each : texts_)
            each.clear();
        versions_.clear();
        days_.clear();
        for (std::size_t i = 0; i < rows; ++i)
            add(nth(i));
        for (column_array& each : texts_)
            benchmark::DoNotOptimize(each.finish());
        benchmark::DoNotOptimize(versions_.finish());
        benchmark::DoNotOptimize(days_.finish());
    }

    column_array& users() { return texts_[0]; }

private:
    void add(const login& from)
    {
        texts_[0].append(from.user_id);
        texts_[1].append(from.device_type);
        texts_[2].append(sealed_address);
        texts_[3].append(sealed_address);
        texts_[4].append(from.locale);
        versions_.begin_element().append_u32(major(from));
        versions_.end_element();
        days_.begin_element().append_u32(day);
        days_.end_element();
    }

    std::array<column_array, 5> texts_{column_array(oid::text), column_array(oid::text),
                                       column_array(oid::text), column_array(oid::text),
                                       column_array(oid::text)};
    column_array versions_{oid::int4};
    column_array days_{oid::date};
};

void append_quoted(std::string& out, std::string_view text)
{
    out.push_back('\'');
    for (const char c : text) {
        if (c == '\'')
            out.push_back(c);
        out.push_back(c);
    }
    out.push_back('\'');
}

// What most programs send.
void fill_text(std::string& out)
{
    out = "INSERT INTO user_logins VALUES ";
    for (std::size_t i = 0; i < rows; ++i) {
        const login& from = nth(i);
        out += i == 0 ? "(" : ",(";
        for (const std::string_view text :
             {std::string_view(from.user_id), std::string_view(from.device_type), sealed_address,
              sealed_address, std::string_view(from.locale)}) {
            append_quoted(out, text);
            out.push_back(',');
        }
        fmt::format_to(std::back_inserter(out), "{},'{}')", major(from), day_text);
    }
}

void binary(benchmark::State& state)
{
    binary_batch batch;
    batch.fill();
    check(batch.users().count() == rows, "every row is in");
    transform::column_cursor cursor(batch.users().finish());
    for (std::size_t i = 0; i < rows; ++i)
        check(cursor.next() == nth(i).user_id, "the users stand in their order");
    measure(state, rows, [&] { batch.fill(); });
}
BENCHMARK(binary)->Name("encode/ours, binary arrays");

void text(benchmark::State& state)
{
    std::string sql;
    fill_text(sql);
    const login& last = nth(rows - 1);
    check(sql.ends_with(fmt::format("'{}',{},'{}')", last.locale, major(last), day_text)),
          "the last row ends the text");
    measure(state, rows, [&] {
        fill_text(sql);
        benchmark::DoNotOptimize(sql.data());
    });
}
BENCHMARK(text)->Name("encode/text VALUES, quoted, fmt");

} // namespace
} // namespace sluice::micro
