// sluice.ledger with its days, and sluice.ledger_floor. What a round of the keeper changes is done
// here by hand, in the steps of sink/postgres/ledger_life.cpp, whose SQL needs a real server; which
// days come and go is decided by production's own plan_days.
#pragma once

#include "simulation/world.hpp"
#include "sink/postgres/ledger_days.hpp"
#include "transform/ledger_key.hpp"

#include <cstdint>
#include <map>
#include <optional>
#include <string>

namespace sluice::simulation {

class ledger_table
{
public:
    explicit ledger_table(world& in) : in_(in), luck_(in.how.seed, "ledger") {}

    // Entries, each with its place in the log. A key whose day is not there has none.
    [[nodiscard]] bool has_day_of(const std::string& key) const;
    // One that is not, and is not too old either: somebody must make it.
    [[nodiscard]] bool must_make_day_of(const std::string& key) const;
    [[nodiscard]] bool contains(const std::string& key) const { return entries_.contains(key); }
    void add(const std::string& key, std::uint64_t place) { entries_.emplace(key, place); }
    std::size_t forget_after(std::uint64_t place);

    // What statement::floor reads.
    [[nodiscard]] std::optional<transform::ledger_key> closing() const;

    // One round, by the clock of whoever tends. It may be cut short between any two steps.
    void tend(wall_time here, wall_time there);

private:
    [[nodiscard]] std::vector<postgres::ledger_day> present() const;
    [[nodiscard]] bool is_cut_short();
    void make(const std::vector<postgres::sys_days>& wanted);
    void begin_floor();
    void take_away(const postgres::day_plan& plan);
    void judge_loss_of(postgres::sys_days day);
    void drop(postgres::sys_days day);

    world& in_;
    dice luck_;
    std::map<std::string, std::uint64_t, std::less<>> entries_;
    std::map<postgres::sys_days, postgres::day_state> days_;
    std::optional<postgres::sys_days> floor_;
    std::optional<postgres::sys_days> closing_;
};

} // namespace sluice::simulation
