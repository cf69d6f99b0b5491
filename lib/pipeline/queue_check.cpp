#include "pipeline/queue_check.hpp"

#include "pipeline/preparation.hpp"

#include <fmt/format.h>

#include <array>
#include <functional>
#include <string>

namespace sluice::pipeline {
namespace {

using std::chrono::hours;
using std::chrono::seconds;

// A daemon that was killed leaves its messages hidden for so long.
constexpr seconds visibility_advised_max = std::chrono::minutes{15};

// An outage over a weekend costs messages below this.
constexpr hours retention_advised_min{4 * 24};

// The most specific unit that is whole: "4 d", "90 s".
std::string span(seconds of)
{
    constexpr seconds day = hours{24};
    if (of.count() > 0 && of % day == seconds{0})
        return fmt::format("{} d", of / day);
    if (of.count() > 0 && of % hours{1} == seconds{0})
        return fmt::format("{} h", of / hours{1});
    return fmt::format("{} s", of.count());
}

check_result check_visibility(const sqs::queue_attributes& of, const queue_needs& needs)
{
    const seconds used = needs.visibility.value_or(of.visibility_timeout);
    const char* const whose =
        needs.visibility ? "source.sqs.visibility" : "the queue's own timeout";
    const std::string what = fmt::format("{}, {}", span(used), whose);
    if (used < needs.statement_timeout)
        return {check_level::error, "visibility",
                fmt::format("{}, is shorter than a batch may take, {}", what,
                            span(needs.statement_timeout)),
                "raise the visibility timeout, or lower sink.postgres.timeouts.statement"};
    if (used > visibility_advised_max)
        return {check_level::warning, "visibility",
                fmt::format("{}: messages stay hidden for so long after a crash", what),
                "set 30 s to 2 min; leases are extended while messages are in work"};
    return {check_level::ok, "visibility", what, {}};
}

check_result check_retention(const sqs::queue_attributes& of, const queue_needs& needs)
{
    const std::string what = span(of.retention);
    if (of.retention >= needs.remembered)
        return {check_level::error, "retention",
                fmt::format("{} is no shorter than what the ledger remembers, {}", what,
                            span(needs.remembered)),
                "lower MessageRetentionPeriod to 14 d or less"};
    if (of.retention < retention_advised_min)
        return {
            check_level::warning, "retention",
            fmt::format("{}: SQS drops what an outage holds up for longer", what),
            fmt::format("raise MessageRetentionPeriod to {} or more", span(retention_advised_min))};
    return {check_level::ok, "retention", what, {}};
}

check_result check_redrive(const sqs::queue_attributes& of)
{
    if (!of.max_receive_count)
        return {check_level::warning, "redrive",
                "the queue has no redrive policy: a message that nobody can take comes again until "
                "it expires",
                fmt::format("give it a dead-letter queue, with a maxReceiveCount of {} or more",
                            receives_advised)};
    if (const auto advice = advice_on(of)) {
        auto [what, remedy] = what_and_remedy(*advice);
        return {check_level::warning, "redrive", std::move(what), std::move(remedy)};
    }
    return {
        check_level::ok, "redrive", fmt::format("after {} receives", *of.max_receive_count), {}};
}

check_result check_encryption(const sqs::queue_attributes& of)
{
    switch (of.at_rest) {
    case sqs::encryption::managed:
        return {check_level::ok, "encryption", "by keys of SQS", {}};
    case sqs::encryption::by_key:
        return {check_level::warning, "encryption",
                "by a KMS key: only a message that is received shows the right to use it",
                "see that this identity has kms:Decrypt on the key"};
    case sqs::encryption::none:
        return {check_level::warning, "encryption", "none: messages lie in the clear",
                "set SqsManagedSseEnabled on the queue; it costs nothing"};
    case sqs::encryption::unknown:
        break;
    }
    return {check_level::ok, "encryption", "the server does not tell", {}};
}

struct right
{
    const char* subject;
    const char* action; // as a policy names it
};

constexpr right to_receive{"receive", "sqs:ReceiveMessage"};
constexpr right to_delete{"delete", "sqs:DeleteMessage"};
constexpr right to_extend{"change visibility", "sqs:ChangeMessageVisibility"};

using attempt = std::function<awaitable<void>()>;

// What a refusal says of a right: everything but "forbidden" was judged after it.
awaitable<check_result> check_right(right which, attempt work)
{
    try {
        co_await work();
    } catch (const sqs::queue_error& error) {
        if (error.why() == sqs::failure::forbidden)
            co_return check_result{
                check_level::error, which.subject, error.what(),
                fmt::format("allow {} on this queue to this identity", which.action)};
        if (error.why() != sqs::failure::bad_request)
            co_return check_result{check_level::warning, which.subject,
                                   fmt::format("not shown: {}", error.what()),
                                   "try again when the queue answers"};
    }
    co_return check_result{
        check_level::ok, which.subject, fmt::format("{} is not denied", which.action), {}};
}

// By a receipt handle that no server ever gave.
awaitable<check_results> check_rights(sqs::client& queue)
{
    delivery none;
    none.count = 1;
    none.messages[0].receipt_handle = "sluice-preflight";
    const std::array<receipt, 1> nobodys{receipt{&none, 0}};

    const attempt receive = [&]() -> awaitable<void> { co_await queue.ask_for_nothing(); };
    const attempt remove = [&]() -> awaitable<void> { co_await queue.remove(nobodys); };
    const attempt extend = [&]() -> awaitable<void> {
        co_await queue.change_visibility(nobodys, seconds{30});
    };
    check_results out;
    out.push_back(co_await check_right(to_receive, receive));
    out.push_back(co_await check_right(to_delete, remove));
    out.push_back(co_await check_right(to_extend, extend));
    co_return out;
}

// What to say of a queue that told nothing, and whether its rights are worth a look.
struct silence
{
    check_result told;
    bool answers;
};

silence explain(const sqs::queue_error& error, bool visibility_given)
{
    const check_result told{check_level::error, "queue", error.what(), {}};
    silence out{told, false};
    switch (error.why()) {
    case sqs::failure::no_queue:
        out.told.remedy = "correct source.sqs.queue_url: its name, its account, its region";
        return out;
    case sqs::failure::forbidden:
        out.answers = true;
        if (visibility_given)
            out.told.level = check_level::warning;
        out.told.remedy = "allow sqs:GetQueueAttributes on this queue to this identity, or see "
                          "that its keys are right";
        return out;
    case sqs::failure::transient:
    case sqs::failure::throttled:
    case sqs::failure::bad_request:
    case sqs::failure::abandoned:
        break;
    }
    out.told.remedy = "see that source.sqs.endpoint can be reached from here and is an SQS server";
    return out;
}

} // namespace

check_results check_attributes(const sqs::queue_attributes& of, const queue_needs& needs)
{
    return {{check_level::ok,
             "queue",
             fmt::format("{}, {} messages visible, {} in flight, {} delayed",
                         of.fifo ? "FIFO" : "standard", of.visible, of.not_visible, of.delayed),
             {}},
            check_visibility(of, needs),
            check_retention(of, needs),
            check_redrive(of),
            check_encryption(of)};
}

awaitable<check_results> check_queue(sqs::client& queue, queue_needs needs)
{
    check_results out;
    bool answers = true;
    try {
        const sqs::queue_attributes found = co_await queue.attributes();
        out = check_attributes(found, needs);
    } catch (const sqs::queue_error& error) {
        silence why = explain(error, needs.visibility.has_value());
        out.push_back(std::move(why.told));
        answers = why.answers;
    }
    if (!answers)
        co_return out;
    const check_results rights = co_await check_rights(queue);
    out.insert(out.end(), rights.begin(), rights.end());
    co_return out;
}

} // namespace sluice::pipeline
