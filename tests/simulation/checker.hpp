// The judge: told of everything that matters, it keeps what was broken.
#pragma once

#include "simulation/trace.hpp"
#include "simulation/workload.hpp"

#include <fmt/format.h>

#include <array>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

// The invariants, as the reference numbers them.
inline constexpr std::string_view no_loss = "I1 no loss";
inline constexpr std::string_view one_end = "I2 one end a message";
inline constexpr std::string_view drained_in_time = "I3 empty within the bound after healing";
inline constexpr std::string_view commit_before_delete = "I4 commit before delete";
inline constexpr std::string_view within_budget = "I5 within the budget";
inline constexpr std::string_view conservation = "I6 conservation";
inline constexpr std::string_view bad_ones_alone = "I7 a bad message holds up no other";
inline constexpr std::string_view only_bad_ones = "I8 dead letters for bad messages only";
inline constexpr std::string_view few_receives = "I9 few receives in an outage";
inline constexpr std::string_view stop_in_time = "I10 a stop ends by its deadline";
inline constexpr std::string_view no_clear_text = "I11 nothing in clear";
inline constexpr std::string_view right_values = "I12 stored as the oracle says";
inline constexpr std::string_view bounded_retry = "I13 bounded retry";
inline constexpr std::string_view ledger_complete = "I14 the ledger knows what may come again";
inline constexpr std::string_view groups_in_order = "I15 groups are stored in their order";
inline constexpr std::string_view brake_holds = "the brake holds";
inline constexpr std::string_view held_in_bounds = "held no longer than max_hold";
inline constexpr std::string_view suspects_alone = "suspects are transformed alone";
inline constexpr std::string_view true_evidence = "only deaths are evidence";
inline constexpr std::string_view no_early_release = "no release of what was sent";
inline constexpr std::string_view nothing_in_outage = "nothing received without a database";
inline constexpr std::string_view keys_in_order = "keys of a batch ascend";
inline constexpr std::string_view sound_parameters = "parameters are sound";
inline constexpr std::string_view nothing_held = "nothing held after the end";
inline constexpr std::string_view no_failure = "no part fails";
inline constexpr std::string_view scale_in_reason = "more daemons only where they would help";

inline constexpr std::string_view determinism = "determinism";

inline constexpr std::array invariants{
    no_loss,           one_end,        drained_in_time,  commit_before_delete, within_budget,
    conservation,      bad_ones_alone, only_bad_ones,    few_receives,         stop_in_time,
    no_clear_text,     right_values,   bounded_retry,    ledger_complete,      groups_in_order,
    brake_holds,       held_in_bounds, suspects_alone,   true_evidence,        no_early_release,
    nothing_in_outage, keys_in_order,  sound_parameters, nothing_held,         no_failure,
    scale_in_reason,   determinism};

class checker
{
public:
    explicit checker(trace& history) noexcept : history_(history) {}

    template <class... Args>
    void broken(std::string_view invariant, fmt::format_string<Args...> form, Args&&... args)
    {
        if (found_.size() >= kept_max)
            return;
        found_.push_back({invariant, fmt::format(form, std::forward<Args>(args)...)});
        history_.note("checker", "BROKEN {}: {}", invariant, found_.back().text);
    }

    struct breach
    {
        std::string_view invariant;
        std::string text;
    };
    [[nodiscard]] const std::vector<breach>& found() const noexcept { return found_; }

private:
    static constexpr std::size_t kept_max = 20;

    trace& history_;
    std::vector<breach> found_;
};

} // namespace sluice::simulation
