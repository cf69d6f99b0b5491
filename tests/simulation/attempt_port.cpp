#include "simulation/attempt_port.hpp"

namespace sluice::simulation {

using postgres::database_error;
using postgres::server_error;

namespace {

constexpr milliseconds usual_latency{2};
constexpr milliseconds slow_latency{4000};

database_error lost(std::string_view text)
{
    server_error why;
    why.text = text;
    why.fatal = true;
    return database_error(std::move(why));
}

} // namespace

attempt_port::attempt_port(world& in, database& of, daemon_clock& time,
                           std::function<void()> begins, std::string who)
    : in_(in),
      of_(of),
      clock_(time),
      begins_(std::move(begins)),
      who_(std::move(who)),
      luck_(in.how.seed, who_ + " attempts"),
      place_(time)
{}

// A statement that has left is run, whether or not anybody still waits for its answer.
awaitable<void> attempt_port::run(std::function<void()> statement)
{
    if (cut_)
        throw lost("the process was killed");
    in_trouble_ = true;
    if (abandoned_)
        throw lost("abandoned");
    const database_faults& how = in_.how.database;
    const auto latency = [&] {
        return luck_.latency(!in_.healed && luck_.hit(how.slow) ? slow_latency : usual_latency);
    };
    co_await place_.sleep_for(latency());
    if (abandoned_ || cut_)
        throw lost("abandoned");
    if (const auto why = of_.refuses_connection())
        throw database_error(*why);
    if (!in_.healed && luck_.hit(how.lost_before))
        throw lost("the connection is lost");
    statement();
    if (!in_.healed && luck_.hit(how.lost_after)) {
        in_.reached.reach(occasion::attempt_unknown);
        throw lost("the connection is lost");
    }
    co_await place_.sleep_for(latency());
    if (abandoned_ || cut_)
        throw lost("abandoned");
    in_trouble_ = false;
}

awaitable<unsigned> attempt_port::deaths(std::string_view message_id)
{
    const std::string id(message_id);
    unsigned out = 0;
    co_await run([&] { out = in_.attempts.begun(id); });
    co_return out;
}

awaitable<void> attempt_port::begin(std::string_view message_id, unsigned deaths)
{
    const std::string id(message_id);
    if (!cut_)
        begins_();
    co_await run([&] { in_.attempts.begin(id, deaths + 1, who_, in_.time.now()); });
    at_ = id;
    in_.history.note(who_, "attempt {} at {}", deaths + 1, id);
}

awaitable<void> attempt_port::end(std::string_view message_id)
{
    const std::string id(message_id);
    at_.clear();
    co_await run([&] { in_.attempts.end(id, in_.time.now()); });
    in_.reached.reach(occasion::suspect_survived);
    in_.history.note(who_, "survived {}", id);
}

void attempt_port::abandon() noexcept
{
    abandoned_ = true;
    place_.wake();
}

void attempt_port::cut()
{
    cut_ = true;
    place_.wake();
}

} // namespace sluice::simulation
