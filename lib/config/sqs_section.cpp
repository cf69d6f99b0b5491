#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

namespace sluice::config {
namespace {

using namespace std::chrono_literals;

constexpr count_bounds fetchers{1, 1000};

constexpr duration_bounds wait{0s, 20s};       // SQS: WaitTimeSeconds
constexpr duration_bounds visibility{1s, 12h}; // SQS: VisibilityTimeout, but 0 would hide nothing

// SQS ends every lease twelve hours after the receive; an hour is left for the work itself.
constexpr duration_bounds max_hold{0s, 11h};

// A delete that waits longer comes near the end of its lease.
constexpr duration_bounds delete_linger{0s, 10s};

} // namespace

void describe(form& keys, sqs_source& source)
{
    source.line = keys.line();
    keys.key("queue_url", text(source.queue_url, check_queue_url),
             {.help = "the queue, as SQS shows it",
              .example = "https://sqs.eu-west-1.amazonaws.com/111122223333/login-queue",
              .required = true});
    keys.key("endpoint", text(source.endpoint, check_endpoint),
             {.help = "an emulator or a VPC endpoint, in place of the region's own",
              .example = "http://127.0.0.1:9324"});
    keys.key("region", text(source.region, check_region),
             {.help = "else from the URL, the environment, the profile or the instance",
              .example = "eu-west-1"});
    keys.section("fetchers", {.help = "more while polls come back full, fewer when idle"},
                 [&](form& inner) {
                     inner.key("min", count(source.fetchers.min, fetchers),
                               {.help = "polls under way at least"});
                     inner.key("max", count(source.fetchers.max, fetchers),
                               {.help = "polls under way at most"});
                 });
    keys.key("wait", duration(source.wait, wait), {.help = "how long a poll waits for a message"});
    keys.key("visibility", duration_or("queue", source.visibility, visibility),
             {.help = "how long a received message is hidden; queue: as the queue is set"});
    keys.key("max_hold", duration(source.max_hold, max_hold),
             {.help = "how long a message is held while the database is sick"});
    keys.section("delete", {}, [&](form& inner) {
        inner.key("linger", duration(source.delete_linger, delete_linger),
                  {.help = "how long a delete waits for nine others"});
    });
}

} // namespace sluice::config
