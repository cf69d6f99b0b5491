// Batches on their way into a database that a script breaks: from SQLSTATE to verdict, to what the
// write queue decides, to the split of a bad batch. When the database is well again, every message
// has become one row or one letter, whatever happened before.
#include "sink/postgres/write_queue.hpp"

#include "fuzz/messages.hpp"
#include "fuzz/script.hpp"
#include "sink/postgres/verdict.hpp"
#include "transform/row_splitter.hpp"
#include "transform/transformer.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <deque>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

namespace {

using namespace sluice;
using namespace sluice::postgres;
using fuzz::require;
using kind = commit_outcome::kind;
using transform::ledger_key;
using transform::row_batch;
using path = row_batch::path;

constexpr std::size_t messages_max = 24;
constexpr int commits_max = 2000;     // far more than any script with its cure needs
constexpr ledger_key ledger_floor{1}; // 2^40 ms after 1970: in 2004

constexpr std::string_view configuration = R"(
pipelines:
  people:
    source: { sqs: { queue_url: "http://127.0.0.1:9324/000000000000/people" } }
    record:
      columns:
        name: { type: text, from: /name, required: true }
    sink: { postgres: { url: "postgresql://localhost/x", table: people } }
)";

// What speaks of a value, and what does not (PostgreSQL manual, appendix A).
constexpr std::array<std::string_view, 10> faults_of_a_row{
    "22001", "22003", "22021", "22P02", "23502", "23503", "23505", "23514", "P0001", "54000"};
constexpr std::array<std::string_view, 14> faults_of_the_world{
    "40001", "40P01", "55P03", "53100", "53300", "57014", "57P01",
    "25006", "08006", "XX000", "42P01", "42501", "28P01", ""};

// The longest prefix counts; all else is a sick database.
verdict expected_verdict(std::string_view sqlstate, statement where, bool has_constraint)
{
    static const std::map<std::string_view, verdict> by_prefix{
        {"40001", verdict::try_again},        {"40P01", verdict::try_again},
        {"55P03", verdict::try_again},        {"21", verdict::row_is_bad},
        {"22", verdict::row_is_bad},          {"23", verdict::row_is_bad},
        {"P0", verdict::row_is_bad},          {"54000", verdict::row_is_bad},
        {"54001", verdict::row_is_bad},       {"54", verdict::deployment_is_wrong},
        {"42", verdict::deployment_is_wrong}, {"28", verdict::deployment_is_wrong},
        {"3D", verdict::deployment_is_wrong}, {"3F", verdict::deployment_is_wrong},
        {"0A", verdict::deployment_is_wrong}, {"26", verdict::deployment_is_wrong}};
    if (sqlstate.size() != 5)
        return verdict::database_is_sick;
    if (sqlstate == "23505" && where == statement::ledger)
        return verdict::duplicate;
    if (sqlstate == "23514" && !has_constraint)
        return verdict::deployment_is_wrong;
    for (std::size_t bytes = sqlstate.size(); bytes >= 2; --bytes) {
        const auto found = by_prefix.find(sqlstate.substr(0, bytes));
        if (found == by_prefix.end())
            continue;
        const bool has_rows =
            where == statement::rows || where == statement::careful || where == statement::commit;
        // Where no row is, none is to blame: it is our own table that refuses.
        if (found->second == verdict::row_is_bad && !has_rows)
            return verdict::deployment_is_wrong;
        return found->second;
    }
    // Of code in the database: in another language, or with an SQLSTATE that is its own.
    constexpr std::string_view of_the_server =
        " 00 01 02 03 08 09 0B 0F 0L 0P 0Z 20 24 25 27 2B 2D 2F 34 3B 40 53 55 57 58 72 F0 HV XX ";
    const auto class_of_it = fmt::format(" {} ", sqlstate.substr(0, 2));
    const bool known = sqlstate.substr(0, 2).find(' ') == sqlstate.npos &&
                       of_the_server.find(class_of_it) != of_the_server.npos;
    if (!known && sqlstate.substr(0, 2) != "44" && carries_rows(where))
        return verdict::row_is_bad;
    return verdict::database_is_sick;
}

// A message, and what the database will say to it.
struct sample
{
    delivery once;
    delivery again; // the same message, delivered twice
    bool twice = false;
    bool fits = true;            // it has a name; else it is a letter from the start
    bool known = false;          // in the ledger already
    bool old = false;            // older than the ledger
    std::string_view fault = {}; // SQLSTATE of its row
    std::string name;
};

commit_outcome refused_by(statement where, std::string_view sqlstate, std::string constraint)
{
    commit_outcome out;
    out.what = kind::refused;
    out.where = where;
    out.error.sqlstate = sqlstate;
    out.error.constraint = std::move(constraint);
    return out;
}

class fleet
{
public:
    explicit fleet(fuzz::script& from) : script_(from), random_(from), queue_(random_)
    {
        make_samples();
        make_jobs();
    }

    void run()
    {
        int commits = 0;
        while (!queue_.empty()) {
            auto job = take();
            if (!job) {
                const steady_time due = queue_.next_due();
                require(due > now_ && due <= now_ + std::chrono::seconds(30), "a pause is short");
                now_ = due;
                continue;
            }
            require(++commits < commits_max, "with the database well, all comes to its end");
            job->handed_over = true;
            const commit_outcome outcome = commit(*job);
            handle(std::move(*job), outcome);
            require(messages_held() + settled_.size() == receipts_, "no message is lost");
            now_ += script_.pause();
        }
        check_end();
    }

private:
    static std::shared_ptr<const transform::mapping> columns()
    {
        static const auto made = fuzz::compiled(std::string(configuration));
        return made;
    }

    static transform::row_splitter& splitter()
    {
        static transform::row_splitter made(columns(), nullptr);
        return made;
    }

    void make_samples()
    {
        const std::size_t count = 1 + script_.below(messages_max);
        for (std::size_t i = 0; i < count; ++i) {
            auto& one = *samples_.emplace_back(std::make_unique<sample>());
            one.name = fmt::format("name-{}", i);
            const unsigned how = script_.byte();
            one.twice = (how & 8U) != 0;
            one.fits = how % 8 != 4;
            one.known = how % 8 == 5 || how % 8 == 7;
            one.old = how % 8 == 6;
            if (how % 8 == 3 || how % 8 == 7)
                one.fault = faults_of_a_row[(how >> 4U) % faults_of_a_row.size()];
            const std::string body =
                one.fits ? fmt::format(R"({{"name":"{}"}})", one.name) : std::string("{}");
            for (delivery* const each : {&one.once, &one.again}) {
                fuzz::fill(*each, {fmt::format("m-{}", i), fuzz::escaped(body), {}, {}});
                if (one.old)
                    each->messages[0].sent_at = wall_time(std::chrono::milliseconds(1000));
            }
            const ledger_key key = transform::key_of(one.once.messages[0]);
            by_key_[key] = &one;
            if (one.known) {
                ledger_.insert(key);
                rows_.insert(key);
            }
        }
    }

    // Some batches, as the workers hand them over.
    void make_jobs()
    {
        static transform::transformer work(columns(), nullptr);
        std::unique_ptr<row_batch> open;
        const auto hand_over = [&] {
            if (!open)
                return;
            open->seal();
            write_job job;
            job.way = open->way;
            job.batch = std::move(open);
            put_back(std::move(job));
        };
        for (const auto& each : samples_) {
            if (!open) {
                open = std::make_unique<row_batch>();
                columns()->shape(*open);
                open->way = script_.below(4) == 3 ? path::careful : path::fast;
            }
            static_cast<void>(work.add({&each->once, 0}, *open));
            if (each->twice)
                static_cast<void>(work.add({&each->again, 0}, *open));
            receipts_ += each->twice ? 2 : 1;
            if (script_.below(8) == 7)
                hand_over();
        }
        hand_over();
    }

    void put_back(write_job job)
    {
        waiting_.push_back({job.batch.get(), job.not_before});
        queue_.put_back(std::move(job));
    }

    std::optional<write_job> take()
    {
        const auto due = std::ranges::find_if(
            waiting_, [this](const auto& each) { return each.second <= now_; });
        auto job = queue_.take(now_);
        require(job.has_value() == (due != waiting_.end()), "what is due is taken");
        if (!job)
            return job;
        require(job->batch.get() == due->first, "oldest first");
        waiting_.erase(due);
        return job;
    }

    [[nodiscard]] std::size_t messages_held() const
    {
        std::size_t out = 0;
        for (const auto& [batch, due] : waiting_)
            out += batch->rows.size() + batch->letter_entries.size() + batch->duplicates.size();
        return out;
    }

    commit_outcome commit(write_job& job)
    {
        // Without a script the database is well.
        switch (script_.below(6)) {
        case 3:
            return {}; // lost before it came there
        case 4: {
            static_cast<void>(judge_and_apply(job));
            return {}; // lost behind it
        }
        case 5: {
            const auto sqlstate = faults_of_the_world[script_.below(faults_of_the_world.size())];
            constexpr std::array places{statement::ledger, statement::rows,    statement::letters,
                                        statement::floor,  statement::careful, statement::barrier,
                                        statement::commit};
            return refused_by(places[script_.below(places.size())], sqlstate, {});
        }
        default:
            return judge_and_apply(job);
        }
    }

    // As PostgreSQL does: the first statement that fails rolls all back.
    commit_outcome judge_and_apply(write_job& job)
    {
        const std::set<ledger_key> keys = keys_of(*job.batch);
        const bool careful = job.way == path::careful;
        const bool lacks_day =
            std::ranges::any_of(keys, [](auto& key) { return key < ledger_floor; });
        if (lacks_day) {
            auto out = refused_by(careful ? statement::careful : statement::ledger, "23514", {});
            if (careful)
                out.floor = ledger_floor;
            return out;
        }
        const auto is_known = [this](auto& key) { return ledger_.contains(key); };
        if (!careful && std::ranges::any_of(keys, is_known))
            return refused_by(statement::ledger, "23505", "ledger_pkey");
        for (const row_batch::entry& each : job.batch->rows) {
            const std::string_view fault = by_key_.at(each.key)->fault;
            if (!fault.empty() && !is_known(each.key))
                return refused_by(careful ? statement::careful : statement::rows, fault,
                                  fault.starts_with("23") ? "people_check" : "");
        }
        apply(*job.batch);
        commit_outcome out;
        out.what = kind::committed;
        return out;
    }

    // The keys of a batch, which must be those of its messages, ascending.
    std::set<ledger_key> keys_of(row_batch& batch)
    {
        std::set<ledger_key> expected;
        for (const auto& each : batch.rows)
            expected.insert(each.key);
        for (const auto& each : batch.letter_entries)
            if (each.why != transform::reason::too_old)
                expected.insert(each.key);
        require(batch.ledger_ids.count() == expected.size(), "every message locks its key");
        transform::column_cursor cursor(batch.ledger_ids.finish());
        for (const ledger_key& each : expected)
            require(cursor.next() == as_text(each), "all batches lock in one order");
        return expected;
    }

    void apply(row_batch& batch)
    {
        for (std::size_t i = 0; i < batch.rows.size(); ++i) {
            const sample& of = *by_key_.at(batch.rows[i].key);
            require(fuzz::element(batch.columns[0], i) == of.name, "a row is that of its message");
            require(fuzz::element(batch.row_keys, i) == as_text(batch.rows[i].key),
                    "and has its key");
            if (ledger_.insert(batch.rows[i].key).second)
                require(rows_.insert(batch.rows[i].key).second, "no message is a row twice");
        }
        for (std::size_t i = 0; i < batch.letter_entries.size(); ++i) {
            const auto& each = batch.letter_entries[i];
            const bool is_old = each.why == transform::reason::too_old;
            if (is_old || ledger_.insert(each.key).second)
                letters_[each.key] = {each.why,
                                      fuzz::element(batch.letters.sqlstate, i).value_or("")};
        }
    }

    void handle(write_job job, const commit_outcome& outcome)
    {
        const path before = job.way;
        const history earlier{job.conflicts, job.refusals};
        const follow_up next = queue_.decide(job, outcome, now_);
        check_decision(job, before, earlier, outcome, next);
        switch (next) {
        case follow_up::settled:
            return settle(*job.batch);
        case follow_up::isolate:
            return isolate(job, outcome);
        case follow_up::again:
        case follow_up::set_aside:
        case follow_up::reconnect:
        case follow_up::await_repair:
            return put_back(std::move(job));
        }
    }

    struct history
    {
        unsigned conflicts;
        unsigned refusals;
    };

    void check_decision(const write_job& job, path before, history earlier,
                        const commit_outcome& outcome, follow_up next) const
    {
        require((next == follow_up::settled) == (outcome.what == kind::committed),
                "what is committed is settled, and nothing else");
        require(before != path::careful || job.way == path::careful, "care is never lost");
        require(job.handed_over, "what libpq had is never released");
        const auto pause = job.not_before - now_;
        require(pause.count() >= 0 && pause <= std::chrono::seconds(30), "a pause is short");
        if (outcome.what == kind::unknown)
            require(next == follow_up::reconnect && job.way == path::careful,
                    "an unknown outcome goes again, with care");
        if (outcome.what != kind::refused)
            return;
        const bool has_constraint = !outcome.error.constraint.empty();
        const verdict what =
            expected_verdict(outcome.error.sqlstate, outcome.where, has_constraint);
        if (carries_rows(outcome.where) &&
            !lacks_partition(outcome.error.sqlstate, has_constraint) &&
            (what == verdict::database_is_sick || what == verdict::deployment_is_wrong))
            return check_doubt(job, earlier.refusals, what, next, pause);
        const bool is_isolated = what == verdict::row_is_bad && !job.batch->rows.empty();
        require((next == follow_up::isolate) == (is_isolated || outcome.floor.has_value()),
                "a row that is bad or old is isolated, and nothing else is");
        require((next == follow_up::reconnect) ==
                    (what == verdict::database_is_sick ||
                     (what == verdict::try_again && earlier.conflicts >= 5)),
                "a sick database gets a new connection");
        require(pause.count() == 0 || what == verdict::try_again, "only a conflict is waited out");
    }

    // Perhaps the world is to blame, perhaps a row.
    static void check_doubt(const write_job& job, unsigned refusals, verdict what, follow_up next,
                            steady_clock::duration pause)
    {
        const follow_up usual =
            what == verdict::database_is_sick ? follow_up::reconnect : follow_up::await_repair;
        const follow_up apart =
            job.batch->rows.size() > 1 ? follow_up::isolate : follow_up::set_aside;
        require(next == usual || (next == apart && (refusals > 0 || job.commits_seen)),
                "a batch is taken apart only after a refusal before, and a row alone waits");
        require(pause >= std::chrono::milliseconds(100), "others go first");
    }

    // As the settler does.
    void isolate(write_job& job, const commit_outcome& outcome)
    {
        const transform::database_refusal why{outcome.error.sqlstate, {}, outcome.error.constraint};
        const auto make = [] { return std::make_unique<row_batch>(); };
        auto pieces = outcome.floor ? splitter().set_aside_old(*job.batch, *outcome.floor, make)
                                    : splitter().split(*job.batch, why, make);
        for (auto& part : pieces) {
            write_job next;
            next.way = job.way;
            next.handed_over = true;
            next.commits_seen = job.commits_seen;
            next.batch = std::move(part);
            put_back(std::move(next));
        }
    }

    void settle(const row_batch& batch)
    {
        const auto settle_one = [this](receipt from) {
            require(settled_.insert(from.from).second, "a receipt is settled once");
            const ledger_key key = transform::key_of(*from);
            require(rows_.contains(key) || letters_.contains(key),
                    "what is deleted is a row or a letter");
        };
        for (const auto& each : batch.rows)
            settle_one(each.from);
        for (const auto& each : batch.letter_entries)
            settle_one(each.from);
        for (const receipt each : batch.duplicates)
            settle_one(each);
    }

    void check_end() const
    {
        require(settled_.size() == receipts_, "every receipt is settled");
        for (const auto& [key, of] : by_key_) {
            const auto letter = letters_.find(key);
            const bool is_letter = !of->known && (!of->fits || of->old || !of->fault.empty());
            require((letter != letters_.end()) == is_letter && rows_.contains(key) == !is_letter,
                    "a message is a row or a letter, and never both");
            if (letter == letters_.end())
                continue;
            const auto& [why, sqlstate] = letter->second;
            const auto expected = of->old     ? transform::reason::too_old
                                  : !of->fits ? transform::reason::missing
                                              : transform::reason::database_refused;
            require(why == expected, "a letter says why");
            require(sqlstate == (expected == transform::reason::database_refused ? of->fault : ""),
                    "and what the database said");
        }
    }

    fuzz::script& script_;
    fuzz::scripted_random random_;
    write_queue queue_;
    steady_time now_{std::chrono::hours(1)};
    std::vector<std::unique_ptr<sample>> samples_;
    std::map<ledger_key, const sample*> by_key_;
    std::deque<std::pair<const row_batch*, steady_time>> waiting_; // what the queue holds
    std::size_t receipts_ = 0;
    std::set<const delivery*> settled_;
    // The database.
    std::set<ledger_key> ledger_;
    std::set<ledger_key> rows_;
    std::map<ledger_key, std::pair<transform::reason, std::string>> letters_;
};

// Any five bytes, of any statement.
void check_judge(std::string_view bytes)
{
    const auto which =
        static_cast<statement>(static_cast<unsigned char>(fuzz::take_choice(bytes)) % 8);
    for (const bool has_constraint : {false, true})
        require(judge(bytes, which, has_constraint) ==
                    expected_verdict(bytes, which, has_constraint),
                "an SQLSTATE means what its class means");
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    const std::string_view input = fuzz::as_text(data, size);
    check_judge(input.substr(0, 6));
    fuzz::script script(input);
    fleet(script).run();
    return 0;
}
