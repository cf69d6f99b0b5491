#include "simulation/link_port.hpp"

#include <algorithm>

namespace sluice::simulation {

using postgres::commit_outcome;
using postgres::database_error;
using postgres::server_error;

namespace {

constexpr milliseconds usual_latency{1};
constexpr milliseconds usual_connect{5};
constexpr milliseconds standby_look{500};
constexpr seconds late_from{30};

} // namespace

struct link_port::wire
{
    std::shared_ptr<backend> server;
    bool broken = false;
    bool swallows = false; // all that is sent from now on, and nobody is told
    std::deque<commit_outcome> outcomes;
    std::deque<std::vector<std::string>> sent; // the keys of each batch that is not answered
    steady_time last_sent{};
    steady_time last_arrival{};
    steady_time last_answer{};
    sleeper* waiting = nullptr;

    void deliver(commit_outcome what)
    {
        if (what.what == commit_outcome::kind::unknown)
            broken = true;
        else
            outcomes.push_back(std::move(what));
        if (waiting != nullptr)
            waiting->wake();
    }
};

link_port::link_port(world& in, database& of, daemon_clock& time, watcher tell,
                     std::string_view name)
    : in_(in),
      of_(of),
      tell_(std::move(tell)),
      luck_(in.how.seed, name),
      opening_(time),
      sending_(time),
      receiving_(time)
{}

link_port::~link_port() = default;

void link_port::fail(std::string_view sqlstate, std::string_view text)
{
    server_error why;
    why.sqlstate = sqlstate;
    why.text = text;
    why.fatal = true;
    throw database_error(std::move(why));
}

awaitable<void> link_port::open()
{
    if (cut_)
        fail("", "the process was killed");
    const auto here = wire_ = std::make_shared<wire>();
    of_.count_connect();
    co_await opening_.sleep_for(luck_.latency(usual_connect));
    // Its first write waits for the standby as every other does.
    while (of_.standby_gone() && !here->broken && !cut_)
        co_await opening_.sleep_for(standby_look);
    if (cut_ || here->broken)
        fail("", "the connection was closed");
    if (const auto why = of_.refuses_connection()) {
        in_.reached.reach(occasion::connect_refused);
        throw database_error(*why);
    }
    // Answers come in the order of the batches, each after its own time on the way.
    const auto answer = [this, way = std::weak_ptr(here)](commit_outcome what) {
        const auto to = way.lock();
        if (!to)
            return;
        to->last_answer = std::max(to->last_answer, in_.time.now() + luck_.latency(usual_latency));
        in_.time.at(to->last_answer, [way, what = std::move(what)] {
            if (const auto still = way.lock())
                still->deliver(what);
        });
    };
    here->server = std::make_shared<backend>(in_, of_, answer);
    of_.enter(here->server);
    here->waiting = &receiving_;
}

awaitable<void> link_port::send(transform::row_batch& batch, transform::row_batch::path way)
{
    const auto here = wire_;
    if (cut_ || here->broken)
        fail("", "the connection is closed");
    received_batch bytes;
    try {
        bytes = read_batch(batch, way);
    } catch (const malformed_parameter& why) {
        in_.judge.broken(sound_parameters, "{}", why.what());
        fail("22P03", why.what());
    }
    here->sent.push_back(bytes.ledger_ids);
    for (const letter_values& each : bytes.letters) // those that are too old have no entry
        if (const sent_message* const which = in_.messages.by_id(each.message_id))
            here->sent.back().push_back(which->ledger_key);
    here->last_sent = in_.time.now();
    tell_.sent(batch);
    if (here->swallows)
        co_return;
    if (!in_.healed && luck_.hit(in_.how.database.lost_before)) {
        in_.reached.reach(occasion::unknown_and_not_applied);
        here->swallows = luck_.hit(0.3);
        if (here->swallows)
            co_return;
        here->server->client_gone();
        here->deliver({});
        fail("", "the connection is lost");
    }
    here->last_arrival =
        std::max(here->last_arrival, in_.time.now() + luck_.latency(usual_latency));
    in_.time.at(here->last_arrival,
                [server = here->server, bytes = std::move(bytes)] { server->arrive(bytes); });
    co_await sending_.sleep_for(luck_.between(milliseconds(0), usual_latency));
    if (cut_ || here->broken)
        fail("", "the connection is lost");
}

awaitable<commit_outcome> link_port::receive()
{
    const auto here = wire_;
    while (!cut_ && !here->broken && here->outcomes.empty())
        co_await receiving_.sleep();
    if (cut_ || here->outcomes.empty())
        co_return commit_outcome{};
    const commit_outcome out = std::move(here->outcomes.front());
    here->outcomes.pop_front();
    const std::vector<std::string> keys = std::move(here->sent.front());
    here->sent.pop_front();
    if (out.what == commit_outcome::kind::committed)
        tell_.confirmed(keys);
    co_return out;
}

void link_port::close() noexcept
{
    if (!wire_)
        return;
    if (!wire_->broken && !wire_->sent.empty() && in_.time.now() - wire_->last_sent >= late_from)
        in_.reached.reach(occasion::answer_too_late);
    wire_->broken = true;
    if (wire_->server)
        wire_->server->client_gone();
    opening_.wake();
    sending_.wake();
    receiving_.wake();
}

void link_port::cut()
{
    cut_ = true;
    close();
}

} // namespace sluice::simulation
