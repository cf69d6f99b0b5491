#include "config/document.hpp"
#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

#include <utility>

namespace sluice::config {
namespace {

using namespace std::chrono_literals;

constexpr std::size_t kibibyte = std::size_t{1} << 10;
constexpr std::size_t mebibyte = std::size_t{1} << 20;

constexpr count_bounds batch_rows{1, 10'000};
constexpr size_bounds batch_bytes{kibibyte, 64 * mebibyte};
constexpr duration_bounds batch_linger{0s, 60s};
constexpr count_bounds connections{1, 64};
constexpr count_bounds pipeline_depth{1, 16};

// A statement that outlives the longest lease could only be run in vain.
constexpr duration_bounds statement_timeout{1s, 12h};
constexpr duration_bounds lock_timeout{1s, 12h};

constexpr std::array<named<database_login>, 2> login_words{{
    {"url", database_login::url},
    {"rds_iam", database_login::rds_iam},
}};

field table_field(postgres_sink& sink)
{
    field result;
    result.read = [&sink](const node& from) {
        const auto got = from.text();
        if (!got)
            return;
        sink.table = got->value.reveal();
        if (got->left)
            return;
        if (auto name = parse_table({got->value.reveal(), got->shown})) {
            sink.schema = std::move(name->schema);
            sink.table = std::move(name->table);
        } else {
            from.error(name.error());
        }
    };
    return result;
}

} // namespace

void describe(form& keys, postgres_sink& sink)
{
    sink.line = keys.line();
    keys.key("url", hidden(sink.url, check_database_url),
             {.help = "libpq URI; TLS and failover hosts as libpq has them",
              .example = "${env:DATABASE_URL}",
              .required = true});
    keys.key("login", choice(sink.login, login_words),
             {.help = "how the role shows who it is; rds_iam: an AWS token for each connection"});
    keys.key("table", table_field(sink),
             {.help = "TABLE or SCHEMA.TABLE, spelled exactly",
              .example = "user_logins",
              .required = true});
    keys.key("create", boolean(sink.create),
             {.help = "make the table from the columns if it is missing"});
    keys.section("batch", {.help = "one transaction; it is sent at whichever comes first"},
                 [&](form& inner) {
                     inner.key("rows", count(sink.batch.rows, batch_rows), {});
                     inner.key("bytes", size(sink.batch.bytes, batch_bytes), {});
                     inner.key("linger", duration(sink.batch.linger, batch_linger),
                               {.help = "how long it stays open for more rows"});
                 });
    keys.key("connections", count(sink.connections, connections),
             {.help = "more when the database is on other cores; more than 4 do not pay"});
    keys.section(
        "timeouts", {.help = "never longer than the visibility timeout"}, [&](form& inner) {
            inner.key("statement", duration(sink.statement_timeout, statement_timeout), {});
            inner.key("lock", duration(sink.lock_timeout, lock_timeout), {});
        });
    keys.key("pipeline_depth", count(sink.pipeline_depth, pipeline_depth),
             {.help = "batches under way on one connection"});
    keys.key("dedup", map_planned(only("ledger", {"none"})),
             {.help = "how a message that comes again is known"});
}

} // namespace sluice::config
