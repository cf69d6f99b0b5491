// One pipeline of the configuration in the daemon: its queue, its database, its workers.
#pragma once

#include "config/settings.hpp"
#include "core/asio_clock.hpp"
#include "core/random.hpp"
#include "core/task_group.hpp"
#include "daemon/queue_access.hpp"
#include "pipeline/pipeline.hpp"
#include "pipeline/transform_threads.hpp"
#include "sink/postgres/attempt_log.hpp"
#include "sink/postgres/connection.hpp"
#include "sink/postgres/ledger_keeper.hpp"
#include "sink/postgres/session.hpp"
#include "sink/postgres/stored_reader.hpp"
#include "sink/postgres/table_check.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/row_splitter.hpp"

#include <memory>
#include <vector>

namespace sluice::daemon {

// What all pipelines of the process share.
struct surroundings
{
    asio::any_io_executor io;
    asio::any_io_executor blocking; // for the calls of libpq that may block
    clock& time;
    random_source& random;
    std::shared_ptr<const mask::keyring> keys; // null without a keyring
    std::string instance;                      // names this process in sluice.barrier
};

class pipeline_host
{
public:
    struct options
    {
        std::size_t workers = 1;
        std::chrono::milliseconds drain_deadline{20'000};
        std::string config_file;
        std::string config_hash;
        bool once = false;
    };

    // Throws aws::settings_error, system_error, and what the transform throws when it cannot mask.
    // `from` is not kept.
    pipeline_host(surroundings around, const config::pipeline& from, options how);

    // Takes the place of one that has ended. Before run().
    void follow(const pipeline_host& before);

    // Runs until stopped and drained; whether all went well.
    awaitable<bool> run();

    [[nodiscard]] pipeline::pipeline& running() noexcept { return *pipeline_; }
    // Outlives the pipeline for whoever is reading.
    [[nodiscard]] std::shared_ptr<postgres::stored_reader> stored() const { return stored_; }
    [[nodiscard]] const queue_access& queue() const noexcept { return queue_; }
    // "user_logins: QUEUE -> TABLE, 7 columns, 2 masked"
    [[nodiscard]] const std::string& summary() const noexcept { return summary_; }

    // What it has read beside the configuration, and a mark of what stood there.
    [[nodiscard]] const std::vector<std::string>& files() const noexcept { return files_; }
    [[nodiscard]] const std::string& files_mark() const noexcept { return files_mark_; }

private:
    [[nodiscard]] pipeline::world make_world();
    [[nodiscard]] pipeline::expiry_dates expires() const;
    [[nodiscard]] pipeline::pipeline::options make_options(const config::pipeline& from) const;
    void make_sessions(const config::pipeline& from);
    void start(std::chrono::seconds visibility);
    awaitable<void> prepare_database();
    void report(const std::vector<postgres::finding>& findings) const;

    surroundings around_;
    options options_;
    std::string name_;
    bool create_;
    config::batch_limits batch_;
    std::shared_ptr<const transform::mapping> mapping_;
    postgres::target_table target_;
    bool fifo_; // the queue
    transform::row_splitter splitter_;
    queue_access queue_;
    postgres::login_url database_url_;
    std::vector<std::unique_ptr<postgres::session>> sessions_;
    postgres::attempt_table attempts_;
    postgres::ledger_keeper ledger_;
    std::shared_ptr<postgres::stored_table> stored_;
    task_group chores_;
    std::string summary_;
    std::vector<std::string> files_;
    std::string files_mark_;
    std::unique_ptr<pipeline::pipeline> pipeline_;
    std::unique_ptr<pipeline::transform_threads> workers_; // dies first: it uses the rings
};

} // namespace sluice::daemon
