#include "daemon/service/pipeline_host.hpp"

#include "core/certificates_end.hpp"
#include "core/log.hpp"
#include "daemon/rds_login.hpp"
#include "daemon/service/outside_files.hpp"
#include "sink/postgres/migrations.hpp"
#include "sink/postgres/patience.hpp"
#include "sink/postgres/table_check.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

namespace sluice::daemon {
namespace {

// The server ends a statement by itself after its timeout; we wait a little longer for the answer.
constexpr std::chrono::seconds answer_margin{10};

// A server that accepts and is silent, or a lock that somebody holds, is tried again later. The
// server gives up before we do, or it would keep a session of each try.
constexpr std::chrono::seconds prepare_within{60};
constexpr const char* prepare_settings = "SET lock_timeout = '20s'; SET statement_timeout = '50s'";

// So that a run that ends by itself does so soon.
constexpr std::chrono::seconds once_wait_max{2};

std::shared_ptr<const transform::mapping> compile(const config::pipeline& from)
{
    return transform::mapping::compile(from).made; // checked when the file was loaded
}

std::string summarize(const config::pipeline& from, const transform::mapping& columns,
                      const postgres::target_table& target)
{
    const auto masked =
        std::ranges::count_if(columns.columns(), [](const transform::column_plan& each) {
            return each.mask.kind != config::mask_kind::none;
        });
    return fmt::format("{}: {} -> {}, {} columns, {} of them masked", from.name,
                       from.source.queue_url, target.quoted_name(), columns.columns().size(),
                       masked);
}

} // namespace

pipeline_host::pipeline_host(surroundings around, const config::pipeline& from, options how)
    : around_(std::move(around)),
      options_(std::move(how)),
      name_(from.name),
      create_(from.sink.create),
      batch_(from.sink.batch),
      mapping_(compile(from)),
      target_(postgres::make_target(from.sink.schema, from.sink.table, *mapping_)),
      fifo_(from.source.is_fifo()),
      splitter_(mapping_, around_.keys.get(), fifo_),
      queue_(around_.io, around_.time, around_.random, from.source),
      database_url_(login_of(from.sink, queue_.credentials(), around_.time)),
      attempts_(around_.io, around_.blocking, name_, database_url_),
      ledger_(around_.io, around_.blocking, around_.time, around_.random,
              {.pipeline = name_, .url = database_url_}),
      stored_(std::make_shared<postgres::stored_table>(around_.io, around_.blocking, name_,
                                                       database_url_, target_)),
      chores_(around_.io, around_.time),
      summary_(summarize(from, *mapping_, target_)),
      files_(queue_.files())
{
    std::ranges::copy(database_files(database_url_.text), std::back_inserter(files_));
    files_mark_ = mark_of(files_);
    make_sessions(from);
    pipeline_ = std::make_unique<pipeline::pipeline>(make_world(), make_options(from));
}

void pipeline_host::make_sessions(const config::pipeline& from)
{
    const auto sql = std::make_shared<const postgres::statements>(target_, fifo_);
    for (std::size_t i = 0; i < from.sink.connections; ++i) {
        postgres::session_options how{
            .url = database_url_,
            .statement_timeout = from.sink.statement_timeout,
            .lock_timeout = from.sink.lock_timeout,
            .identity = {name_, options_.config_hash,
                         fmt::format("{}/{}/{}", around_.instance, name_, i)}};
        sessions_.push_back(
            std::make_unique<postgres::session>(around_.io, around_.blocking, std::move(how), sql));
    }
}

pipeline::world pipeline_host::make_world()
{
    std::vector<postgres::link*> links;
    for (const auto& each : sessions_)
        links.push_back(each.get());
    return {.executor = around_.io,
            .time = around_.time,
            .random = around_.random,
            .queue = queue_.client(),
            .links = std::move(links),
            .prepare_database = [this] { return prepare_database(); },
            .splitter = splitter_,
            .requests = queue_.requests(),
            .expires = [this] { return expires(); },
            .attempts = &attempts_,
            .start_workers = [this](std::chrono::seconds visibility) { start(visibility); }};
}

pipeline::expiry_dates pipeline_host::expires() const
{
    pipeline::expiry_dates out{.credentials = queue_.credentials_expire_at(),
                               .queue_certificate = queue_.certificates_end(),
                               .ledger = ledger_.until()};
    for (const auto& each : sessions_)
        out.database_certificate = earlier(out.database_certificate, each->certificates_end());
    return out;
}

pipeline::pipeline::options pipeline_host::make_options(const config::pipeline& from) const
{
    pipeline::pipeline::options out;
    out.name = name_;
    out.fetch.range = {from.source.fetchers.min, from.source.fetchers.max};
    out.fetch.receive.wait =
        options_.once ? std::min(from.source.wait, once_wait_max) : from.source.wait;
    out.fetch.receive.visibility = from.source.visibility;
    out.fetch.receive.message_attributes = mapping_->uses_queue_attributes();
    out.visibility_given = from.source.visibility.has_value();
    if (from.source.visibility)
        out.fetch.visibility = *from.source.visibility;
    out.delete_linger = from.source.delete_linger;
    out.write.depth = from.sink.pipeline_depth;
    out.write.answer_within = from.sink.statement_timeout + answer_margin;
    out.limit = {from.limits.in_flight_messages, from.limits.in_flight_bytes};
    out.row_bytes_max = out.limit.bytes / pipeline::copies_of_a_response;
    out.max_hold = from.source.max_hold;
    out.stop_at_too_many = {.on = from.brake.on,
                            .share_percent = from.brake.share_percent,
                            .count = from.brake.count,
                            .window = from.brake.window};
    out.scale = {.target_age = from.scale.target_age, .replicas_max = from.scale.max};
    out.drain_deadline = options_.drain_deadline;
    out.once = options_.once;
    out.fifo = fifo_;
    return out;
}

void pipeline_host::follow(const pipeline_host& before)
{
    queue_.follow(before.queue_);
    pipeline_->follow(*before.pipeline_);
}

awaitable<bool> pipeline_host::run()
{
    std::exception_ptr failure;
    bool well = false;
    try {
        well = co_await pipeline_->run();
    } catch (...) { // a bug of ours; the chores end first
        failure = std::current_exception();
    }
    ledger_.stop();
    co_await chores_.join();
    if (failure)
        std::rethrow_exception(failure);
    co_return well;
}

// The queue has told its visibility timeout, and the database is ready.
void pipeline_host::start(std::chrono::seconds visibility)
{
    chores_.spawn([this] { return ledger_.run(); });
    const auto make = [this] {
        return std::make_unique<transform::transformer>(mapping_, around_.keys.get());
    };
    workers_ = std::make_unique<pipeline::transform_threads>(
        pipeline_->work(), options_.workers, make,
        transform::batch_assembler::options{
            .limits = batch_, .lease_margin = visibility / 3, .keeps_order = fifo_});
}

// Throws database_error: the pipeline says so, and tries again.
awaitable<void> pipeline_host::prepare_database()
{
    const auto shared = std::make_shared<postgres::connection>(around_.io, around_.blocking);
    const postgres::patience in_time(around_.io, shared, prepare_within);
    postgres::connection& on = *shared;
    co_await on.open(database_url_);
    co_await on.query(prepare_settings);
    if (create_) {
        const std::vector<std::string> done = co_await postgres::migrate(
            on, around_.time.wall_now(), postgres::missing_right::may_be);
        for (const std::string& line : done)
            log::info("postgres", "{}: {}", name_, line);
        const bool made = co_await postgres::create_target(on, target_);
        if (made)
            log::info("postgres", "{}: table {} made", name_, target_.quoted_name());
    } else {
        co_await postgres::require_schema(on);
    }
    const std::vector<postgres::finding> findings = co_await postgres::check_table(on, target_);
    report(findings);
}

// What only slows or warns goes to the log; what makes every row fail is an error.
void pipeline_host::report(const std::vector<postgres::finding>& findings) const
{
    constexpr const char* syntax_error_or_access_rule_violation = "42000";
    const auto text = [this](const postgres::finding& each) {
        return each.line != 0 ? fmt::format("{}:{}: {}", options_.config_file, each.line, each.text)
                              : each.text;
    };
    std::string fatal;
    for (const postgres::finding& each : findings) {
        if (!each.fatal)
            log::warning("postgres", "{}: {}", name_, text(each));
        else
            fatal += (fatal.empty() ? "" : "; ") + text(each);
    }
    if (!fatal.empty())
        throw postgres::database_error(
            {.sqlstate = syntax_error_or_access_rule_violation, .text = std::move(fatal)});
}

} // namespace sluice::daemon
