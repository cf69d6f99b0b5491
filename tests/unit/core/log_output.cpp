#include "core/log_output.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <spdlog/details/log_msg.h>
#include <spdlog/pattern_formatter.h>
#include <unistd.h>

#include <array>
#include <string>
#include <thread>

using namespace sluice;
using namespace std::chrono_literals;

namespace {

// A pipe as small as the kernel has one.
struct pipe_of_test
{
    std::array<int, 2> ends{};

    pipe_of_test()
    {
        REQUIRE(pipe(ends.data()) == 0);
        REQUIRE(fcntl(ends[1], F_SETPIPE_SZ, 4096) > 0);
    }
    pipe_of_test(const pipe_of_test&) = delete;
    pipe_of_test& operator=(const pipe_of_test&) = delete;
    ~pipe_of_test()
    {
        close(ends[0]);
        close(ends[1]);
    }

    std::string read_some() const
    {
        std::array<char, 8192> bytes{};
        const ssize_t count = read(ends[0], bytes.data(), bytes.size());
        REQUIRE(count > 0);
        return {bytes.data(), static_cast<std::size_t>(count)};
    }
};

void write(log::log_output& to, std::string_view text)
{
    to.log(spdlog::details::log_msg("test", spdlog::level::info, text));
}

std::unique_ptr<spdlog::formatter> text_alone()
{
    return std::make_unique<spdlog::pattern_formatter>("%v");
}

} // namespace

TEST_CASE("log_output: a line goes out whole and at once")
{
    const pipe_of_test to;
    log::log_output out(to.ends[1]);
    out.set_formatter(text_alone());
    write(out, "one");
    CHECK(to.read_some() == "one\n");
    CHECK(out.lost() == 0);
}

TEST_CASE("log_output: a reader who has stopped is waited for, and gets every byte when he goes on")
{
    const pipe_of_test to;
    log::log_output out(to.ends[1]);
    out.set_formatter(text_alone());
    const std::string line(20'000, 'x'); // several times the pipe
    std::jthread writer([&] { write(out, line); });
    std::string got;
    while (got.size() < line.size() + 1)
        got += to.read_some();
    CHECK(got == line + "\n");
    CHECK(out.lost() == 0);
}

TEST_CASE("log_output: nobody is waited for any more once it has given up")
{
    const pipe_of_test to;
    log::log_output out(to.ends[1]);
    std::jthread writer([&] {
        for (int i = 0; i < 100; ++i)
            write(out, std::string(1000, 'x'));
    });
    out.give_up_at(steady_clock::now() + 10ms);
    writer.join(); // would wait for ever
    CHECK(out.lost() > 90);
    CHECK(out.lost() < 100);
}

TEST_CASE("log_output: what a full disk does not take is counted")
{
    const int full = open("/dev/full", O_WRONLY);
    REQUIRE(full >= 0);
    log::log_output out(full);
    write(out, "one");
    write(out, "two");
    close(full);
    CHECK(out.lost() == 2);
}
