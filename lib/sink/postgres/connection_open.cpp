#include "core/certificates_end.hpp"
#include "core/run_on.hpp"
#include "sink/postgres/connection.hpp"

#include <fcntl.h>
#include <sys/socket.h>

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

using descriptor = asio::posix::stream_descriptor;

// Large enough for a batch: fewer partial sends, each of which makes libpq move its buffer.
constexpr int socket_send_bytes = 1 << 20;

// Settings that the user's URL may override stand before it in the list; behind it, those that it
// may not. libpq takes no notice of a null value.
constexpr std::array<const char*, 10> keywords{
    "fallback_application_name",
    "client_encoding",
    "keepalives_idle",
    "keepalives_interval",
    "keepalives_count",
    "tcp_user_timeout",
    "dbname",
    "password",
    "sslmode",
    nullptr,
};

// libpq 15 keeps no SQLSTATE of a failed attempt, but prints it when asked to be verbose:
// "FATAL:  28P01: password authentication failed ...", whatever the server's language is.
std::string find_sqlstate(std::string_view text)
{
    constexpr std::string_view client_unable_to_connect = "08001";
    constexpr std::size_t sqlstate_size = 5;
    const auto is_code = [](std::string_view word) {
        return std::all_of(word.begin(), word.end(),
                           [](char c) { return (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'); });
    };
    for (std::size_t at = text.find(":  "); at != text.npos; at = text.find(":  ", at + 1)) {
        const std::string_view rest = text.substr(at + 3);
        if (rest.size() > sqlstate_size && rest[sqlstate_size] == ':' &&
            is_code(rest.substr(0, sqlstate_size)))
            return std::string(rest.substr(0, sqlstate_size));
    }
    return std::string(client_unable_to_connect);
}

// What went wrong on one line, without the LOCATION lines that come with the verbosity.
std::string connection_failure(const PGconn* handle)
{
    std::string text = PQerrorMessage(handle);
    for (std::size_t at = text.find("\nLOCATION:"); at != text.npos; at = text.find("\nLOCATION:"))
        text.erase(at, text.find('\n', at + 1) - at);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    // A tab begins what continues the line before it.
    for (std::size_t at = text.find('\n'); at != text.npos; at = text.find('\n', at))
        text.replace(at, text.compare(at, 2, "\n\t") == 0 ? 2 : 1, "; ");
    return text;
}

} // namespace

// Notices may quote row values (RAISE NOTICE in a trigger): nobody prints them. One is heeded: the
// warning that somebody ended a commit's wait for its standby (pg_cancel_backend). The reply to
// that commit is good all the same, though a failover may forget what it says.
void connection::take_notice(void* self, const PGresult* notice)
{
    const char* const from = PQresultErrorField(notice, PG_DIAG_SOURCE_FUNCTION);
    if (from != nullptr && std::string_view(from) == "SyncRepWaitForLSN")
        static_cast<connection*>(self)->standby_unsure_ = true;
}

// PQconnectPoll may replace the descriptor, for example to try the next host.
void connection::watch_socket()
{
    release_socket();
    const int now = PQsocket(handle_.get());
    if (now < 0)
        return;
    const int ours = fcntl(now, F_DUPFD_CLOEXEC, 0);
    if (ours < 0) // out of descriptors: the next attempt may have one
        throw database_error(
            {{}, "cannot watch the connection: no descriptor left", {}, {}, {}, true});
    socket_.assign(ours);
}

awaitable<void> connection::open(const login_url& url)
{
    std::optional<secret> password;
    if (url.passwords)
        password = co_await url.passwords->make();
    if (abandoned_)
        throw_lost();
    auto start = [&] {
        const std::array<const char*, 10> values{
            "sluice",
            "UTF8",
            "10",
            "5",
            "3",
            "20000",
            url.text.reveal().c_str(),
            password ? password->reveal().c_str() : nullptr,
            password ? "verify-full" : nullptr,
            nullptr,
        };
        return PQconnectStartParams(keywords.data(), values.data(), 1);
    };
    handle_.reset(co_await run_on(blocking_, start));
    if (!handle_)
        throw std::bad_alloc();
    PQsetNoticeReceiver(handle_.get(), take_notice, this);
    PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);
    if (PQstatus(handle_.get()) != CONNECTION_BAD)
        co_await poll_connection();
    if (PQstatus(handle_.get()) != CONNECTION_OK) {
        std::string text = connection_failure(handle_.get());
        std::string sqlstate = find_sqlstate(text); // of all hosts, of which few may fit the text
        throw database_error({std::move(sqlstate), bounded(std::move(text)), {}, {}, {}, true});
    }
    PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
    PQsetnonblocking(handle_.get(), 1);
    const int bytes = socket_send_bytes;
    // A hint: a socket that refuses it works as well.
    setsockopt(PQsocket(handle_.get()), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
}

std::optional<wall_time> connection::certificates_end() const noexcept
{
    const void* const tls = PQsslStruct(handle_.get(), "OpenSSL");
    return tls != nullptr ? sluice::certificates_end(static_cast<const ssl_st*>(tls))
                          : std::nullopt;
}

awaitable<void> connection::poll_connection()
{
    PostgresPollingStatusType next = PGRES_POLLING_WRITING;
    while (next == PGRES_POLLING_WRITING || next == PGRES_POLLING_READING) {
        watch_socket();
        co_await wait(next == PGRES_POLLING_READING ? descriptor::wait_read
                                                    : descriptor::wait_write);
        // The descriptor is closed by libpq itself when it moves on to another host.
        release_socket();
        PGconn* const handle = handle_.get();
        auto poll = [handle] { return PQconnectPoll(handle); };
        next = co_await run_on(blocking_, poll);
        if (abandoned_)
            throw_lost();
    }
    watch_socket();
}

} // namespace sluice::postgres
