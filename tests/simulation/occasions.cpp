#include "simulation/occasions.hpp"

namespace sluice::simulation {
namespace {

// In the order of the enumerators.
constexpr std::array<std::string_view, occasion_count> names{
    "an empty long poll",
    "a message delivered again",
    "a message delivered after its delete",
    "a message twice in one batch",
    "a message delivered to two daemons",
    "a delete ignored, by an old handle",
    "an extension ignored, by an old handle",
    "an extension refused",
    "some entries of a batch failed",
    "the answer to a receive lost",
    "the answer to a delete lost",
    "an answer that says nothing",
    "throttled",
    "the queue unreachable",
    "the queue denied",
    "a body damaged on its way",
    "a poll without room",
    "a message redriven by SQS",
    "an unknown outcome that was applied",
    "an unknown outcome that was not applied",
    "a batch applied with nobody listening",
    "a fast batch that met the ledger",
    "a careful batch without a fresh message",
    "a careful batch with some fresh messages",
    "two transactions with one message",
    "a lock timeout",
    "a serialization failure",
    "a row refused",
    "a row refused on the careful path",
    "a row refused at the commit",
    "a bad row found",
    "an answer too late",
    "a connection refused",
    "the database sick",
    "the deployment wrong",
    "the database read-only",
    "the database crashed",
    "a failover",
    "a failover that forgot commits",
    "a commit that waited for the standby",
    "a wait for the standby cancelled",
    "a kill with messages in work",
    "a kill between commit and delete",
    "a stop during the start",
    "a stop while the database is down",
    "a stop that gave up a batch",
    "a stop that released messages",
    "a process that stood still",
    "a wall clock that jumped",
    "a daemon that ended by itself",
    "messages held while nothing is received",
    "a day without a database",
    "a suspect that did no harm",
    "a process killed by a message",
    "a message convicted by three deaths",
    "a row of a message with a history elsewhere",
    "an attempt with an unknown outcome",
};

} // namespace

std::string_view to_string(occasion what) noexcept
{
    return names[static_cast<std::size_t>(what)];
}

} // namespace sluice::simulation
