// sluice-sqs: a local Amazon SQS server.
#include "core/log.hpp"
#include "sqs_server/server/program.hpp"

#include <fmt/format.h>

#include <cstdio>
#include <exception>
#include <string_view>

namespace {

using namespace sluice;
using namespace sluice::sqs_server;

constexpr int exit_failed = 1;
constexpr int exit_usage = 2;

// A benchmark or test waits for these lines: they must not stay in a buffer.
void tell_ready(const program& ready)
{
    for (const std::string& line : ready.prefilled())
        fmt::print(stderr, "sluice-sqs: {}\n", line);
    for (const std::string& url : ready.urls())
        fmt::print("{}\n", url);
    std::fflush(stdout);
}

// Without the place in the source that Boost appends: it tells a user nothing.
std::string_view plain(std::string_view what)
{
    return what.substr(0, what.find(" [system:"));
}

int run(program_options options)
{
    try {
        program server(std::move(options));
        tell_ready(server);
        server.run();
        return 0;
    } catch (const usage_error& error) {
        fmt::print(stderr, "sluice-sqs: {}\n", error.what());
        return exit_usage;
    } catch (const std::exception& error) {
        fmt::print(stderr, "sluice-sqs: {}\n", plain(error.what()));
        return exit_failed;
    }
}

} // namespace

int main(int argc, char** argv)
{
    parsed_command_line line = parse_command_line(argc, argv);
    fmt::print("{}", line.out);
    fmt::print(stderr, "{}", line.error);
    if (!line.options)
        return line.exit_code;
    log::start(log::level::warning, log::format::automatic);
    const int exit_code = run(std::move(*line.options));
    log::stop();
    return exit_code;
}
