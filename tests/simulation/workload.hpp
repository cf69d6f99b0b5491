// The messages of a seed, and what must become of each: known beforehand, by other code than the
// daemon's.
#pragma once

#include "config/settings.hpp"
#include "core/time.hpp"
#include "simulation/dice.hpp"
#include "simulation/seal_oracle.hpp"
#include "simulation/swarm.hpp"

#include <cstddef>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::simulation {

// No stored byte may hold it: it is part of every value that must be masked.
inline constexpr std::string_view canary = "canary";

// As the server reports that it refuses a row.
struct row_refusal
{
    std::string_view sqlstate;
    std::string_view column;
    std::string_view constraint;
    bool at_commit = false; // a deferred constraint
};

using row_values = std::vector<std::optional<std::string>>; // in PostgreSQL's binary form

struct sent_message
{
    std::string body;
    bool is_bad = false;          // its end is a dead letter
    bool kills = false;           // whoever transforms it
    std::uint32_t history = 0;    // receives on another queue, which gave it up
    steady_clock::duration age{}; // when it comes
    seconds delay{0};
    std::string group; // of a FIFO queue
    std::string reason;
    std::string column;
    const row_refusal* refusal = nullptr; // the transform takes it, the database does not
    row_values row;                       // unless the transform refuses it; [0] is its id

    // Once it was sent:
    std::string id;
    std::string ledger_key; // sixteen bytes
    wall_time sent_at{};
    std::size_t place_in_group = 0;
    bool given_up = false; // by SQS: moved to the dead-letter queue, or dropped
};

// The columns of every simulated pipeline: those of the user_logins example and the message's id.
[[nodiscard]] config::pipeline pipeline_settings(const swarm& how);

class workload
{
public:
    explicit workload(const swarm& how);

    [[nodiscard]] std::vector<sent_message>& all() noexcept { return all_; }
    [[nodiscard]] const std::vector<sent_message>& all() const noexcept { return all_; }

    // SQS took the message: completes what is expected of it.
    void was_sent(std::size_t index, std::string id, wall_time sent_at);

    // SQS has it no more, though nobody deleted it.
    void was_given_up(std::string_view id);

    // Those of a group that were sent, in that order.
    [[nodiscard]] const std::vector<std::size_t>& in_group(const std::string& name) const
    {
        return groups_.at(name);
    }

    // Null if there is none.
    [[nodiscard]] const sent_message* by_id(std::string_view id) const;
    [[nodiscard]] const sent_message* by_key(std::string_view ledger_key) const;
    [[nodiscard]] std::size_t index_of(const sent_message& which) const noexcept
    {
        return static_cast<std::size_t>(&which - all_.data());
    }

private:
    [[nodiscard]] sent_message make_good(dice& luck, std::size_t number);
    void spoil_body(dice& luck, sent_message& what);

    std::vector<sent_message> all_;
    std::map<std::string, std::size_t, std::less<>> by_id_;
    std::map<std::string, std::size_t, std::less<>> by_key_;
    std::map<std::string, std::vector<std::size_t>, std::less<>> groups_;
};

} // namespace sluice::simulation
