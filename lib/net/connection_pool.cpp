#include "net/connection_pool.hpp"

#include <algorithm>
#include <cassert>
#include <utility>

namespace sluice::net {
namespace {

// A connection that was used a moment ago is worth a try without a system call.
constexpr std::chrono::milliseconds trusted_for{1'000};

} // namespace

connection_pool::lease::lease(connection_pool& pool) noexcept : pool_(&pool)
{
    ++pool_->leased_;
}

connection_pool::lease::lease(lease&& other) noexcept
    : connection(std::move(other.connection)), pool_(std::exchange(other.pool_, nullptr))
{}

connection_pool::lease& connection_pool::lease::operator=(lease&& other) noexcept
{
    end();
    connection = std::move(other.connection);
    pool_ = std::exchange(other.pool_, nullptr);
    return *this;
}

void connection_pool::lease::end() noexcept
{
    if (pool_ != nullptr)
        std::exchange(pool_, nullptr)->take_back(std::move(connection));
}

connection_pool::connection_pool(clock& time, watchdog& dog, connection_limits limits)
    : clock_(time), watchdog_(dog), limits_(limits)
{
    assert(limits_.connections_max > 0);
    idle_.reserve(limits_.connections_max); // so that take_back cannot throw
}

// A place in the queue. Whoever leaves it, for whatever reason, passes on a wake that was meant for
// the one in front.
class connection_pool::turn
{
public:
    explicit turn(connection_pool& pool)
        : pool_(pool), place_(pool.clock_), at_(pool.waiting_.insert(pool.waiting_.end(), &place_))
    {}
    turn(const turn&) = delete;
    turn& operator=(const turn&) = delete;
    ~turn()
    {
        pool_.waiting_.erase(at_);
        pool_.wake_next();
    }

    awaitable<void> wait(steady_time deadline)
    {
        while (pool_.leased_ == pool_.limits_.connections_max ||
               pool_.waiting_.front() != &place_) {
            const auto why = co_await place_.sleep_until(deadline);
            if (why == sleeper::reason::deadline)
                throw system_error(errc::timed_out, "waiting for a free connection");
        }
    }

private:
    connection_pool& pool_;
    sleeper place_;
    std::list<sleeper*>::iterator at_;
};

awaitable<connection_pool::lease> connection_pool::acquire(steady_time deadline)
{
    // Who comes later must not overtake those who wait.
    if (!has_free()) {
        turn mine(*this);
        co_await mine.wait(deadline);
    }
    co_return take();
}

connection_pool::lease connection_pool::take()
{
    assert(leased_ < limits_.connections_max);
    lease granted(*this);
    granted.connection = take_idle();
    if (!is_linked())
        watchdog_.add(*this);
    return granted;
}

void connection_pool::wake_next() noexcept
{
    if (leased_ < limits_.connections_max && !waiting_.empty())
        waiting_.front()->wake();
}

// The one used last: its peer is the least likely to be gone.
std::unique_ptr<http_connection> connection_pool::take_idle()
{
    const steady_time now = clock_.now();
    while (!idle_.empty()) {
        idle_connection candidate = std::move(idle_.back());
        idle_.pop_back();
        const steady_clock::duration idle = now - candidate.since;
        if (idle < limits_.idle_max && !too_old(*candidate.connection, now) &&
            (idle < trusted_for || !candidate.connection->peer_gone()))
            return std::move(candidate.connection);
    }
    return nullptr;
}

void connection_pool::take_back(std::unique_ptr<http_connection> connection) noexcept
{
    --leased_;
    const steady_time now = clock_.now();
    if (connection && connection->reusable() && !too_old(*connection, now))
        idle_.push_back({std::move(connection), now});
    wake_next();
}

bool connection_pool::too_old(const http_connection& connection, steady_time now) const noexcept
{
    return now - connection.opened_at() >= limits_.age_max ||
           connection.opened_at() <= closed_all_at_;
}

void connection_pool::close_all() noexcept
{
    idle_.clear();
    closed_all_at_ = clock_.now();
}

void connection_pool::look(steady_time now) noexcept
{
    const auto fresh = std::ranges::find_if(
        idle_, [&](const idle_connection& each) { return now - each.since < limits_.idle_max; });
    idle_.erase(idle_.begin(), fresh);
    if (open() == 0)
        watchdog::remove(*this); // no tick for a client that does nothing
}

} // namespace sluice::net
