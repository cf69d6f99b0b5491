// What a seed draws before its world begins: how large everything is, and which faults are on. Each
// seed has some faults only, so that rare ones are not hidden behind frequent ones; some have none.
#pragma once

#include "core/time.hpp"
#include "pipeline/brake.hpp"

#include <cstddef>
#include <cstdint>
#include <string>

namespace sluice::simulation {

using std::chrono::milliseconds;
using std::chrono::seconds;

// Which of the ready handlers runs next.
enum class order : std::uint8_t
{
    first_come, // as one Asio thread would
    any,        // any of them
    hesitant,   // mostly the first; sometimes one of the others overtakes
};

struct daemon_shape
{
    std::size_t workers = 1;
    milliseconds work_most{3}; // of a worker, for one delivery
    std::size_t connections = 1;
    std::size_t pipeline_depth = 2;
    std::size_t batch_rows = 1000;
    milliseconds batch_linger{50};
    milliseconds delete_linger{50};
    std::size_t fetchers_max = 4;
    std::size_t in_flight_messages = 1000;
    std::size_t in_flight_bytes = std::size_t{4} << 20;
    std::size_t row_bytes_max = 0; // 0: a third of in_flight_bytes
    seconds wait{20};
    milliseconds drain_deadline{20000};
    seconds answer_within{40}; // of the database
    bool once = false;         // the last ones end by themselves
    milliseconds max_hold{600'000};
    pipeline::brake::limits brake;
    seconds target_age{120};
};

// Shares of calls, or of messages, that a fault hits.
struct queue_faults
{
    double delivered_twice = 0;
    milliseconds again_within{5000}; // after the first delivery, or after the delete
    double miscounted = 0;           // ApproximateReceiveCount says 1, whatever is true
    double with_history = 0;         // received often on another queue, which gave them up
    bool random_order = false;
    double request_lost = 0;
    double reply_lost = 0;
    double throttled = 0;
    double entries_fail = 0;
    double reply_says_nothing = 0;
    double wrong_md5 = 0;
    double slow = 0;
    double delayed = 0;    // sent with a delay
    double comes_back = 0; // deleted, and handed out once more within the time of retention
    unsigned outages = 0;
    unsigned denials = 0;
    unsigned blindnesses = 0; // receives find nothing of what is there
    bool purged = false;
    bool recreated = false; // deleted, and made anew

    // Every call is answered soon, and truly.
    [[nodiscard]] bool is_sound() const noexcept
    {
        return request_lost + reply_lost + throttled + entries_fail + reply_says_nothing + slow ==
                   0 &&
               outages + denials == 0 && !recreated;
    }
};

struct database_faults
{
    double lost_before = 0; // the connection breaks before the batch arrives
    double lost_during = 0; // while it runs: the backend may go on alone
    double lost_after = 0;  // after the commit: its reply does not arrive
    double conflict = 0;    // 40001
    double slow = 0;
    bool standby = false; // commits wait for it
    unsigned crashes = 0;
    unsigned refusals = 0;   // nobody listens
    unsigned sicknesses = 0; // full disk
    unsigned wrongs = 0;     // a right, a table or a partition is missing
    unsigned read_onlys = 0;
    unsigned failovers = 0;    // to the standby
    unsigned standby_gaps = 0; // the standby is gone for a while
};

struct process_faults
{
    unsigned kills = 0;
    double killed_at_reply = 0; // just when a commit is confirmed
    unsigned stops = 0;
    unsigned standstills = 0; // SIGSTOP, a suspended machine
    unsigned wall_jumps = 0;
    unsigned pauses = 0; // by an operator
    bool sleeps = false; // runs for minutes, and then not for hours: scaled to nothing when idle
};

// Of those who tend the ledger.
struct ledger_faults
{
    double rounds_cut = 0;   // at each step
    double clocks_wrong = 0; // share of rounds
    unsigned absences = 0;   // nobody tends it for days
};

struct swarm
{
    std::uint64_t seed = 0;
    order handlers = order::any;
    unsigned daemons = 1;
    std::size_t messages = 100;
    double bad_bodies = 0;   // share of messages that the transform refuses
    double bad_rows = 0;     // share of messages that the database refuses
    std::size_t killers = 0; // messages that kill whoever transforms them
    std::size_t groups = 0;  // message groups; 0: the queue is no FIFO queue
    seconds visibility{30};  // of the queue
    std::uint32_t receives_max = 1000;
    bool visibility_in_configuration = false;
    seconds sending_for{10};  // the messages come over this time
    seconds faults_end{120};  // then the world heals
    bool heals = true;        // false: safety only, the world stops in the midst of its faults
    bool long_outage = false; // 24 hours without a database, and nothing else
    bool burst = false;       // more than the daemons store within the target age
    double aged = 0;          // share of messages that were sent long before they come
    daemon_shape shape;
    queue_faults queue;
    database_faults database;
    process_faults process;
    ledger_faults ledger;

    [[nodiscard]] bool calm() const noexcept;
    [[nodiscard]] std::string text() const;
};

[[nodiscard]] swarm draw_swarm(std::uint64_t seed);

} // namespace sluice::simulation
