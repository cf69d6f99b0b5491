// The limit of the queue's side: receives and deletes until the queue is empty, and does nothing
// with the messages. Built on the same client as the daemon, so that what the daemon adds is the
// work on the messages and their way into the database.
//
//   bare_client QUEUE_URL ENDPOINT CONNECTIONS      the rest comes from AWS_* in the environment
//
// Prints how many it deleted, and stays until its input ends: its CPU time can be read so long.
#include "core/asio_clock.hpp"
#include "daemon/queue_access.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <algorithm>
#include <charconv>
#include <cstdint>
#include <cstdio>
#include <exception>
#include <iostream>
#include <limits>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace {

using namespace sluice;

constexpr std::size_t connections_max = 1024;

// Every answer is welcome: there is nothing else to keep memory for.
class any_room final : public sqs::response_room
{
public:
    awaitable<bool> make_room(std::size_t) override { co_return true; }
};

class drain
{
public:
    explicit drain(const config::sqs_source& from)
        : lanes_(from.fetchers.max),
          queue_(std::make_unique<daemon::queue_access>(io_.get_executor(), clock_, random_, from))
    {}

    // The number of messages that were deleted.
    std::size_t run()
    {
        std::exception_ptr failure;
        std::size_t running = lanes_;
        for (std::size_t i = 0; i < lanes_; ++i) {
            asio::co_spawn(io_, receive_and_delete(), [&](std::exception_ptr error) {
                if (error)
                    failure = std::move(error);
                if (--running == 0)
                    queue_.reset(); // its kept connections would keep the loop running
            });
        }
        io_.run();
        if (failure)
            std::rethrow_exception(failure);
        return deleted_;
    }

private:
    awaitable<void> receive_and_delete()
    {
        const sqs::receive_options no_wait{.wait = sqs::seconds(0), .visibility = {}};
        any_room room;
        delivery received;
        std::vector<receipt> receipts;
        for (;;) {
            co_await queue_->client().receive(no_wait, room, received);
            if (received.count == 0)
                co_return;
            receipts.clear();
            for (std::size_t i = 0; i < received.count; ++i)
                receipts.push_back({&received, static_cast<std::uint8_t>(i)});
            const sqs::batch_result removed = co_await queue_->client().remove(receipts);
            deleted_ +=
                static_cast<std::size_t>(std::ranges::count(removed, sqs::entry_result::done));
        }
    }

    asio::io_context io_{1};
    asio_clock clock_{io_.get_executor()};
    seeded_random random_{machine_seed()};
    std::size_t lanes_;
    std::unique_ptr<daemon::queue_access> queue_;
    std::size_t deleted_ = 0;
};

std::size_t parse_connections(std::string_view text)
{
    std::size_t value = 0;
    const auto [end, ec] = std::from_chars(text.data(), text.data() + text.size(), value);
    if (ec != std::errc() || end != text.data() + text.size() || value == 0 ||
        value > connections_max)
        throw std::invalid_argument("CONNECTIONS is a number from 1 to 1024");
    return value;
}

} // namespace

int main(int argc, char** argv)
{
    try {
        const std::vector<std::string> arguments(argv + 1, argv + argc);
        if (arguments.size() != 3)
            throw std::invalid_argument("usage: bare_client QUEUE_URL ENDPOINT CONNECTIONS");
        sluice::config::sqs_source from;
        from.queue_url = arguments[0];
        from.endpoint = arguments[1];
        from.fetchers.max = parse_connections(arguments[2]);
        std::cout << drain(from).run() << std::endl;
        std::cin.ignore(std::numeric_limits<std::streamsize>::max(), EOF);
        return 0;
    } catch (const std::exception& error) {
        std::cerr << "bare_client: " << error.what() << '\n';
        return 1;
    }
}
