// The server as a process: sockets, signals, queues to begin with.
#pragma once

#include "core/asio_clock.hpp"
#include "net/http_server.hpp"
#include "sqs_server/server/program_options.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <exception>
#include <memory>
#include <string>
#include <vector>

namespace sluice::sqs_server {

class program
{
public:
    // Listens, makes the queues and fills them. Throws usage_error for queues that cannot be, and
    // system_error for an address, a file or a certificate that cannot be used.
    explicit program(program_options options);

    // The URLs of the queues in the order of the options; without queues, that of the server.
    [[nodiscard]] std::vector<std::string> urls() const;
    // What --prefill made, a line each.
    [[nodiscard]] const std::vector<std::string>& prefilled() const noexcept { return prefilled_; }

    // Serves until SIGTERM or SIGINT. Throws what ended it otherwise.
    void run();

private:
    void make_queues();
    void fill_queues();
    [[nodiscard]] net::http_server_options server_options() const;
    awaitable<void> serve();
    awaitable<void> watch_signals();

    program_options options_;
    asio::io_context io_{1};
    asio_clock clock_{io_.get_executor()};
    sqs_service service_;
    net::http_server server_;
    std::vector<std::string> prefilled_;
};

} // namespace sluice::sqs_server
