// What a pipeline counts. Plain numbers of the I/O thread, so that a scrape, which runs there too,
// sees all of them at one moment.
#pragma once

#include "core/histogram.hpp"
#include "core/time.hpp"
#include "sink/postgres/verdict.hpp"
#include "source/sqs/counters.hpp"
#include "transform/reason.hpp"

#include <cstdint>
#include <map>
#include <string>
#include <utility>

namespace sluice::pipeline {

// How a message ended, told once, at its first end.
enum class record_result : std::uint8_t
{
    row,         // stored in the target table
    dead_letter, // stored in sluice.dead_letters
    duplicate,   // it was stored before, or twice in one batch
    filtered,    // a rule of the configuration dropped it (none does yet)
    released,    // given back to the queue, or left to come again, before anything was stored
    left,        // left to the queue's own redrive (on_error: leave; not built yet)
    lost,        // given up at the end of a drain: its outcome is not known, it comes again
};
inline constexpr std::size_t record_result_count = 7;

[[nodiscard]] std::string_view to_string(record_result how) noexcept;

struct counters
{
    sqs::counters source;

    std::uint64_t received = 0;
    std::uint64_t uncommitted = 0; // counted by itself: the law below is a check, not a definition
    sqs::tally<record_result, record_result_count> records;
    // (column name or empty, reason) -> dead letters
    std::map<std::pair<std::string, transform::reason>, std::uint64_t> rejects;

    call_histogram transform_seconds{call_seconds}; // a batch
    call_histogram commit_seconds{call_seconds};    // a batch, from send to its Sync
    histogram<10> batch_rows{{1, 10, 50, 100, 250, 500, 1000, 2000, 5000, 10000}};
    age_histogram sent_to_committed{age_seconds};
    std::map<std::pair<std::string, postgres::verdict>, std::uint64_t> database_errors; // by class
    wall_time last_commit{};
    steady_time progressed_at{}; // the last commit, or the start

    // received = ends + uncommitted, at every moment. Anything but 0 is a bug of ours.
    [[nodiscard]] std::int64_t conservation_gap() const noexcept;
};

} // namespace sluice::pipeline
