// One connection of the HTTP server: requests come in, are handled one after another, and answered
// in order.
#pragma once

#include "core/clock.hpp"
#include "net/http_date.hpp"
#include "net/http_message.hpp"
#include "net/http_server_options.hpp"
#include "net/input_buffer.hpp"
#include "net/message_parser.hpp"
#include "net/watchdog.hpp"

#include <boost/asio/cancellation_signal.hpp>

#include <functional>
#include <optional>

namespace sluice::net {

using http_handler = std::function<awaitable<void>(const http_request&, http_response&)>;

// What all sessions of a server share; outlives them.
struct http_session_context
{
    clock& time;
    const http_server_options& options;
    const http_handler& handler;
    http_date& date;
    rate_limit& requests;
};

// Not thread-safe.
class http_session final : public watched
{
public:
    http_session(stream::tcp::socket socket, const http_session_context& context);
    ~http_session() = default;

    // Serves until the peer goes, breaks a rule, is late, or stop() is called. Never throws.
    awaitable<void> run();

    // Ends the session: at once, or after the answer that is being written.
    void stop();

    // Since when the peer has asked nothing, after it was answered; nothing while it is served.
    [[nodiscard]] std::optional<steady_time> rests_since() const noexcept { return rests_since_; }

    // To be bound to run(): through it stop() and a peer that hangs up cancel the handler.
    [[nodiscard]] asio::cancellation_slot slot() noexcept { return cancel_.slot(); }

    void look(steady_time now) noexcept override;

private:
    enum class phase
    {
        idle,     // nothing of the next request has come
        reading,  // a part of a request has come
        handling, // the handler works
        writing,  // an answer is on its way
        leaving,  // the last answer is out: waiting for the peer to close
    };

    void enter(phase next, std::chrono::milliseconds time_max);

    awaitable<void> serve_all();
    awaitable<void> shake_hands();
    awaitable<bool> serve_one();
    awaitable<void> read_head();
    awaitable<void> read_body();
    awaitable<void> wait_for_turn();
    awaitable<void> handle();
    awaitable<void> write_response(bool keep_alive);
    awaitable<void> write_pieces();
    awaitable<void> refuse(unsigned status);
    awaitable<void> leave();

    void parse_head(std::string_view bytes);
    void prepare_response();
    [[nodiscard]] unsigned refusal_status(error_code ec) const noexcept;

    const http_session_context& context_;
    stream stream_;
    asio::cancellation_signal cancel_;
    sleeper turn_;

    phase phase_ = phase::idle;
    steady_time deadline_ = never;
    std::optional<steady_time> rests_since_;
    bool late_ = false;     // the deadline of this phase has passed
    bool stopping_ = false; // by stop() or because the peer hung up

    input_buffer in_;
    message_head head_;
    std::optional<message_parser<true>> parser_;
    byte_buffer body_; // of a request that is chunked or does not fit into in_
    http_request request_;
    http_response response_;
    byte_buffer out_; // the rendered head of the answer
};

} // namespace sluice::net
