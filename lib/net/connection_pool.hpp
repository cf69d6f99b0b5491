// The connections of one HTTP client: how many there may be, and which of them waits for work.
#pragma once

#include "net/http_connection.hpp"

#include <list>
#include <memory>
#include <vector>

namespace sluice::net {

struct connection_limits
{
    std::size_t connections_max = 64;
    std::chrono::milliseconds idle_max{20'000}; // longer, and the server may just be closing it
    std::chrono::milliseconds age_max{300'000}; // so that a change of addresses is noticed
};

// Not thread-safe. Must outlive its leases.
class connection_pool final : public watched
{
public:
    connection_pool(clock& time, watchdog& dog, connection_limits limits);
    ~connection_pool() = default;

    // The right to one connection. Gives it back, or closes what it holds.
    class lease
    {
    public:
        lease() = default;
        lease(lease&& other) noexcept;
        lease& operator=(lease&& other) noexcept;
        ~lease() { end(); }

        // An idle connection, or none: then the holder may open one.
        std::unique_ptr<http_connection> connection;

        // Ends the lease: a connection that can be used again goes back to the pool.
        void end() noexcept;

    private:
        friend class connection_pool;
        explicit lease(connection_pool& pool) noexcept;

        connection_pool* pool_ = nullptr;
    };

    // Whether take() may be called: a connection is free, and nobody waits for it.
    [[nodiscard]] bool has_free() const noexcept
    {
        return leased_ < limits_.connections_max && waiting_.empty();
    }
    [[nodiscard]] lease take();

    // Waits its turn while all connections are in use; throws errc::timed_out at the deadline.
    awaitable<lease> acquire(steady_time deadline);

    // Closes the idle connections now, and those in use as soon as their answers are read.
    void close_all() noexcept;

    [[nodiscard]] std::size_t open() const noexcept { return leased_ + idle_.size(); }

    void look(steady_time now) noexcept override;

private:
    class turn;

    struct idle_connection
    {
        std::unique_ptr<http_connection> connection;
        steady_time since;
    };

    [[nodiscard]] bool too_old(const http_connection& connection, steady_time now) const noexcept;
    [[nodiscard]] std::unique_ptr<http_connection> take_idle();
    void wake_next() noexcept;
    void take_back(std::unique_ptr<http_connection> connection) noexcept;

    clock& clock_;
    watchdog& watchdog_;
    connection_limits limits_;
    std::vector<idle_connection> idle_; // the longest idle first
    std::list<sleeper*> waiting_;       // the longest waiting first
    std::size_t leased_ = 0;
    steady_time closed_all_at_ = steady_time::min();
};

} // namespace sluice::net
