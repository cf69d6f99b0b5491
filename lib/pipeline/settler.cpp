#include "pipeline/settler.hpp"

#include "core/log.hpp"

namespace sluice::pipeline {

using transform::row_batch;

namespace {

// Each goes when the one before it is durable, and then what followed them all.
std::vector<postgres::write_job> chain(std::vector<postgres::write_job> links,
                                       std::unique_ptr<postgres::write_job> rest)
{
    while (!links.empty()) {
        auto last = std::make_unique<postgres::write_job>(std::move(links.back()));
        links.pop_back();
        last->then = std::move(rest);
        rest = std::move(last);
    }
    links.push_back(std::move(*rest));
    return links;
}

} // namespace

// Without reading the clock: a batch is a thousand of them.
void settler::settle(receipt which, record_result how, steady_time now)
{
    with_.held.committed(which, how);
    with_.deletes.add(which, now);
}

void settler::committed(std::unique_ptr<row_batch> batch, const postgres::commit_outcome& outcome,
                        steady_clock::duration took)
{
    with_.count.commit_seconds.observe(took);
    with_.count.last_commit = with_.time.wall_now();
    const steady_time now = with_.time.now();
    with_.count.progressed_at = now;
    count_batch(*batch, outcome);

    // Which of the messages were new, the database does not say, only how many: the first ones
    // stand for them. Sums, and so every law over them, are exact.
    std::size_t new_rows = outcome.rows_stored;
    for (const row_batch::entry& each : batch->rows)
        settle(each.from,
               new_rows > 0 ? (--new_rows, record_result::row) : record_result::duplicate, now);
    std::size_t new_letters = outcome.letters_stored;
    for (const row_batch::letter_entry& each : batch->letter_entries)
        settle(each.from,
               new_letters > 0 ? (--new_letters, record_result::dead_letter)
                               : record_result::duplicate,
               now);
    for (const receipt each : batch->duplicates)
        settle(each, record_result::duplicate, now);
    // Neither stored nor deleted: SQS hands them out again after the timeout, whole, one hopes.
    for (const receipt each : batch->corrupt)
        with_.held.ended(each, record_result::released);
    watch_dead_letters(batch->rows.size() + batch->letter_entries.size(), outcome.letters_stored);
    with_.work.pool.give_back(std::move(batch));
    with_.deletes.kick();
}

void settler::watch_dead_letters(std::size_t messages, std::size_t dead_letters)
{
    const bool too_many = with_.stop_at_too_many.stored(with_.time.now(), messages, dead_letters);
    if (!too_many || with_.gate.braked())
        return;
    log::error("pipeline", "{}: {}", name_, with_.stop_at_too_many.text());
    with_.gate.pull_brake(with_.stop_at_too_many.text());
    with_.held.gate_changed();
    with_.state_changed();
}

void settler::count_batch(const row_batch& batch, const postgres::commit_outcome& outcome)
{
    counters& count = with_.count;
    count.transform_seconds.observe(batch.work_time);
    count.batch_rows.observe(static_cast<double>(batch.rows.size()));
    const wall_time now = with_.time.wall_now();
    for (const row_batch::entry& each : batch.rows)
        count.sent_to_committed.observe(now - each.from->sent_at);
    if (outcome.letters_stored == 0)
        return;
    for (const row_batch::letter_entry& each : batch.letter_entries)
        ++count.rejects[{with_.splitter.column_name(each.column), each.why}];
}

std::vector<postgres::write_job> settler::isolate(postgres::write_job job,
                                                  const postgres::commit_outcome& outcome)
{
    std::vector<postgres::write_job> out;
    const transform::database_refusal refusal{outcome.error.sqlstate, outcome.error.column,
                                              outcome.error.constraint};
    const bool in_sequence =
        job.then || (outcome.floor ? with_.splitter.keeps_order()
                                   : with_.splitter.splits_in_sequence(*job.batch));
    const auto take = [this] { return with_.work.pool.take(); };
    auto pieces = outcome.floor ? with_.splitter.set_aside_old(*job.batch, *outcome.floor, take)
                                : with_.splitter.split(*job.batch, refusal, take);
    for (auto& part : pieces) {
        postgres::write_job next;
        next.way = job.way;
        next.handed_over = true; // in the batch it came from
        next.commits_seen = job.commits_seen;
        next.batch = std::move(part);
        with_.work.count(*next.batch);
        out.push_back(std::move(next));
    }
    if (in_sequence)
        out = chain(std::move(out), std::move(job.then));
    with_.work.pool.give_back(std::move(job.batch));
    return out;
}

void settler::refused(const postgres::server_error& error, postgres::verdict what,
                      postgres::follow_up next)
{
    ++with_.count.database_errors[{std::string(postgres::sqlstate_class_of(error.sqlstate)), what}];
    if (next == postgres::follow_up::set_aside && set_aside_told_.due(with_.time.now()))
        log::warning("pipeline",
                     "{}: the database stores other messages, but refuses one, and it is not said "
                     "that its row is to blame: {}; it is tried again, and goes back to the queue "
                     "in the end",
                     name_, error.text);
}

void settler::connected(std::size_t writer)
{
    if (with_.gate.connected(writer))
        log::info("postgres", "{}: the database takes writes; {}", name_,
                  with_.gate.braked()             ? "nothing is received, the brake is pulled"
                  : with_.gate.receiving_paused() ? "nothing is received, an operator paused it"
                                                  : "receiving");
    with_.held.gate_changed();
    with_.state_changed();
}

void settler::disconnected(std::size_t writer, postgres::follow_up why, std::string_view text)
{
    const bool needs_repair = why == postgres::follow_up::await_repair;
    if (with_.gate.disconnected(writer, needs_repair, std::string(text)))
        log::warning("postgres", "{}: {}; nothing is received until {}{}", name_, text,
                     with_.gate.braked()             ? "the brake is released"
                     : with_.gate.receiving_paused() ? "an operator resumes it"
                                                     : "the database takes writes",
                     needs_repair ? ", and a person must see to this" : "");
    else
        log::debug("postgres", "{}: connection {}: {}", name_, writer, text);
    with_.wake_writers(); // what this one held goes over another
    with_.state_changed();
}

} // namespace sluice::pipeline
