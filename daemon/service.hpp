// The daemon while it runs: all pipelines on one I/O thread, the admin server beside them, and the
// signals that stop it.
#pragma once

#include "admin/admin_server.hpp"
#include "config/settings.hpp"
#include "core/asio_clock.hpp"
#include "core/random.hpp"
#include "daemon/pipeline_host.hpp"
#include "daemon/service_manager.hpp"
#include "transform/mask/keyring.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>
#include <boost/asio/thread_pool.hpp>

#include <exception>
#include <memory>
#include <optional>
#include <vector>

namespace sluice::daemon {

class service
{
public:
    // Builds everything and connects to nothing but the admin port. `settings` must outlive the
    // service. Throws mask::keyring_error, aws::settings_error, and system_error for a port that
    // cannot be had or certificates that cannot be read.
    service(const config::settings& settings, bool once);
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    ~service();

    // Runs until a signal, or under --once until the queues are drained. Whether all went well.
    bool run();

private:
    void make_pipelines(bool once);
    awaitable<void> run_all();
    awaitable<void> keep_manager_informed();
    void await_signal();
    void stop_all();
    [[nodiscard]] std::vector<pipeline::pipeline*> watched() const;
    [[nodiscard]] postgres::stored_reader* stored(std::string_view name) const;
    void log_start() const;
    void log_end() const;

    const config::settings& settings_;
    std::optional<mask::keyring> keys_;
    asio::io_context io_{1};
    asio::thread_pool blocking_; // for the calls of libpq that may block
    asio_clock clock_;
    seeded_random random_;
    asio::signal_set signals_;
    service_manager manager_;
    sleeper next_report_;
    std::vector<std::unique_ptr<pipeline_host>> pipelines_;
    admin::admin_server admin_;
    bool stopping_ = false;
    bool all_ended_ = false;
    bool went_well_ = true;
    std::exception_ptr failure_;
};

} // namespace sluice::daemon
