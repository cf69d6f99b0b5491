#include "simulation/database.hpp"

#include "simulation/backend.hpp"

#include <algorithm>

namespace sluice::simulation {

using postgres::commit_outcome;
using postgres::server_error;
using postgres::statement;

namespace {

constexpr milliseconds usual_replication{2};

commit_outcome refused(statement where, std::string_view sqlstate, std::string_view constraint = {},
                       std::string_view column = {})
{
    commit_outcome out;
    out.what = commit_outcome::kind::refused;
    out.where = where;
    out.error.sqlstate = sqlstate;
    out.error.text = std::string("the simulated server says ") + std::string(sqlstate);
    out.error.constraint = constraint;
    out.error.column = column;
    return out;
}

bool ascends(const std::vector<std::string>& keys)
{
    return std::adjacent_find(keys.begin(), keys.end(), std::greater_equal<>()) == keys.end();
}

bool holds_canary(std::string_view bytes)
{
    return bytes.find(canary) != std::string_view::npos;
}

} // namespace

database::database(world& in) : in_(in), luck_(in.how.seed, "database"), ledger_(in)
{
    ledger_.tend(in_.time.wall_now(), in_.time.wall_now()); // `sluice migrate`
}

std::optional<server_error> database::refuses_connection() const
{
    const auto say = [](std::string_view sqlstate, std::string_view text) {
        server_error out;
        out.sqlstate = sqlstate;
        out.text = text;
        out.fatal = true;
        return out;
    };
    switch (weather_) {
    case weather::fine:
    case weather::no_table: // seen only when a batch names it; prepared statements are cached
    case weather::no_partition:
        return std::nullopt;
    case weather::refusing:
        return say("", "connection refused");
    case weather::starting:
        return say("57P03", "the database system is starting up");
    case weather::sick:
        return say("53100", "could not extend file: no space left on device");
    case weather::read_only:
        return say("25006", "cannot execute INSERT in a read-only transaction");
    case weather::no_right:
        return say("42501", "permission denied for table barrier");
    }
    return std::nullopt;
}

std::optional<commit_outcome> database::refuses_batch()
{
    switch (weather_) {
    case weather::fine:
    case weather::refusing: // those who are connected go on
    case weather::starting:
        return std::nullopt;
    case weather::sick:
        in_.reached.reach(occasion::database_sick);
        return refused(statement::ledger, "53100");
    case weather::read_only:
        in_.reached.reach(occasion::database_read_only);
        return refused(statement::ledger, "25006");
    case weather::no_right:
        in_.reached.reach(occasion::deployment_wrong);
        return refused(statement::rows, "42501");
    case weather::no_table:
        in_.reached.reach(occasion::deployment_wrong);
        return refused(statement::careful, "42P01");
    case weather::no_partition:
        in_.reached.reach(occasion::deployment_wrong);
        return refused(statement::ledger, "23514");
    }
    return std::nullopt;
}

database::evaluation database::evaluate(const received_batch& batch, const backend& by,
                                        const std::optional<transform::ledger_key>& floor)
{
    evaluation out;
    if (!ascends(batch.ledger_ids))
        in_.judge.broken(keys_in_order, "two batches like this one would deadlock");
    for (const std::string& key : batch.ledger_ids) {
        const auto holder = held_.find(key);
        if (holder != held_.end() && holder->second != &by) {
            in_.reached.reach(occasion::waited_for_key);
            out.must_wait = true;
            return out;
        }
    }
    if (lacks_day(batch)) {
        const bool careful = batch.has(statement::careful);
        in_.reached.reach(occasion::day_missing);
        if (std::ranges::any_of(batch.ledger_ids,
                                [this](const auto& key) { return ledger_.must_make_day_of(key); }))
            days_lacked_.insert(in_.time.wall_now());
        out.change.outcome =
            refused(careful ? statement::careful : statement::ledger, "23514"); // no partition
        if (careful)
            out.change.outcome.floor = floor;
        return out;
    }
    out.change.outcome.what = commit_outcome::kind::committed;
    if (batch.has(statement::careful))
        run_careful(batch, out.change);
    else
        run_fast(batch, out.change);
    if (out.change.outcome.what == commit_outcome::kind::refused)
        return out;
    out.change.writes = !out.change.keys.empty() || batch.has(statement::barrier);
    if (const row_refusal* const why = refusal_of(out.change)) {
        const bool careful = batch.has(statement::careful);
        const statement where = why->at_commit ? statement::commit
                                : careful      ? statement::careful
                                               : statement::rows;
        in_.reached.reach(why->at_commit ? occasion::row_refused_at_commit
                          : careful      ? occasion::row_refused_on_careful
                                         : occasion::row_refused);
        note_fellows(batch);
        note_group(out.change);
        if (out.change.rows.size() == 1)
            in_.reached.reach(occasion::one_row_left);
        out.change.outcome = refused(where, why->sqlstate, why->constraint, why->column);
    }
    return out;
}

void database::run_fast(const received_batch& batch, effect& change)
{
    for (const std::string& key : batch.ledger_ids)
        if (ledger_.contains(key)) {
            in_.reached.reach(occasion::ledger_duplicate);
            note_refused_again(key);
            change.outcome = refused(statement::ledger, "23505", "ledger_pkey");
            return;
        }
    change.keys = batch.ledger_ids;
    change.rows = batch.rows;
    change.outcome.rows_stored = batch.rows.size();
    for (const letter_values& each : batch.letters)
        if (!letters_.contains(each.message_id))
            change.letters.push_back(each);
    change.outcome.letters_stored = change.letters.size();
}

void database::run_careful(const received_batch& batch, effect& change)
{
    std::set<std::string, std::less<>> fresh;
    for (const std::string& key : batch.ledger_ids)
        if (!ledger_.contains(key))
            fresh.insert(key);
        else
            note_refused_again(key);
    change.keys.assign(fresh.begin(), fresh.end());
    for (std::size_t i = 0; i < batch.rows.size(); ++i) {
        const sent_message* const which = in_.messages.by_key(batch.row_keys[i]);
        if (which == nullptr || which->id != batch.rows[i].front())
            in_.judge.broken(right_values, "a row stands beside the key of another message");
        if (fresh.contains(batch.row_keys[i]))
            change.rows.push_back(batch.rows[i]);
    }
    for (const letter_values& each : batch.letters)
        if ((each.key.empty() || fresh.contains(each.key)) && !letters_.contains(each.message_id))
            change.letters.push_back(each);
    change.outcome.rows_stored = change.rows.size();
    change.outcome.letters_stored = change.letters.size();
    if (fresh.empty() && !batch.ledger_ids.empty())
        in_.reached.reach(occasion::careful_all_known);
    else if (fresh.size() < batch.ledger_ids.size())
        in_.reached.reach(occasion::careful_some_known);
}

bool database::lacks_day(const received_batch& batch) const
{
    return std::ranges::any_of(batch.ledger_ids,
                               [this](const auto& key) { return !ledger_.has_day_of(key); });
}

// They must be stored without the bad one.
void database::note_fellows(const received_batch& batch)
{
    if (batch.rows.size() > 1)
        beside_bad_.insert(batch.ledger_ids.begin(), batch.ledger_ids.end());
}

// The ledger knows it still, however late it comes.
void database::note_refused_again(const std::string& key)
{
    const sent_message* const which = in_.messages.by_key(key);
    if (which != nullptr && in_.time.wall_now() - which->sent_at > std::chrono::days{13})
        in_.reached.reach(occasion::refused_after_days);
}

const row_refusal* database::refusal_of(const effect& change) const
{
    for (const row_values& each : change.rows) {
        const sent_message* const which = in_.messages.by_id(each.front().value_or(""));
        if (which != nullptr && which->refusal != nullptr)
            return which->refusal;
    }
    return nullptr;
}

void database::hold(const backend& by, const std::vector<std::string>& keys)
{
    for (const std::string& key : keys)
        held_.emplace(key, &by);
}

void database::let_go(const backend& by)
{
    if (std::erase_if(held_, [&by](const auto& each) { return each.second == &by; }) > 0)
        look_all();
}

std::uint64_t database::log_commit(const effect& change)
{
    if (!change.writes)
        return 0;
    const std::uint64_t place = ++log_end_;
    if (in_.how.database.standby)
        in_.time.after(luck_.latency(usual_replication), [this, place] {
            if (!standby_gone_)
                replicate_until(place);
        });
    return place;
}

bool database::is_replicated(std::uint64_t place) const noexcept
{
    return !in_.how.database.standby || place <= replicated_;
}

void database::replicate_until(std::uint64_t place)
{
    replicated_ = std::max(replicated_, place);
    look_all();
}

void database::apply(const effect& change, std::uint64_t place)
{
    for (const std::string& key : change.keys)
        ledger_.add(key, place);
    for (const row_values& each : change.rows) {
        check_row(each);
        rows_.emplace(each.front().value_or(""), stored{place});
    }
    for (const letter_values& each : change.letters) {
        check_letter(each);
        letters_.emplace(each.message_id, stored{place});
    }
    if (in_.how.groups > 0)
        check_order(change);
    in_.history.note("database", "commit {}: {} keys, {} rows, {} letters", place,
                     change.keys.size(), change.rows.size(), change.letters.size());
}

// Nobody sees a message stored of whose group an earlier one is not, unless SQS has given that up.
void database::check_order(const effect& change)
{
    std::map<std::string_view, const sent_message*> last_rows; // by group
    const auto check = [this](const sent_message& which) {
        for (const std::size_t each : in_.messages.in_group(which.group)) {
            const sent_message& other = in_.messages.all()[each];
            if (other.place_in_group >= which.place_in_group)
                break;
            if (!holds_end_of(other) && !other.given_up)
                in_.judge.broken(groups_in_order, "message {} of {} is stored before message {}",
                                 in_.messages.index_of(which), which.group, each);
        }
    };
    for (const row_values& each : change.rows) {
        const sent_message* const which = in_.messages.by_id(each.front().value_or(""));
        if (which == nullptr)
            continue;
        check(*which);
        const sent_message*& last = last_rows[which->group];
        if (last != nullptr && last->place_in_group > which->place_in_group)
            in_.judge.broken(groups_in_order, "message {} stands before message {} in a batch",
                             in_.messages.index_of(*last), in_.messages.index_of(*which));
        last = which;
    }
    for (const letter_values& each : change.letters)
        if (const sent_message* const which = in_.messages.by_id(each.message_id))
            check(*which);
}

// A refused batch of one group, which must be cut.
void database::note_group(const effect& change)
{
    const auto group_of = [this](const row_values& row) {
        const sent_message* const which = in_.messages.by_id(row.front().value_or(""));
        return which == nullptr ? std::string() : which->group;
    };
    const std::string first = group_of(change.rows.front());
    const bool is_one = std::ranges::all_of(
        change.rows, [&](const row_values& each) { return group_of(each) == first; });
    if (change.rows.size() > 1 && is_one && !first.empty())
        in_.reached.reach(occasion::group_row_refused);
}

void database::check_row(const row_values& row)
{
    const std::string id = row.front().value_or("");
    const sent_message* const which = in_.messages.by_id(id);
    if (which == nullptr) {
        in_.judge.broken(right_values, "a row has the id '{}' that no message has", id);
        return;
    }
    const std::size_t number = in_.messages.index_of(*which);
    if (beside_bad_.contains(which->ledger_key))
        in_.reached.reach(occasion::stored_beside_bad);
    if (which->history > 0)
        in_.reached.reach(occasion::history_stored);
    if (rows_.contains(id) || letters_.contains(id))
        in_.judge.broken(one_end, "message {} gets a second end, a row", number);
    if (which->is_bad)
        in_.judge.broken(right_values, "message {} is bad and became a row", number);
    else if (row != which->row)
        in_.judge.broken(right_values, "the row of message {} holds other values", number);
    for (const auto& value : row)
        if (value && holds_canary(*value))
            in_.judge.broken(no_clear_text, "the row of message {} shows what is masked", number);
}

void database::check_letter(const letter_values& letter)
{
    const sent_message* const which = in_.messages.by_id(letter.message_id);
    if (which == nullptr) {
        in_.judge.broken(right_values, "a dead letter of no message");
        return;
    }
    const std::size_t number = in_.messages.index_of(*which);
    if (rows_.contains(which->id) || letters_.contains(which->id))
        in_.judge.broken(one_end, "message {} gets a second end, a dead letter", number);
    if (letter.reason == "poison")
        check_conviction(*which);
    else if (letter.reason == "too_old")
        check_too_old(*which);
    else if (!which->is_bad)
        in_.judge.broken(only_bad_ones, "message {} is good and became a dead letter: {} {}",
                         number, letter.reason, letter.sqlstate);
    else if (letter.reason != which->reason || letter.column != which->column ||
             letter.sqlstate != (which->refusal ? which->refusal->sqlstate : ""))
        in_.judge.broken(only_bad_ones, "the dead letter of message {} says {} {} {}", number,
                         letter.reason, letter.column, letter.sqlstate);
    if (holds_canary(letter.bytes) || !letter.has_body || !letter.body_sealed)
        in_.judge.broken(no_clear_text, "the dead letter of message {} is not sealed", number);
}

// Only what SQS would not hand out any more: that it was never stored cannot be told.
void database::check_too_old(const sent_message& which)
{
    in_.reached.reach(occasion::too_old);
    constexpr std::chrono::hours comes_again{14 * 24 + 12};
    if (in_.time.wall_now() - which.sent_at < comes_again)
        in_.judge.broken(only_bad_ones, "message {} is young and became too old",
                         in_.messages.index_of(which));
}

// Nothing but deaths makes it poison: no history, no deploy, no outage. A message that was in work
// alone when its process was killed by others looks the same.
void database::check_conviction(const sent_message& which)
{
    in_.reached.reach(occasion::convicted);
    const unsigned deaths = in_.attempts.evidence_of(which.id);
    if (deaths < deaths_for_conviction)
        in_.judge.broken(only_bad_ones, "message {} is convicted by {} deaths",
                         in_.messages.index_of(which), deaths);
}

void database::enter(const std::shared_ptr<backend>& one)
{
    std::erase_if(backends_, [](const auto& each) { return each.expired(); });
    backends_.push_back(one);
}

void database::look_all()
{
    const auto all = backends_; // looking changes the list
    for (const auto& each : all)
        if (const auto one = each.lock())
            one->look();
}

void database::set_weather(weather what)
{
    weather_ = what;
    in_.history.note("database", "weather {}", static_cast<int>(what));
}

void database::crash()
{
    in_.reached.reach(occasion::database_crashed);
    in_.history.note("database", "crash");
    if (luck_.hit(0.5))
        in_.attempts.crash(in_.time.now());
    const auto all = backends_;
    for (const auto& each : all)
        if (const auto one = each.lock())
            one->crash();
}

// The standby takes over: what it has not seen was never there.
void database::fail_over()
{
    in_.reached.reach(occasion::failover);
    in_.history.note("database", "failover at {} of {}", replicated_, log_end_);
    const auto lost = [this](const auto& each) { return each.second.place > replicated_; };
    crash();
    const std::size_t forgot = ledger_.forget_after(replicated_) + std::erase_if(rows_, lost) +
                               std::erase_if(letters_, lost);
    if (forgot > 0)
        in_.reached.reach(occasion::failover_forgot);
    replicated_ = log_end_;
    standby_gone_ = false;
}

void database::set_standby_gone(bool gone)
{
    standby_gone_ = gone;
    in_.history.note("database", "standby {}", gone ? "gone" : "back");
    if (!gone)
        replicate_until(log_end_);
}

void database::heal()
{
    set_weather(weather::fine);
    set_standby_gone(false);
    const auto all = backends_;
    for (const auto& each : all)
        if (const auto one = each.lock())
            one->hurry();
    tend_ledger({}, {});
}

void database::tend_ledger(milliseconds here_wrong, milliseconds there_wrong)
{
    const wall_time now = in_.time.wall_now();
    if (held_.empty()) // DETACH waits for running transactions: another time
        ledger_.tend(now + here_wrong, now + there_wrong);
}

bool database::lacked_day_between(wall_time from, wall_time to) const
{
    const auto next = days_lacked_.lower_bound(from);
    return next != days_lacked_.end() && *next <= to;
}

bool database::holds_end_of(const sent_message& which) const
{
    return rows_.contains(which.id) || letters_.contains(which.id);
}

} // namespace sluice::simulation
