#include "aws/identity/child_process.hpp"

#include "../net/client_rig.hpp"
#include "aws/identity/credential_process.hpp"

#include <catch2/catch.hpp>

#include <csignal>

using namespace sluice;
using namespace std::chrono_literals;
using aws::split_command;
using Catch::Matchers::Contains;
using words = std::vector<std::string>;

namespace {

aws::process_result run(test::loop& where, words command, aws::process_limits limits = {})
{
    std::optional<aws::process_result> result;
    where.play([&]() -> awaitable<void> {
        result = co_await aws::run_process(command, where.time, limits);
    });
    return std::move(*result);
}

std::string keys_of(const std::string& command)
{
    test::loop where;
    aws::credential_process source(where.time, command, "the test");
    std::string out;
    where.play([&]() -> awaitable<void> {
        try {
            const aws::credentials keys = co_await source.fetch();
            out = keys.access_key_id + "/" + keys.secret_access_key.reveal() + "/" +
                  keys.session_token.reveal();
        } catch (const aws::credentials_error& error) {
            out = error.what();
        }
    });
    return out;
}

} // namespace

TEST_CASE("child_process: a command is split as a shell would, and no further")
{
    CHECK(split_command("a  b\tc") == words{"a", "b", "c"});
    CHECK(split_command(R"(a "b c" 'd "e' "" f\ g h"i"j)") ==
          words{"a", "b c", "d \"e", "", "f g", "hij"});
    CHECK(split_command(R"('a\b' "c\"d" $HOME * ; |)") ==
          words{"a\\b", "c\"d", "$HOME", "*", ";", "|"});
    CHECK(split_command("") == words{});
    CHECK_FALSE(split_command("a 'b").has_value());
    CHECK_FALSE(split_command("a \"b").has_value());
}

TEST_CASE("child_process: output, errors and the way it ended")
{
    test::loop where;
    const auto good = run(where, {"sh", "-c", "echo out; echo err >&2; exit 3"});
    CHECK(good.exit_code == 3);
    CHECK(good.output.reveal() == "out\n");
    CHECK(good.errors == "err\n");
    CHECK(run(where, {"sh", "-c", "kill -9 $$"}).exit_code == 128 + SIGKILL);
    CHECK(run(where, {"cat"}).output.empty()); // no input
    CHECK_THROWS_WITH(run(where, {"/no/such/program"}),
                      Contains("cannot start /no/such/program") && Contains("No such file"));
}

TEST_CASE("child_process: output beyond the limit is cut, and nobody waits for a reader")
{
    test::loop where;
    const auto result = run(where, {"sh", "-c", "yes 2>/dev/null | head -c 300000; exit 0"},
                            {.output_bytes_max = 10'000});
    CHECK(result.output.reveal().size() <= 10'000);
    CHECK(result.output.reveal().starts_with("y\ny\n"));
}

TEST_CASE("child_process: who is late is killed, and what it has started")
{
    test::loop where;
    const aws::process_limits limits{.run_time_max = 5s};
    std::string error;
    bool ended = false;
    int descriptors[2];
    REQUIRE(::pipe(descriptors) == 0);
    const std::string script =
        "sleep 1000 & echo >/dev/fd/" + std::to_string(descriptors[1]) + "; wait";
    const words command{"sh", "-c", script};
    where.start([&]() -> awaitable<void> {
        try {
            co_await aws::run_process(command, where.time, limits);
        } catch (const aws::credentials_error& failure) {
            error = failure.what();
        }
        ended = true;
    });
    char started = 0;
    where.run_until([&] { return where.time.earliest() != never; });
    CHECK(::read(descriptors[0], &started, 1) == 1); // it runs, and its child too
    CHECK_FALSE(ended);
    ::close(descriptors[1]);
    where.pass(5s);
    where.finish();
    CHECK_THAT(error, Contains("sh did not end in time and was killed"));
    // The end of the pipe is the end of everybody who held it.
    CHECK(::read(descriptors[0], &started, 1) == 0);
    ::close(descriptors[0]);
}

TEST_CASE("child_process: who waits and is cancelled leaves no program behind")
{
    test::loop where;
    int descriptors[2];
    REQUIRE(::pipe(descriptors) == 0);
    const words command{"sleep", "1000"};
    test::cancellable waiting(
        where, [&]() -> awaitable<void> { co_await aws::run_process(command, where.time); });
    where.run_until([&] { return where.time.earliest() != never; });
    ::close(descriptors[1]);
    waiting.cancel();
    where.run_until([&] { return waiting.ended; });
    CHECK(waiting.ec == asio::error::operation_aborted);
    char none = 0;
    CHECK(::read(descriptors[0], &none, 1) == 0);
    ::close(descriptors[0]);
}

TEST_CASE("credential_process: what a program prints are our keys")
{
    CHECK(keys_of(R"(echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s",)"
                  R"("SessionToken":"t","Expiration":"2026-01-15T10:30:00Z"}')") == "A/s/t");
    CHECK(keys_of(R"(echo '{"Version":1,"AccessKeyId":"A","SecretAccessKey":"s"}')") == "A/s/");
}

TEST_CASE("credential_process: what is none is an error that shows no output")
{
    for (const auto& [command, said] : std::vector<std::pair<std::string, std::string>>{
             {"echo hush", "no JSON object"},
             {R"(echo '{"AccessKeyId":"hush","SecretAccessKey":"s"}')", "Version that is not 1"},
             {R"(echo '{"Version":2,"AccessKeyId":"hush","SecretAccessKey":"s"}')",
              "Version that is not 1"},
             {R"(echo '{"Version":1,"AccessKeyId":"hush"}')", "no SecretAccessKey"},
             {"true", "no JSON object"},
             {"sh -c 'echo hush; echo no token >&2; exit 7'", "sh ended with 7: no token"},
             {"/no/such/program", "cannot start"}}) {
        CAPTURE(command);
        CHECK_THAT(keys_of(command), Contains(said) && !Contains("hush"));
    }
    test::loop where;
    CHECK_THROWS_WITH(aws::credential_process(where.time, "a 'b", "the test"),
                      Contains("credential_process of the test is no command"));
}
