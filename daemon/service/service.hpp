// The daemon while it runs: all pipelines on one I/O thread, the admin server beside them, and the
// signals that stop it or have it read its configuration again.
#pragma once

#include "admin/admin_server.hpp"
#include "config/load.hpp"
#include "core/asio_clock.hpp"
#include "core/random.hpp"
#include "core/task_group.hpp"
#include "daemon/service/blocking_threads.hpp"
#include "daemon/service/pipeline_set.hpp"
#include "daemon/service/reload_plan.hpp"
#include "daemon/service/reload_record.hpp"
#include "daemon/service/service_manager.hpp"
#include "transform/mask/keyring.hpp"

#include <boost/asio/io_context.hpp>
#include <boost/asio/signal_set.hpp>

#include <memory>
#include <optional>
#include <string>
#include <vector>

namespace sluice::daemon {

class service
{
public:
    struct options
    {
        bool once = false;
        std::optional<log::level> level{}; // given on the command line: wins over the file's
    };

    // Builds everything and connects to nothing but the admin port. Throws mask::keyring_error,
    // aws::settings_error, and system_error for a port that cannot be had or certificates that
    // cannot be read.
    service(config::settings settings, options how);
    service(const service&) = delete;
    service& operator=(const service&) = delete;
    ~service();

    // Runs until a signal, or under --once until the queues are drained. Whether all went well.
    bool run();

private:
    struct reading;
    using keyring_pointer = std::shared_ptr<const mask::keyring>;

    [[nodiscard]] pipeline_set::member make_member(const config::settings& all,
                                                   const config::pipeline& one,
                                                   const keyring_pointer& keys);
    awaitable<void> run_all();
    awaitable<void> keep_manager_informed();
    void await_signal();
    void stop_all();
    [[nodiscard]] std::vector<pipeline::pipeline*> watched() const;
    [[nodiscard]] std::shared_ptr<postgres::stored_reader> stored(std::string_view name) const;
    void log_start() const;

    // SIGHUP; in service_reload.cpp.
    void ask_reload();
    awaitable<void> reload();
    awaitable<void> reload_once();
    awaitable<reading> read_again();
    [[nodiscard]] changed_outside compare_outside(const reading& with) const;
    [[nodiscard]] std::vector<pipeline_set::member> make_members(reading& from,
                                                                 const reload_plan& plan);
    void adopt(reading fresh);
    void refuse(const config::loaded& file);

    config::settings settings_;
    options options_;
    std::string keyring_mark_; // of the file that keys_ came from
    keyring_pointer keys_;
    asio::io_context io_{1};
    blocking_threads blocking_; // for the calls of libpq that may block, and for reading files
    asio_clock clock_;
    seeded_random random_;
    asio::signal_set signals_;
    service_manager manager_;
    sleeper next_report_;
    reload_record reloads_;
    pipeline_set pipelines_;
    admin::admin_server admin_;
    bool stopping_ = false;
    bool all_ended_ = false;
    bool reload_asked_ = false;
    bool reloading_ = false;
    std::exception_ptr failure_;
    task_group serving_;
};

} // namespace sluice::daemon
