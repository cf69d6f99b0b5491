#include "core/asio_clock.hpp"
#include "core/byte_buffer.hpp"
#include "core/version.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "net/http_client.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/address.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <array>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>

namespace sluice::daemon {
namespace {

constexpr std::array<std::string_view, 1> needed{"admin"};
// Shorter than the timeout that container engines give a check.
constexpr std::chrono::seconds answer_time_max{4};
constexpr std::size_t answer_bytes_max = 64 * 1024;
constexpr unsigned ok = 200;

struct health_options
{
    std::string path;
    bool ready = false;
};

struct answer
{
    unsigned status = 0;
    std::string text;
};

// The port of the configuration, at the address where this host itself reaches it.
net::url where(const config::admin& admin, bool ready)
{
    std::string host = admin.address;
    const asio::ip::address address = asio::ip::make_address(host);
    if (address.is_unspecified())
        host = address.is_v6() ? "::1" : "127.0.0.1";
    return {.host = std::move(host), .port = admin.port, .path = ready ? "/readyz" : "/healthz"};
}

awaitable<answer> ask(asio::any_io_executor executor, clock& time, net::url at)
{
    const steady_time deadline = time.now() + answer_time_max;
    net::http_client client(executor, time, at, {.body_bytes_max = answer_bytes_max});
    const auto request = fmt::format("GET {} HTTP/1.1\r\nHost: {}\r\nUser-Agent: sluice/{}\r\n\r\n",
                                     at.path, at.host_field(), version);
    net::exchange with = co_await client.start(request, deadline);
    answer out{.status = with.head().status, .text = {}};
    byte_buffer body;
    co_await with.read_body(body, 0, deadline);
    out.text = body.view();
    co_return out;
}

answer ask(const net::url& at)
{
    asio::io_context io{1};
    asio_clock time(io.get_executor());
    answer out;
    asio::co_spawn(io, ask(io.get_executor(), time, at),
                   [&out](const std::exception_ptr& failure, answer got) {
                       if (failure)
                           std::rethrow_exception(failure);
                       out = std::move(got);
                   });
    io.run();
    return out;
}

exit_code run(const health_options& given, console& terminal)
{
    const config::loaded file = load_parts(given.path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    if (file.value.admin.port == 0) {
        terminal.err << file.value.file
                     << ": admin.listen has port 0: nobody knows which it became; give one\n";
        return exit_code::wrong_usage;
    }
    const net::url at = where(file.value.admin, given.ready);
    try {
        const answer got = ask(at);
        const bool well = got.status == ok;
        (well ? terminal.out : terminal.err) << got.text;
        if (!got.text.ends_with('\n'))
            (well ? terminal.out : terminal.err) << '\n';
        return well ? exit_code::done : exit_code::failed;
    } catch (const system_error& error) {
        terminal.err << fmt::format("http://{}{}: {}\n", at.authority(), at.path,
                                    error.code().message());
        return exit_code::failed;
    }
}

} // namespace

action declare_health(CLI::App& app)
{
    auto given = std::make_shared<health_options>();
    add_configuration_option(app, given->path)->required();
    app.add_flag("--ready", given->ready, "Ask whether it is ready: its queue and database work");
    app.footer("Asks the daemon that runs on this host with this configuration, at admin.listen. "
               "Exit status:\n0 it is well; 1 it is not, or does not answer; 2 the configuration "
               "is wrong.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
