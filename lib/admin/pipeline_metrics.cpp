#include "admin/pipeline_metrics.hpp"

#include "core/log.hpp"
#include "core/version.hpp"

namespace sluice::admin {
namespace {

// Samples of one pipeline.
class pipeline_page
{
public:
    pipeline_page(metric_page& page, const pipeline::pipeline& of) : page_(page), of_(of) {}

    void add_source() const;
    void add_requests() const;
    void add_flow() const;
    void add_sink() const;
    void add_expiries() const;

private:
    [[nodiscard]] labels with(labels more = {}) const
    {
        more.insert(more.begin(), {"pipeline", of_.name()});
        return more;
    }

    // One sample a value of an enumeration.
    template <class Tally, class Enum>
    void add_tally(std::string_view name, std::string_view help, std::string_view label,
                   const Tally& tally, std::initializer_list<std::pair<Enum, const char*>> values,
                   labels more = {}) const
    {
        for (const auto& [value, text] : values) {
            labels all = with(more);
            all.push_back({std::string(label), text});
            page_.counter(name, help, std::move(all), static_cast<double>(tally.of(value)));
        }
    }

    metric_page& page_;
    const pipeline::pipeline& of_;
};

template <class Number>
double number(Number value)
{
    return static_cast<double>(value);
}

void pipeline_page::add_source() const
{
    using namespace sqs;
    const counters& count = of_.count().source;
    add_tally<decltype(count.polls), poll_result>(
        "sluice_sqs_receives_total", "Long polls by what they brought", "result", count.polls,
        {{poll_result::full, "full"},
         {poll_result::part, "part"},
         {poll_result::empty, "empty"},
         {poll_result::failed, "failed"},
         {poll_result::abandoned, "abandoned"}});
    const auto received = [&](const char* delivery, std::uint64_t value) {
        page_.counter("sluice_sqs_messages_received_total",
                      "Messages received, for the first time or again",
                      with({{"delivery", delivery}}), number(value));
    };
    received("first", count.received_first);
    received("again", count.received_again);
    add_tally<decltype(count.deletes), delete_result>("sluice_sqs_deletes_total",
                                                      "Deletes of committed messages, by entry",
                                                      "result", count.deletes,
                                                      {{delete_result::deleted, "deleted"},
                                                       {delete_result::retried, "retried"},
                                                       {delete_result::given_up, "given_up"},
                                                       {delete_result::dead, "dead"}});
    add_tally<decltype(count.extensions), extension_result>(
        "sluice_sqs_lease_extensions_total", "Extensions of visibility timeouts, by entry",
        "result", count.extensions,
        {{extension_result::extended, "extended"},
         {extension_result::retried, "retried"},
         {extension_result::lost, "lost"}});
    page_.gauge("sluice_sqs_lease_remaining_seconds",
                "Time left of the lease that ends first among messages in work", with(),
                std::chrono::duration<double>(of_.least_lease_remaining()).count());
    const auto fetchers = [&](const char* state, std::size_t value) {
        page_.gauge("sluice_sqs_fetchers", "Fetchers by what they do", with({{"state", state}}),
                    number(value));
    };
    fetchers("polling", count.fetchers_polling);
    fetchers("waiting", count.fetchers_waiting);
    if (!of_.queue_seen())
        return;
    const auto queue = [&](const char* state, std::uint64_t value) {
        page_.gauge("sluice_sqs_queue_messages",
                    "Messages on the queue as SQS last told, approximately",
                    with({{"state", state}}), number(value));
    };
    queue("visible", of_.queue_seen()->visible);
    queue("not_visible", of_.queue_seen()->not_visible);
    queue("delayed", of_.queue_seen()->delayed);
    page_.gauge("sluice_sqs_retention_seconds",
                "The queue's retention: SQS itself drops what is older", with(),
                number(of_.queue_seen()->retention.count()));
}

void pipeline_page::add_flow() const
{
    using pipeline::record_result;
    const pipeline::counters& count = of_.count();
    for (std::size_t i = 0; i < pipeline::record_result_count; ++i) {
        const auto how = static_cast<record_result>(i);
        page_.counter("sluice_records_total", "Messages by how they ended, each counted once",
                      with({{"result", std::string(to_string(how))}}),
                      number(count.records.of(how)));
    }
    page_.gauge("sluice_uncommitted_messages", "Messages received that have not ended", with(),
                number(count.uncommitted));
    page_.gauge(
        "sluice_conservation_gap",
        "Messages received less those that ended or are uncommitted; anything but 0 is a bug",
        with(), number(count.conservation_gap()));
    for (const auto& [reject, times] : count.rejects)
        page_.counter("sluice_rejects_total", "Dead letters by column and reason",
                      with({{"column", reject.first},
                            {"reason", std::string(transform::to_string(reject.second))}}),
                      number(times));
    page_.gauge("sluice_in_flight_messages", "Messages between receive and delete", with(),
                number(of_.held().messages()));
    page_.gauge("sluice_in_flight_bytes", "Memory that the budget has granted", with(),
                number(of_.held().use().used().bytes));
    page_.gauge("sluice_row_bytes",
                "Rows that are made and not yet stored; workers pause at a third of the budget",
                with(), number(of_.work().memory.used()));
    const auto ring = [&](const char* name, std::size_t depth) {
        page_.gauge("sluice_ring_depth", "Batches waiting in a ring", with({{"ring", name}}),
                    number(depth));
    };
    ring("intake", of_.work().intake.size());
    ring("rows", of_.work().rows.size());
    page_.gauge("sluice_desired_replicas",
                "Daemons that would keep what waits on the queue no older than scale.target_age",
                with(), number(of_.desired_replicas()));
    page_.distribution("sluice_transform_seconds", "Time a worker spent on a batch", with(),
                       count.transform_seconds);
    page_.distribution("sluice_sent_to_committed_seconds",
                       "Age of a message, from SentTimestamp to its commit", with(),
                       count.sent_to_committed);
}

void pipeline_page::add_sink() const
{
    const pipeline::counters& count = of_.count();
    page_.distribution("sluice_postgres_batch_rows", "Rows of a committed batch", with(),
                       count.batch_rows);
    page_.distribution("sluice_postgres_batch_seconds", "From sending a batch to its commit",
                       with(), count.commit_seconds);
    for (const auto& [error, times] : count.database_errors)
        page_.counter("sluice_postgres_errors_total",
                      "Errors of PostgreSQL by SQLSTATE class and what follows from them",
                      with({{"class", error.first},
                            {"verdict", std::string(postgres::to_string(error.second))}}),
                      number(times));
    const std::size_t working = of_.gate().working();
    page_.gauge("sluice_postgres_connections", "Connections to PostgreSQL", with({{"state", "up"}}),
                number(working));
    page_.gauge("sluice_postgres_connections", "", with({{"state", "down"}}),
                number(of_.gate().connections() - working));
    page_.gauge("sluice_breaker_state",
                "0 closed (receiving), 1 open, 2 open until a person has repaired it, 3 braked, "
                "4 not known yet: the database was not asked",
                with({{"dependency", "postgres"}}), number(static_cast<int>(of_.gate().now())));
    page_.gauge("sluice_last_commit_timestamp_seconds", "When the last batch was committed", with(),
                std::chrono::duration<double>(count.last_commit.time_since_epoch()).count());
}

void pipeline_page::add_requests() const
{
    const sqs::request_counters& count = of_.requests();
    for (std::size_t i = 0; i < sqs::operation_count; ++i) {
        const auto operation = static_cast<sqs::operation>(i);
        const std::string name(to_string(operation));
        page_.distribution("sluice_sqs_request_seconds", "Duration of a request to SQS",
                           with({{"operation", name}}), count.seconds_of(operation));
        for (std::size_t j = 0; j < sqs::request_outcome_count; ++j) {
            const auto outcome = static_cast<sqs::request_outcome>(j);
            const std::uint64_t times = count.of(operation, outcome);
            if (times != 0 || outcome == sqs::request_outcome::ok)
                page_.counter(
                    "sluice_sqs_requests_total", "Requests to SQS; each is paid for",
                    with({{"operation", name}, {"outcome", std::string(to_string(outcome))}}),
                    number(times));
        }
    }
}

// What never ends, or was not seen yet, has no sample.
void pipeline_page::add_expiries() const
{
    const auto add = [this](std::string_view name, std::string_view help, labels which,
                            const std::optional<wall_time>& at) {
        if (at)
            page_.gauge(name, help, std::move(which),
                        std::chrono::duration<double>(at->time_since_epoch()).count());
    };
    const pipeline::expiry_dates at = of_.expires();
    add("sluice_credentials_expiry_timestamp_seconds", "When the AWS credentials in use expire",
        with(), at.credentials);
    constexpr std::string_view certificates = "sluice_certificate_expiry_timestamp_seconds";
    constexpr std::string_view first =
        "When the first of the certificates of a TLS connection ends, the peer's and our own";
    add(certificates, first, with({{"peer", "queue"}}), at.queue_certificate);
    add(certificates, first, with({{"peer", "database"}}), at.database_certificate);
    add("sluice_ledger_end_timestamp_seconds", "What is sent later has no day in sluice.ledger yet",
        with(), at.ledger);
}

} // namespace

void add_metrics(metric_page& page, const pipeline::pipeline& of)
{
    const pipeline_page one(page, of);
    one.add_source();
    one.add_requests();
    one.add_flow();
    one.add_sink();
    one.add_expiries();
}

void add_process(metric_page& page)
{
    page.gauge("sluice_build_info", "The version of the daemon", {{"version", version}}, 1);
    page.counter("sluice_log_lines_lost_total",
                 "Lines of the log that were dropped: nobody read it, or its disk was full", {},
                 number(log::lost_lines()));
}

} // namespace sluice::admin
