// PostgreSQL as far as a batch can see it: tables that change by whole transactions, keys that a
// running transaction holds, a standby that commits may wait for, and days on which nothing works.
#pragma once

#include "simulation/ledger_table.hpp"
#include "simulation/parameters.hpp"
#include "simulation/world.hpp"
#include "sink/postgres/link.hpp"

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <vector>

namespace sluice::simulation {

class backend;

// What a transaction is about to change, and what it will say.
struct effect
{
    std::vector<std::string> keys; // fresh ones
    std::vector<row_values> rows;
    std::vector<letter_values> letters;
    bool writes = false; // anything at all, the barrier included
    postgres::commit_outcome outcome;
};

// What everybody meets who connects or runs a batch.
enum class weather : std::uint8_t
{
    fine,
    refusing,     // nobody listens
    starting,     // 57P03
    sick,         // 53100: the disk is full
    read_only,    // 25006
    no_right,     // 42501
    no_table,     // 42P01
    no_partition, // 23514 that names no constraint
};

class database
{
public:
    explicit database(world& in);

    // Connecting, and the write by which a connection shows that it can.
    [[nodiscard]] std::optional<postgres::server_error> refuses_connection() const;
    // A batch that runs now.
    [[nodiscard]] std::optional<postgres::commit_outcome> refuses_batch();

    // What the batch would do, or why it cannot. `others` hold keys of it: wait.
    struct evaluation
    {
        bool must_wait = false;
        effect change;
    };
    // `floor`: what the transaction has read of it, some time ago.
    [[nodiscard]] evaluation evaluate(const received_batch& batch, const backend& by,
                                      const std::optional<transform::ledger_key>& floor);
    [[nodiscard]] std::optional<transform::ledger_key> floor() const { return ledger_.closing(); }

    // The keys of a transaction that has run and not ended.
    void hold(const backend& by, const std::vector<std::string>& keys);
    void let_go(const backend& by);

    // Written here; the returned number is its place in the log. 0: it wrote nothing.
    [[nodiscard]] std::uint64_t log_commit(const effect& change);
    [[nodiscard]] bool is_replicated(std::uint64_t place) const noexcept;
    // From now on everybody sees it.
    void apply(const effect& change, std::uint64_t place);

    // Backends, so that a crash finds them.
    void enter(const std::shared_ptr<backend>& one);

    // What befalls the server.
    void set_weather(weather what);
    void crash();
    void fail_over();
    void set_standby_gone(bool gone);
    void heal();
    void tend_ledger(std::chrono::milliseconds here_wrong, std::chrono::milliseconds there_wrong);

    [[nodiscard]] weather now() const noexcept { return weather_; }
    [[nodiscard]] bool standby_gone() const noexcept { return standby_gone_; }
    [[nodiscard]] dice& luck() noexcept { return luck_; }
    [[nodiscard]] bool holds_end_of(const sent_message& which) const;
    // Whether a batch was refused then, for a day that a person must make.
    [[nodiscard]] bool lacked_day_between(wall_time from, wall_time to) const;
    // Whether a row of a batch like this one was ever refused for another one's sake.
    [[nodiscard]] bool was_beside_bad(const sent_message& which) const
    {
        return beside_bad_.contains(which.ledger_key);
    }
    [[nodiscard]] std::size_t ends() const noexcept { return rows_.size() + letters_.size(); }
    [[nodiscard]] std::uint64_t connects() const noexcept { return connects_; }
    void count_connect() noexcept { ++connects_; }

private:
    struct stored
    {
        std::uint64_t place;
    };

    void replicate_until(std::uint64_t place);
    void look_all();
    void check_order(const effect& change);
    void note_group(const effect& change);
    void check_row(const row_values& row);
    void check_letter(const letter_values& letter);
    void check_conviction(const sent_message& which);
    void check_too_old(const sent_message& which);
    [[nodiscard]] const row_refusal* refusal_of(const effect& change) const;
    [[nodiscard]] bool lacks_day(const received_batch& batch) const;
    void note_fellows(const received_batch& batch);
    void note_refused_again(const std::string& key);
    void run_fast(const received_batch& batch, effect& change);
    void run_careful(const received_batch& batch, effect& change);

    world& in_;
    dice luck_;
    weather weather_ = weather::fine;
    ledger_table ledger_;
    std::map<std::string, stored, std::less<>> rows_;    // by message id
    std::map<std::string, stored, std::less<>> letters_; // by message id
    std::set<wall_time> days_lacked_;                    // when a batch met one
    std::set<std::string, std::less<>> beside_bad_;      // keys that were refused for another one
    std::map<std::string, const backend*, std::less<>> held_;
    std::vector<std::weak_ptr<backend>> backends_;
    std::uint64_t log_end_ = 0;
    std::uint64_t replicated_ = 0;
    bool standby_gone_ = false;
    std::uint64_t connects_ = 0;
};

} // namespace sluice::simulation
