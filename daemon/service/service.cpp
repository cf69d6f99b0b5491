#include "daemon/service/service.hpp"

#include "admin/health.hpp"
#include "core/log.hpp"
#include "core/version.hpp"
#include "daemon/service/outside_files.hpp"
#include "daemon/service/worker_count.hpp"

#include <boost/asio/co_spawn.hpp>

#include <fmt/format.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <cstdlib>
#include <span>
#include <thread>

namespace sluice::daemon {
namespace {

constexpr std::size_t blocking_calls_max = 3; // one may be busy for whoever looks at what is stored

std::string instance_name()
{
    std::array<char, 256> host{};
    if (gethostname(host.data(), host.size() - 1) != 0)
        host = {"unknown"};
    return fmt::format("{}/{}", host.data(), getpid());
}

// "user_logins: running; 1200 received: 1190 rows, 10 dead letters; 0 in flight"
std::string status_line(std::span<const pipeline::pipeline* const> all)
{
    using enum pipeline::record_result;
    std::string out;
    for (const pipeline::pipeline* const each : all) {
        const auto& count = each->count();
        const auto trouble = each->trouble();
        out += fmt::format("{}{}: {}; {} received: {} rows, {} dead letters; {} in flight",
                           out.empty() ? "" : " | ", each->name(),
                           trouble ? *trouble : std::string(to_string(each->now())), count.received,
                           count.records.of(row), count.records.of(dead_letter),
                           each->held().messages());
    }
    return out;
}

} // namespace

service::service(config::settings settings, options how)
    : settings_(std::move(settings)),
      options_(how),
      keyring_mark_(mark_of({&settings_.keyring, 1})),
      keys_(load_keyring(settings_.keyring)),
      blocking_(blocking_calls_max),
      clock_(io_.get_executor()),
      random_(machine_seed()),
      signals_(io_),
      next_report_(clock_),
      reloads_(clock_.wall_now()),
      pipelines_(io_.get_executor(), clock_, [this] { stop_all(); }),
      admin_(
          io_.get_executor(), clock_, settings_.admin, [this] { return watched(); },
          [this](std::string_view name) { return stored(name); },
          [this](admin::metric_page& page) { reloads_.add_to(page); }),
      serving_(io_.get_executor(), clock_)
{
    for (const config::pipeline& each : settings_.pipelines)
        pipelines_.add(make_member(settings_, each, keys_));
}

// What still sleeps (the watchdogs of the HTTP clients) ends inside the loop.
service::~service()
{
    pipelines_.clear();
    io_.restart();
    io_.poll();
}

// Connects to nothing.
pipeline_set::member service::make_member(const config::settings& all, const config::pipeline& one,
                                          const keyring_pointer& keys)
{
    const surroundings around{.io = io_.get_executor(),
                              .blocking = blocking_.get_executor(),
                              .time = clock_,
                              .random = random_,
                              .keys = keys,
                              .instance = instance_name()};
    pipeline_host::options how{.workers =
                                   workers_per_pipeline(all, std::thread::hardware_concurrency()),
                               .drain_deadline = all.shutdown_deadline,
                               .config_file = all.file,
                               .config_hash = all.hash,
                               .once = options_.once};
    return std::make_unique<pipeline_host>(around, one, std::move(how));
}

bool service::run()
{
    std::signal(SIGPIPE, SIG_IGN); // a log nobody reads is no reason to die
    signals_.add(SIGTERM);
    signals_.add(SIGINT);
    signals_.add(SIGHUP);
    await_signal();
    log_start();
    asio::co_spawn(io_, run_all(), [this](std::exception_ptr failure) {
        if (failure)
            failure_ = std::move(failure);
        io_.stop();
    });
    io_.run();
    if (failure_)
        std::rethrow_exception(failure_);
    if (pipelines_.failure())
        std::rethrow_exception(pipelines_.failure());
    return pipelines_.went_well();
}

awaitable<void> service::run_all()
{
    serving_.spawn([this] { return admin_.run(); });
    if (manager_.listens())
        serving_.spawn([this] { return keep_manager_informed(); });
    co_await pipelines_.run();

    signals_.cancel();
    all_ended_ = true;
    next_report_.wake();
    admin_.stop();
    co_await serving_.join();
}

// A daemon whose loop stands still is not heard of, nor is one that makes no progress though it
// could: only a restart cures either. What is down elsewhere is told in the status, and is no
// reason for one.
awaitable<void> service::keep_manager_informed()
{
    constexpr std::chrono::seconds between_reports{5};
    const auto patience = manager_.patience();
    const auto pause = patience == patience.zero()
                           ? steady_clock::duration(between_reports)
                           : std::min<steady_clock::duration>(between_reports, patience / 3);
    manager_.ready();
    while (!all_ended_) {
        const auto watched_now = watched();
        manager_.status(status_line(watched_now));
        if (patience != patience.zero() && admin::liveness(watched_now).good)
            manager_.alive();
        co_await next_report_.sleep_for(pause);
    }
}

void service::await_signal()
{
    signals_.async_wait([this](boost::system::error_code ec, int number) {
        if (ec)
            return;
        if (number == SIGHUP) {
            ask_reload();
            await_signal();
            return;
        }
        if (stopping_) {
            log::warning("daemon", "second signal: ending at once; what is in flight comes again");
            log::stop();
            std::_Exit(128 + number);
        }
        log::info("daemon", "{}: stopping, within {} ms", number == SIGTERM ? "SIGTERM" : "SIGINT",
                  settings_.shutdown_deadline.count());
        stop_all();
        await_signal();
    });
}

void service::stop_all()
{
    if (!stopping_)
        manager_.stopping();
    stopping_ = true;
    pipelines_.stop();
}

std::vector<pipeline::pipeline*> service::watched() const
{
    std::vector<pipeline::pipeline*> out;
    for (pipeline_host* const each : pipelines_.members())
        out.push_back(&each->running());
    return out;
}

std::shared_ptr<postgres::stored_reader> service::stored(std::string_view name) const
{
    for (pipeline_host* const each : pipelines_.members())
        if (each->running().name() == name)
            return each->stored();
    return nullptr;
}

void service::log_start() const
{
    const std::string& address = settings_.admin.address;
    const bool is_v6 = address.find(':') != std::string::npos;
    log::info("daemon", "sluice {}, {} (hash {}); admin http://{}{}{}:{}", version, settings_.file,
              settings_.hash, is_v6 ? "[" : "", address, is_v6 ? "]" : "", admin_.port());
}

} // namespace sluice::daemon
