// One connection of the HTTP client: opened, then one exchange after another. Whatever is late is
// closed by the watchdog, and the wait that was cut off reports errc::timed_out.
#pragma once

#include "core/byte_buffer.hpp"
#include "net/input_buffer.hpp"
#include "net/message_parser.hpp"
#include "net/resolver.hpp"
#include "net/stream.hpp"
#include "net/tls.hpp"
#include "net/url.hpp"
#include "net/watchdog.hpp"

#include <optional>

namespace sluice::net {

// Errors are system_error with errc, or operation_aborted if the awaiting coroutine was cancelled.
// After any error the connection must be dropped. Not thread-safe.
class http_connection final : public watched
{
public:
    http_connection(asio::any_io_executor executor, clock& time, watchdog& dog);
    ~http_connection() = default;

    // Tries the addresses one after another, each with a fair share of the time.
    awaitable<void> open(const url& server, tls_client* tls, const addresses& candidates,
                         steady_time deadline);

    // Sends a rendered request and reads the head of the answer. Then no deadline runs until
    // read_body: the caller may have to wait for memory first.
    awaitable<void> begin(std::string_view request, std::size_t body_bytes_max,
                          steady_time deadline);

    // Does the same as read_body, and returns true, if the whole body came together with its head.
    [[nodiscard]] bool take_body(byte_buffer& into, std::size_t padding);

    // Appends the body of the answer to `into` and leaves `padding` bytes of room behind it.
    awaitable<void> read_body(byte_buffer& into, std::size_t padding, steady_time deadline);

    // Of the answer that begin() read. The views live until the next begin().
    [[nodiscard]] const message_head& head() const noexcept { return head_; }
    [[nodiscard]] std::optional<std::uint64_t> content_length() const;
    [[nodiscard]] steady_time first_byte_at() const noexcept { return first_byte_at_; }

    // Whether a byte of an answer came since the last begin(): the server may have acted.
    [[nodiscard]] bool answered() const noexcept { return answered_; }
    // Whether the answer was read to its end and both sides are willing to go on.
    [[nodiscard]] bool reusable() const;

    [[nodiscard]] steady_time opened_at() const noexcept { return opened_at_; }
    [[nodiscard]] bool peer_gone() { return stream_.peer_gone(); }

    void look(steady_time now) noexcept override;

private:
    awaitable<bool> connect(const stream::tcp::endpoint& address, steady_time deadline);
    awaitable<void> shake_hands(const url& server, tls_client& tls, steady_time deadline);
    [[nodiscard]] bool take_head();
    void parse_head(std::size_t head_bytes);

    void arm(steady_time deadline);
    void disarm() noexcept { watchdog::remove(*this); }
    [[nodiscard]] error_code translate(error_code ec) const noexcept;

    clock& clock_;
    watchdog& watchdog_;
    stream stream_;
    input_buffer in_;
    message_head head_;
    std::optional<message_parser<false>> parser_;
    std::size_t body_bytes_max_ = 0;
    std::size_t searched_ = 0;        // unread bytes that hold no end of a head
    std::size_t interim_answers_ = 0; // to the request at hand
    error_code connect_error_;        // why the last address was no good
    steady_time opened_at_{};
    steady_time first_byte_at_{};
    steady_time deadline_ = never;
    bool late_ = false;
    bool answered_ = false;
    bool whole_ = false; // the answer was read to its end
};

} // namespace sluice::net
