// The attempts at messages that may be killing the process: a port, and its table sluice.attempts.
// An attempt is begun before a suspect is transformed and ended after it; one that was never ended
// ended with its process.
#pragma once

#include "core/asio.hpp"
#include "sink/postgres/connection.hpp"

#include <memory>
#include <string>
#include <string_view>

namespace sluice::postgres {

// One call at a time. All throw database_error, and may be repeated then: a statement whose answer
// was lost has been run, or has not, and must not count twice.
class attempt_log
{
public:
    attempt_log() = default;
    attempt_log(const attempt_log&) = delete;
    attempt_log& operator=(const attempt_log&) = delete;
    virtual ~attempt_log() = default;

    // How many attempts at the message were begun and never ended.
    virtual awaitable<unsigned> deaths(std::string_view message_id) = 0;
    // One more is begun, after so many deaths. Durable against the death of this process when it
    // returns.
    virtual awaitable<void> begin(std::string_view message_id, unsigned deaths) = 0;
    // The process has survived the message: nothing speaks against it any more.
    virtual awaitable<void> end(std::string_view message_id) = 0;

    // Ends the call that waits, and all that come: they throw.
    virtual void abandon() noexcept = 0;
};

// On a connection of its own, opened when it is first needed and after every failure: the next
// server may be another one. A server that does not answer is given up after a while.
class attempt_table final : public attempt_log
{
public:
    attempt_table(asio::any_io_executor io, asio::any_io_executor blocking, std::string pipeline,
                  login_url url);

    awaitable<unsigned> deaths(std::string_view message_id) override;
    awaitable<void> begin(std::string_view message_id, unsigned deaths) override;
    awaitable<void> end(std::string_view message_id) override;
    void abandon() noexcept override;

private:
    awaitable<rows> query(std::string sql, row parameters);
    [[nodiscard]] row key_of(std::string_view message_id) const;
    awaitable<rows> query_in_time(std::string sql, row parameters);
    awaitable<void> connect();

    asio::any_io_executor io_;
    asio::any_io_executor blocking_;
    std::string pipeline_;
    login_url url_;
    std::shared_ptr<connection> connection_; // shared with the timer that gives it up
    bool abandoned_ = false;
};

} // namespace sluice::postgres
