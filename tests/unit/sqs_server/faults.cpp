// Seeded faults, sample logins and the journal.
#include "sqs_server/server/faults.hpp"

#include "core/error.hpp"
#include "sqs_server/server/journal.hpp"
#include "sqs_server/server/prefill.hpp"
#include "world.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <set>

namespace sluice::sqs_server {
namespace {

fault_settings with_share(double share, std::uint64_t seed = 1)
{
    fault_settings out;
    out.seed = seed;
    out.shares.fill(share);
    return out;
}

std::string drawn(fault_injector faults, operation of)
{
    std::string out;
    for (int i = 0; i < 200; ++i) {
        const auto kind = faults.draw(of);
        out += kind ? std::string(to_string(*kind)) + " " : "- ";
    }
    return out;
}

std::string contents(const std::filesystem::path& of)
{
    std::ifstream file(of);
    return {std::istreambuf_iterator<char>(file), {}};
}

} // namespace

TEST_CASE("faults: kinds are known by their names")
{
    for (std::size_t i = 0; i < fault_kind_count; ++i) {
        const auto kind = static_cast<fault_kind>(i);
        CHECK(fault_named(to_string(kind)) == kind);
    }
    CHECK_FALSE(fault_named("no such"));
}

TEST_CASE("faults: the same seed gives the same faults, another seed others")
{
    const auto run = [](std::uint64_t seed) {
        return drawn(fault_injector(with_share(0.05, seed)), operation::receive_message);
    };
    CHECK(run(1) == run(1));
    CHECK(run(1) != run(2));
}

TEST_CASE("faults: a share of zero never strikes, a share of one always")
{
    fault_settings settings;
    CHECK_FALSE(fault_injector(settings).draw(operation::send_message));
    settings.shares[static_cast<std::size_t>(fault_kind::truncated)] = 1;
    fault_injector faults(settings);
    for (int i = 0; i < 10; ++i)
        CHECK(faults.draw(operation::send_message) == fault_kind::truncated);
    CHECK(faults.count(fault_kind::truncated) == 10);
}

TEST_CASE("faults: a share is what is drawn in the long run")
{
    fault_settings settings;
    settings.shares[static_cast<std::size_t>(fault_kind::empty)] = 0.1;
    fault_injector faults(settings);
    for (int i = 0; i < 10'000; ++i)
        static_cast<void>(faults.draw(operation::send_message));
    CHECK(faults.count(fault_kind::empty) > 850);
    CHECK(faults.count(fault_kind::empty) < 1150);
}

TEST_CASE("faults: only batches fail in part, only receives have a wrong digest")
{
    const auto kinds = [](operation of) { return drawn(fault_injector(with_share(0.3)), of); };
    CHECK_THAT(kinds(operation::delete_message_batch), Catch::Contains("failing_entries"));
    CHECK_THAT(kinds(operation::delete_message), !Catch::Contains("failing_entries"));
    CHECK_THAT(kinds(operation::receive_message), Catch::Contains("wrong_md5"));
    CHECK_THAT(kinds(operation::send_message), !Catch::Contains("wrong_md5"));
}

TEST_CASE("faults: operations that were not named are spared")
{
    fault_settings settings = with_share(1);
    settings.operations.reset();
    settings.operations.set(static_cast<std::size_t>(operation::delete_message_batch));
    fault_injector faults(settings);
    CHECK_FALSE(faults.draw(operation::receive_message));
    CHECK(faults.draw(operation::delete_message_batch));
}

TEST_CASE("faults: a partial failure hits at least one entry and not always all")
{
    fault_injector faults(with_share(1));
    std::set<std::uint32_t> seen;
    for (int i = 0; i < 100; ++i) {
        const call_faults inside = faults.inside(fault_kind::failing_entries);
        CHECK(inside.failing_entries != 0);
        CHECK(inside.failing_entries < 1024);
        seen.insert(inside.failing_entries);
    }
    CHECK(seen.size() > 50);
    CHECK(faults.inside(fault_kind::wrong_md5).wrong_md5);
    CHECK(faults.inside(fault_kind::empty).failing_entries == 0);
}

TEST_CASE("sample logins: the same seed makes the same messages")
{
    const auto make = [](std::uint64_t seed) {
        sample_logins samples({.queue = {}, .repeated = 0.1, .others = 0.1, .seed = seed});
        std::string out;
        for (int i = 0; i < 50; ++i)
            out += samples.next().body;
        return out;
    };
    CHECK(make(1) == make(1));
    CHECK(make(1) != make(2));
}

TEST_CASE("sample logins: each is a login, a repeated one, or no login at all, in its share")
{
    sample_logins samples({.queue = {}, .repeated = 0.2, .others = 0.1});
    std::set<std::string> bodies;
    std::size_t logins = 0;
    std::size_t others = 0;
    for (int i = 0; i < 1000; ++i) {
        const sample_logins::sample made = samples.next();
        const boost::json::object body = boost::json::parse(made.body).as_object();
        switch (made.what) {
        case sample_logins::kind::login:
            ++logins;
            CHECK(body.size() == 6);
            CHECK(body.at("user_id").as_string().size() == 36);
            CHECK(bodies.insert(made.body).second);
            break;
        case sample_logins::kind::repeated:
            CHECK(bodies.contains(made.body));
            break;
        case sample_logins::kind::other:
            ++others;
            CHECK_FALSE(body.contains("user_id"));
            break;
        }
    }
    CHECK(logins > 600);
    CHECK(logins < 850);
    CHECK(others > 60);
    CHECK(others < 150);
}

TEST_CASE("sample logins: a size asked for is reached exactly")
{
    sample_logins samples({.queue = {}, .body_bytes = 1000});
    for (int i = 0; i < 20; ++i) {
        const std::string body = samples.next().body;
        CHECK(body.size() == 1000);
        CHECK_NOTHROW(boost::json::parse(body));
    }
}

TEST_CASE("prefill: fills standard and fifo queues, and counts what it made")
{
    world w;
    for (const char* name : {"q", "q.fifo"}) {
        queue& q = w.make(name);
        const prefill_result made =
            prefill(q, {.queue = name, .messages = 500, .repeated = 0.1, .others = 0.1}, w.now);
        CHECK(made.logins + made.repeated + made.others == 500);
        CHECK(made.repeated > 0);
        CHECK(made.others > 0);
        CHECK(q.counts().visible == 500);
    }
}

TEST_CASE("journal: every event is one line of JSON that names message, handle and time")
{
    world w;
    queue& q = w.make("q", {{"VisibilityTimeout", "5"}});
    w.send(q, "a");
    const held got = w.take(q);
    q.remove(got.by, w.now);
    byte_buffer lines;
    for (const event& each : w.events)
        append_line(lines, each);
    const std::string id = got.id.text();
    const std::string handle = handle_of(got.by).substr(0, handle_key_characters);
    CHECK(lines.view() == R"({"time":1768469400000,"event":"sent","queue":"q","id":")" + id +
                              R"(","visible_at":1768469400000})"
                              "\n"
                              R"({"time":1768469400000,"event":"received","queue":"q","id":")" +
                              id + R"(","receive":1,"handle":")" + handle +
                              R"(","visible_at":1768469405000})"
                              "\n"
                              R"({"time":1768469400000,"event":"deleted","queue":"q","id":")" +
                              id + R"(","receive":1,"handle":")" + handle +
                              R"(","visible_at":1768469405000})"
                              "\n");
}

TEST_CASE("journal: the first characters of a handle tell handles apart")
{
    world w;
    queue& q = w.make("q", {{"VisibilityTimeout", "0"}});
    w.send(q, "a");
    w.send(q, "b");
    std::set<std::string> keys;
    for (int i = 0; i < 3; ++i)
        for (const held& each : w.receive(q))
            keys.insert(handle_of(each.by).substr(0, handle_key_characters));
    CHECK(keys.size() == 6);
}

TEST_CASE("journal: a move tells both ids and the target")
{
    world w;
    queue& q = w.make("q");
    queue& other = w.make("other");
    random_source random(1);
    byte_buffer line;
    const message_id id = message_id::draw(random);
    const message_id target_id = message_id::draw(random);
    append_line(line, {.kind = event_kind::moved,
                       .at = w.now,
                       .where = &q,
                       .id = id,
                       .target = &other,
                       .target_id = target_id});
    const boost::json::value told =
        boost::json::parse(boost::json::string_view(line.data(), line.size() - 1));
    CHECK(told.at("event") == "moved");
    CHECK(told.at("target") == "other");
    CHECK(told.at("target_id").as_string() == target_id.text());
}

TEST_CASE("journal: lines reach the file when it is flushed and when it ends")
{
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("sluice-journal-test-{}", ::getpid());
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    {
        journal file(path.string());
        file.write(w.events.front());
        CHECK(contents(path).empty());
        file.flush();
        CHECK(std::ranges::count(contents(path), '\n') == 1);
        for (int i = 0; i < 10'000; ++i)
            file.write(w.events.front());
        CHECK(std::ranges::count(contents(path), '\n') > 5000); // the buffer has a bound
    }
    CHECK(std::ranges::count(contents(path), '\n') == 10'001);
    std::filesystem::remove(path);
}

TEST_CASE("journal: a file that cannot be written is an error that names it")
{
    CHECK_THROWS_WITH(journal("/nonexistent/journal"),
                      Catch::Contains("cannot write the journal /nonexistent/journal"));
    world w;
    queue& q = w.make("q");
    w.send(q, "a");
    journal full("/dev/full");
    full.write(w.events.front());
    CHECK_THROWS_AS(full.flush(), system_error);
}

} // namespace sluice::sqs_server
