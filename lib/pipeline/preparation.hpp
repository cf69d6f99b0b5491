// What must work before the first message is received: the queue tells its attributes, the
// database is made ready. Tried again with a growing pause until both have.
#pragma once

#include "core/backoff.hpp"
#include "core/condition.hpp"
#include "core/milestone.hpp"
#include "core/random.hpp"
#include "core/reminder.hpp"
#include "source/sqs/queue.hpp"

#include <cstdint>
#include <functional>
#include <optional>
#include <string>

namespace sluice::pipeline {

// Every delivery counts, also one that ended with a stop or a kill: below this a few restarts make
// SQS move good messages to the queue's own dead-letter queue.
inline constexpr std::uint32_t receives_advised = 10;

// What the owner of a queue should change about it, as one line; nothing if all is well.
[[nodiscard]] std::optional<std::string> advice_on(const sqs::queue_attributes& of);

class preparation
{
public:
    struct parts
    {
        clock& time;
        random_source& random;
        sqs::queue& queue;
        std::function<awaitable<void>()> prepare_database; // throws database_error
        milestone& stop_asked;
        std::function<void()> changed; // there is trouble, or a step is done
    };
    struct options
    {
        std::string pipeline;
        bool visibility_given = false; // then the right to read attributes is not needed
        bool once = false;             // the first trouble is the end
    };

    preparation(parts with, options how)
        : with_(std::move(with)), options_(std::move(how)), rest_(with_.time)
    {}

    // False when a stop was asked for, or when there is trouble under `once`.
    awaitable<bool> run();

    // Ends the pause after a failure: tries again now. The pauses grow anew.
    void look_now();

    // What is wrong at the moment; with the database, once the queue has told its attributes.
    [[nodiscard]] const std::optional<std::string>& trouble() const noexcept { return trouble_; }
    [[nodiscard]] bool asks_database() const noexcept { return asks_database_; }
    // The trouble does not end by itself.
    [[nodiscard]] bool needs_repair() const noexcept { return needs_repair_; }
    // Nothing if they may not be read.
    [[nodiscard]] const std::optional<sqs::queue_attributes>& attributes() const noexcept
    {
        return attributes_;
    }

private:
    using step = awaitable<bool> (preparation::*)();

    awaitable<bool> repeat(step which);
    awaitable<bool> read_attributes();
    awaitable<bool> prepare_database();
    awaitable<bool> pause_before_retry(std::string text, bool needs_repair);

    parts with_;
    options options_;
    std::optional<sqs::queue_attributes> attributes_;
    std::optional<std::string> trouble_;
    bool asks_database_ = false;
    bool needs_repair_ = false;
    reminder reminder_; // of the trouble
    bool given_up_ = false;
    backoff pauses_;
    condition rest_;
};

} // namespace sluice::pipeline
