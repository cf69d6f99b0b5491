#include "sqs_server/server/program.hpp"

#include "core/error.hpp"
#include "core/task_group.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/ssl/context.hpp>

#include <fmt/format.h>

#include <csignal>

namespace sluice::sqs_server {
namespace {

// Ten bodies, each byte of which may have come as an escape of six characters.
constexpr std::size_t request_bytes_max = 8 * message_bytes_max;
constexpr std::size_t header_bytes_max = 16 * 1024; // session tokens are long
constexpr std::chrono::minutes idle_time_max{5};

std::shared_ptr<asio::ssl::context> make_tls(const tls_files& files)
{
    auto out = std::make_shared<asio::ssl::context>(asio::ssl::context::tls_server);
    out->set_options(asio::ssl::context::no_tlsv1 | asio::ssl::context::no_tlsv1_1);
    try {
        out->use_certificate_chain_file(files.certificate);
        out->use_private_key_file(files.key, asio::ssl::context::pem);
    } catch (const system_error& error) {
        throw system_error(error.code(), fmt::format("cannot use the certificate {} with key {}",
                                                     files.certificate, files.key));
    }
    return out;
}

} // namespace

program::program(program_options options)
    : options_(std::move(options)),
      service_(clock_, options_.service),
      server_(io_.get_executor(), clock_, server_options(),
              [this](const net::http_request& request, net::http_response& response) {
                  return service_.handle(request, response);
              })
{
    make_queues();
    fill_queues();
}

net::http_server_options program::server_options() const
{
    net::http_server_options out;
    out.listen = options_.listen;
    out.connections_max = options_.connections_max;
    out.body_bytes_max = request_bytes_max;
    out.header_bytes_max = header_bytes_max;
    out.idle_time_max = idle_time_max;
    if (options_.tls)
        out.tls = make_tls(*options_.tls);
    return out;
}

void program::make_queues()
{
    account& queues = service_.queues();
    const wall_time now = clock_.wall_now();
    try {
        for (const queue_options& each : options_.queues)
            static_cast<void>(queues.create(each.name, each.attributes, {}, now));
        // In a second round, so that the order of the options does not matter.
        for (const queue_options& each : options_.queues) {
            if (each.dead_letters.empty())
                continue;
            const queue* const dead_letters = queues.find(each.dead_letters);
            if (dead_letters == nullptr)
                throw usage_error("--queue " + each.name,
                                  "its dead-letter queue " + each.dead_letters + " is not there",
                                  "add --queue " + each.dead_letters);
            const std::string policy =
                fmt::format(R"({{"deadLetterTargetArn":"{}","maxReceiveCount":{}}})",
                            dead_letters->arn(), each.receives_max);
            queues.set_attributes(queues.at(each.name), {{"RedrivePolicy", policy}}, now);
        }
    } catch (const refusal& why) {
        throw usage_error("--queue", why.message(), "name and set it as SQS allows");
    }
}

void program::fill_queues()
{
    for (const prefill_options& each : options_.prefills) {
        const prefill_result made =
            prefill(service_.queues().at(each.queue), each, clock_.wall_now());
        prefilled_.push_back(fmt::format(
            "{}: {} messages: {} logins, {} repeated, {} others; {} bytes of bodies", each.queue,
            each.messages, made.logins, made.repeated, made.others, made.body_bytes));
    }
}

std::vector<std::string> program::urls() const
{
    const auto& address = options_.listen.address();
    std::string host = address.is_unspecified() ? "127.0.0.1" : address.to_string();
    if (host.find(':') != std::string::npos)
        host = "[" + host + "]";
    host += fmt::format(":{}", server_.port());
    std::vector<std::string> out;
    for (const queue_options& each : options_.queues)
        out.push_back(
            queue_url(options_.tls.has_value(), host, options_.service.account.id, each.name));
    if (out.empty())
        out.push_back(fmt::format("{}://{}", options_.tls ? "https" : "http", host));
    return out;
}

void program::run()
{
    std::exception_ptr failure;
    auto on_end = [&failure](std::exception_ptr why) { failure = std::move(why); };
    asio::co_spawn(io_, [this] { return serve(); }, on_end);
    io_.run();
    if (failure)
        std::rethrow_exception(failure);
    service_.flush_journal();
}

awaitable<void> program::serve()
{
    task_group tasks(io_.get_executor(), clock_);
    tasks.spawn([this, &tasks]() -> awaitable<void> {
        co_await server_.run();
        tasks.cancel(); // the rest serves the server
    });
    tasks.spawn([this] { return service_.run(); });
    tasks.spawn([this] { return watch_signals(); });
    co_await tasks.join();
}

awaitable<void> program::watch_signals()
{
    asio::signal_set signals(io_, SIGINT, SIGTERM, SIGUSR1);
    for (;;) {
        const int signal = co_await signals.async_wait(asio::use_awaitable);
        if (signal != SIGUSR1)
            break;
        service_.flush_journal();
    }
    server_.stop();
}

} // namespace sluice::sqs_server
