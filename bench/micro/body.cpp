// A body on its way to a row: opened (unescaped, MD5), parsed, and turned into encoded columns.
#include "core/encoding.hpp"
#include "measure.hpp"
#include "samples.hpp"
#include "transform/column_cursor.hpp"
#include "transform/json/reader.hpp"
#include "transform/message_body.hpp"
#include "transform/transformer.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>
#include <cstring>
#include <span>
#include <string>
#include <utility>
#include <vector>

namespace sluice::micro {
namespace {

constexpr std::uint16_t all_logins = (1U << logins) - 1;

constexpr std::array fields{"user_id", "device_type", "ip", "device_id", "locale", "app_version"};

// A response that can be worked on again and again, though bodies are opened where they stand.
class fresh_delivery
{
public:
    fresh_delivery() : response_(receive_response())
    {
        receive_into(into_, response_);
        messages_ = into_.messages;
    }

    delivery& get()
    {
        std::memcpy(into_.buffer.data(), response_.data(), response_.size());
        into_.messages = messages_;
        return into_;
    }

private:
    std::string response_;
    delivery into_;
    std::array<message, messages_per_call> messages_;
};

receipt nth(delivery& from, std::size_t index)
{
    return {&from, static_cast<std::uint8_t>(index)};
}

// ---- opening -----------------------------------------------------------------------------------

void open_ours(benchmark::State& state, bool with_md5)
{
    fresh_delivery source;
    transform::body_opener opener;
    delivery& checked = source.get();
    for (std::size_t i = 0; i < logins; ++i) {
        check(opener.open(nth(checked, i)), "a body that is whole opens");
        check(checked.messages[i].body == body_of(sample_logins()[i]), "it is what was sent");
    }
    delivery& damaged = source.get();
    damaged.messages[0].body_md5 = "d41d8cd98f00b204e9800998ecf8427e";
    check(!opener.open(nth(damaged, 0)), "a body that is damaged does not");
    measure(state, logins, [&] {
        delivery& from = source.get();
        for (std::size_t i = 0; i < logins; ++i) {
            if (!with_md5)
                from.messages[i].body_md5 = {};
            benchmark::DoNotOptimize(opener.open(nth(from, i)));
        }
    });
}
BENCHMARK_CAPTURE(open_ours, md5, true)->Name("open with MD5/ours, one after another");
BENCHMARK_CAPTURE(open_ours, plain, false)->Name("open with MD5/ours, MD5 left out");

// As the workers do it: a delivery at once.
void open_together(benchmark::State& state)
{
    fresh_delivery source;
    transform::body_opener opener;
    delivery& checked = source.get();
    checked.messages[0].body_md5 = "d41d8cd98f00b204e9800998ecf8427e";
    opener.open(checked, all_logins);
    check(checked.messages[0].body.data() == nullptr, "a body that is damaged stays closed");
    for (std::size_t i = 1; i < logins; ++i)
        check(checked.messages[i].body == body_of(sample_logins()[i]), "the others open");
    measure(state, logins, [&] {
        delivery& from = source.get();
        opener.open(from, all_logins);
        benchmark::DoNotOptimize(from.messages[logins - 1].body.data());
    });
}
BENCHMARK(open_together)->Name("open with MD5/ours");

// The same, with the one call that the manual shows for a digest.
void open_evp_digest(benchmark::State& state)
{
    fresh_delivery source;
    transform::body_opener opener;
    const auto open_one = [&](receipt each) {
        const std::string_view wanted = std::exchange(each->body_md5, {});
        std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
        return opener.open(each) &&
               EVP_Digest(each->body.data(), each->body.size(), digest.data(), nullptr, EVP_md5(),
                          nullptr) == 1 &&
               to_hex(std::span(digest).first(16)) == wanted;
    };
    check(open_one(nth(source.get(), 3)), "a body that is whole opens");
    measure(state, logins, [&] {
        delivery& from = source.get();
        for (std::size_t i = 0; i < logins; ++i)
            benchmark::DoNotOptimize(open_one(nth(from, i)));
    });
}
BENCHMARK(open_evp_digest)->Name("open with MD5/EVP_Digest a body");

// What is in all three of them: a benchmark needs the escaped bodies again.
void put_back(benchmark::State& state)
{
    fresh_delivery source;
    measure(state, logins, [&] { benchmark::DoNotOptimize(source.get().count); });
}
BENCHMARK(put_back)->Name("open with MD5/only putting the bytes back");

// ---- parsing -----------------------------------------------------------------------------------

void parse_ours(benchmark::State& state)
{
    fresh_delivery source;
    transform::body_opener opener;
    delivery& from = source.get();
    const auto mapping = login_mapping();
    json::reader reader(mapping->body_paths(), mapping->reading());
    for (std::size_t i = 0; i < logins; ++i) {
        check(opener.open(nth(from, i)), "the body opens");
        check(!reader.read(from.messages[i].body), "the body is an object");
        const json::value& user = reader.at(0);
        check(user.text == sample_logins()[i].user_id, "its first field is found");
    }
    measure(state, logins, [&] {
        for (std::size_t i = 0; i < logins; ++i) {
            benchmark::DoNotOptimize(reader.read(from.messages[i].body));
            benchmark::DoNotOptimize(&reader.at(0));
        }
    });
}
BENCHMARK(parse_ours)->Name("parse/ours, strict, keys compared");

void parse_boost_json(benchmark::State& state)
{
    std::vector<std::string> bodies;
    for (const login& each : sample_logins())
        bodies.push_back(body_of(each));
    measure(state, logins, [&] {
        for (const std::string& body : bodies) {
            const boost::json::value tree = boost::json::parse(body);
            for (const char* const name : fields)
                benchmark::DoNotOptimize(tree.at(name).as_string().data());
        }
    });
}
BENCHMARK(parse_boost_json)->Name("parse/boost::json::parse, fields looked up");

// ---- the whole way -----------------------------------------------------------------------------

void row_ours(benchmark::State& state)
{
    constexpr std::size_t rows = 1000;
    fresh_delivery source;
    const mask::keyring keys = mask::keyring::ephemeral();
    const auto mapping = login_mapping();
    transform::transformer work(mapping, &keys);
    transform::row_batch batch;
    mapping->shape(batch);
    delivery& checked = source.get();
    for (std::size_t i = 0; i < logins; ++i)
        check(work.add(nth(checked, i), batch) == transform::outcome::row, "a login is a row");
    transform::column_cursor users(batch.columns[0].finish());
    transform::column_cursor addresses(batch.columns[2].finish());
    for (const login& each : sample_logins()) {
        check(users.next() == each.user_id, "the user stands in its column");
        check(addresses.next()->starts_with("p1."), "the address is sealed");
    }
    std::size_t filled = rows;
    measure(state, logins, [&] {
        if (filled >= rows) {
            batch.seal();
            batch.clear();
            filled = 0;
        }
        delivery& from = source.get();
        work.open(from, all_logins);
        for (std::size_t i = 0; i < logins; ++i) {
            // Another identity each time: what came twice would not be encoded.
            from.messages[i].sent_at += std::chrono::milliseconds(filled);
            benchmark::DoNotOptimize(work.add(nth(from, i), batch));
        }
        filled += logins;
    });
    check(batch.rows.size() == filled, "every message became a row");
}
BENCHMARK(row_ours)->Name("body to row/ours, all of it: MD5, parse, check, seal two, encode");

// Without masks and checks: a tree of the body, and a line of VALUES.
void row_boost_json(benchmark::State& state)
{
    fresh_delivery source;
    std::string sql;
    const auto add = [&sql](const message& from) {
        const boost::json::value body =
            boost::json::parse('"' + std::string(from.body_token) + '"');
        const boost::json::value tree =
            boost::json::parse(boost::json::string_view(body.as_string()));
        sql += '(';
        for (const char* const name : fields) {
            const auto& text = tree.at(name).as_string();
            sql += fmt::format("'{}',", std::string_view(text.data(), text.size()));
        }
        sql += "'2025-11-20'),";
    };
    delivery& from = source.get();
    add(from.messages[0]);
    check(sql.starts_with("('" + sample_logins()[0].user_id + "','"),
          "the row begins as it should");
    measure(state, logins, [&] {
        sql.clear();
        for (const message& each : source.get().messages)
            add(each);
        benchmark::DoNotOptimize(sql.data());
    });
}
BENCHMARK(row_boost_json)->Name("body to row/boost::json and fmt, no MD5, no check, no mask");

} // namespace
} // namespace sluice::micro
