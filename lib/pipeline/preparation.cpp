#include "pipeline/preparation.hpp"

#include "core/log.hpp"
#include "sink/postgres/error.hpp"

#include <fmt/format.h>

namespace sluice::pipeline {
namespace {

// What a person must repair is looked at again this often.
constexpr std::chrono::seconds repair_interval{30};

bool hides_nothing(const sqs::queue_attributes& of) noexcept
{
    return of.visibility_timeout <= std::chrono::seconds{0};
}

} // namespace

std::optional<std::string> advice_on(const sqs::queue_attributes& of)
{
    if (!of.max_receive_count || *of.max_receive_count >= receives_advised)
        return std::nullopt;
    return fmt::format("the queue's redrive policy moves a message to its dead-letter queue after "
                       "{} receives, and restarts of a receiver count; set maxReceiveCount to {} "
                       "or more, since bad messages become dead letters here at once",
                       *of.max_receive_count, receives_advised);
}

awaitable<bool> preparation::run()
{
    bool ready = co_await repeat(&preparation::read_attributes);
    asks_database_ = ready;
    if (ready)
        ready = co_await repeat(&preparation::prepare_database);
    co_return ready;
}

awaitable<bool> preparation::repeat(step which)
{
    for (bool done = false; !done;) {
        if (given_up_ || with_.stop_asked.reached())
            co_return false;
        done = co_await (this->*which)();
    }
    trouble_.reset();
    reminder_.reset();
    with_.changed();
    co_return !with_.stop_asked.reached();
}

awaitable<bool> preparation::read_attributes()
{
    std::string text;
    bool needs_repair = false;
    try {
        attributes_ = co_await with_.queue.attributes();
        needs_repair = !options_.visibility_given && hides_nothing(*attributes_);
        if (!needs_repair) {
            if (const auto advice = advice_on(*attributes_))
                log::warning("sqs", "{}: {}", options_.pipeline, *advice);
            co_return true;
        }
        text = "the queue's visibility timeout is 0, so a message would be handed out again at "
               "once: raise it, or set source.sqs.visibility";
    } catch (const sqs::queue_error& error) {
        // Without the right to ask, the timeout must be told.
        if (error.why() == sqs::failure::forbidden && options_.visibility_given)
            co_return true;
        needs_repair =
            error.why() == sqs::failure::forbidden || error.why() == sqs::failure::no_queue;
        text = error.what();
    }
    co_return co_await pause_before_retry(std::move(text), needs_repair);
}

awaitable<bool> preparation::prepare_database()
{
    std::string text;
    bool needs_repair = false;
    try {
        co_await with_.prepare_database();
        co_return true;
    } catch (const postgres::database_error& error) {
        needs_repair = error.what_to_do() == postgres::verdict::deployment_is_wrong;
        text = error.what();
    }
    co_return co_await pause_before_retry(std::move(text), needs_repair);
}

awaitable<bool> preparation::pause_before_retry(std::string text, bool needs_repair)
{
    if (needs_repair != needs_repair_)
        reminder_.reset();
    needs_repair_ = needs_repair;
    if (!options_.once && reminder_.due(with_.time.now()))
        log::warning("pipeline", "{}: {}; trying again", options_.pipeline, text);
    trouble_ = std::move(text);
    with_.changed();
    given_up_ = options_.once;
    if (given_up_)
        co_return false;
    const auto pause =
        needs_repair ? steady_clock::duration(repair_interval) : pauses_.next(with_.random);
    co_await rest_.wait_until(with_.time.now() + pause); // a stop cancels it
    co_return false;
}

void preparation::look_now()
{
    pauses_.reset();
    rest_.notify_all();
}

} // namespace sluice::pipeline
