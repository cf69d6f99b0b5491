#include "sink/postgres/connection.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>

#include <sys/socket.h>

#include <algorithm>
#include <array>
#include <cassert>

namespace sluice::postgres {
namespace {

using descriptor = asio::posix::stream_descriptor;

// Large enough for a batch: fewer partial sends, each of which makes libpq move its buffer.
constexpr int socket_send_bytes = 1 << 20;

// Settings that the user's URL may override: they stand before it in the list.
constexpr std::array<const char*, 8> keywords{
    "fallback_application_name", "client_encoding",  "keepalives_idle", "keepalives_interval",
    "keepalives_count",          "tcp_user_timeout", "dbname",          nullptr,
};

// Runs libpq calls that may block on the thread kept for them.
template <class Function>
auto run_blocking(asio::any_io_executor where, Function work) -> awaitable<decltype(work())>
{
    using value = decltype(work());
    auto body = [work = std::move(work)]() -> awaitable<value> { co_return work(); };
    co_return co_await asio::co_spawn(where, std::move(body), asio::use_awaitable);
}

rows to_rows(const PGresult* result)
{
    rows out(static_cast<std::size_t>(PQntuples(result)));
    const int fields = PQnfields(result);
    for (std::size_t i = 0; i < out.size(); ++i) {
        const int at = static_cast<int>(i);
        for (int field = 0; field < fields; ++field) {
            if (PQgetisnull(result, at, field) != 0)
                out[i].emplace_back();
            else
                out[i].emplace_back(
                    std::string(PQgetvalue(result, at, field),
                                static_cast<std::size_t>(PQgetlength(result, at, field))));
        }
    }
    return out;
}

// Notices may quote row values (RAISE NOTICE in a trigger): nobody prints them.
void ignore_notice(void*, const PGresult*) {}

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

// What went wrong, without the LOCATION lines that come with the verbosity.
std::string connection_failure(const PGconn* handle)
{
    std::string text = PQerrorMessage(handle);
    for (std::size_t at = text.find("\nLOCATION:"); at != text.npos; at = text.find("\nLOCATION:"))
        text.erase(at, text.find('\n', at + 1) - at);
    while (!text.empty() && (text.back() == '\n' || text.back() == ' '))
        text.pop_back();
    std::replace(text.begin(), text.end(), '\n', ' ');
    return text;
}

} // namespace

connection::connection(asio::any_io_executor io, asio::any_io_executor blocking)
    : blocking_(std::move(blocking)), socket_(std::move(io))
{}

connection::~connection()
{
    release_socket();
}

void connection::release_socket() noexcept
{
    if (socket_.is_open())
        static_cast<void>(socket_.release());
}

void connection::throw_lost() const
{
    throw database_error({{}, "the connection to the database was lost", {}, {}, {}, true});
}

bool connection::lost() const noexcept
{
    return abandoned_ || !handle_ || PQstatus(handle_.get()) == CONNECTION_BAD;
}

void connection::abandon() noexcept
{
    abandoned_ = true;
    boost::system::error_code ignored;
    socket_.cancel(ignored); // nothing to do about a failure: the waits end by themselves
}

// PQconnectPoll may replace the descriptor, for example to try the next host.
void connection::watch_socket()
{
    const int now = PQsocket(handle_.get());
    if (socket_.is_open() && socket_.native_handle() == now)
        return;
    release_socket();
    if (now >= 0)
        socket_.assign(now);
}

awaitable<void> connection::wait(descriptor::wait_type what)
{
    if (abandoned_ || !socket_.is_open())
        throw_lost();
    boost::system::error_code ec;
    co_await socket_.async_wait(what, asio::redirect_error(asio::use_awaitable, ec));
    if (abandoned_)
        throw_lost();
    if (ec)
        throw boost::system::system_error(ec);
}

awaitable<void> connection::open(const secret& url)
{
    auto start = [&url] {
        const std::array<const char*, 8> values{
            "sluice", "UTF8", "10", "5", "3", "20000", url.reveal().c_str(), nullptr,
        };
        return PQconnectStartParams(keywords.data(), values.data(), 1);
    };
    handle_.reset(co_await run_blocking(blocking_, start));
    if (!handle_)
        throw std::bad_alloc();
    PQsetNoticeReceiver(handle_.get(), ignore_notice, nullptr);
    PQsetErrorVerbosity(handle_.get(), PQERRORS_VERBOSE);
    if (PQstatus(handle_.get()) != CONNECTION_BAD)
        co_await poll_connection();
    if (PQstatus(handle_.get()) != CONNECTION_OK) {
        std::string text = connection_failure(handle_.get());
        std::string sqlstate = find_sqlstate(text);
        throw database_error({std::move(sqlstate), std::move(text), {}, {}, {}, true});
    }
    PQsetErrorVerbosity(handle_.get(), PQERRORS_DEFAULT);
    PQsetnonblocking(handle_.get(), 1);
    const int bytes = socket_send_bytes;
    // A hint: a socket that refuses it works as well.
    setsockopt(PQsocket(handle_.get()), SOL_SOCKET, SO_SNDBUF, &bytes, sizeof(bytes));
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
        next = co_await run_blocking(blocking_, poll);
        if (abandoned_)
            throw_lost();
    }
    watch_socket();
}

awaitable<rows> connection::collect()
{
    co_await flush();
    rows out;
    std::optional<server_error> failed;
    for (;;) {
        while (PQisBusy(handle_.get()) != 0) {
            co_await wait(descriptor::wait_read);
            if (PQconsumeInput(handle_.get()) == 0)
                throw_lost();
        }
        const result_handle result(PQgetResult(handle_.get()));
        if (!result)
            break;
        switch (PQresultStatus(result.get())) {
        case PGRES_TUPLES_OK:
            out = to_rows(result.get());
            break;
        case PGRES_COMMAND_OK:
        case PGRES_EMPTY_QUERY:
            out.clear();
            break;
        default:
            if (!failed)
                failed = read_error(result.get());
            break;
        }
        if (lost())
            break;
    }
    if (failed)
        throw database_error(std::move(*failed));
    co_return out;
}

awaitable<rows> connection::query(std::string sql)
{
    if (lost() || PQsendQuery(handle_.get(), sql.c_str()) == 0)
        throw_lost();
    co_return co_await collect();
}

awaitable<rows> connection::query(std::string sql,
                                  std::vector<std::optional<std::string>> parameters)
{
    std::vector<const char*> values;
    values.reserve(parameters.size());
    for (const auto& parameter : parameters)
        values.push_back(parameter ? parameter->c_str() : nullptr);
    if (lost() || PQsendQueryParams(handle_.get(), sql.c_str(), static_cast<int>(values.size()),
                                    nullptr, values.data(), nullptr, nullptr, 0) == 0)
        throw_lost();
    co_return co_await collect();
}

void connection::enter_pipeline()
{
    if (lost() || PQenterPipelineMode(handle_.get()) == 0)
        throw_lost();
}

void connection::send_prepare(const char* name, const std::string& sql)
{
    if (lost() || PQsendPrepare(handle_.get(), name, sql.c_str(), 0, nullptr) == 0)
        throw_lost();
}

void connection::send_prepared(const char* name, std::span<const std::string_view> parameters)
{
    constexpr std::size_t parameters_max = 1700; // a table has at most 1,600 columns
    assert(parameters.size() <= parameters_max);
    std::vector<const char*> values(parameters.size());
    std::vector<int> lengths(parameters.size());
    const std::vector<int> binary(parameters.size(), 1);
    for (std::size_t i = 0; i < parameters.size(); ++i) {
        values[i] = parameters[i].data();
        lengths[i] = static_cast<int>(parameters[i].size());
    }
    if (lost() || PQsendQueryPrepared(handle_.get(), name, static_cast<int>(values.size()),
                                      values.data(), lengths.data(), binary.data(), 0) == 0)
        throw_lost();
}

void connection::send_sync()
{
    if (lost() || PQpipelineSync(handle_.get()) == 0)
        throw_lost();
}

awaitable<void> connection::flush()
{
    for (;;) {
        if (lost())
            throw_lost();
        const int left = PQflush(handle_.get());
        if (left < 0)
            throw_lost();
        if (left == 0)
            co_return;
        co_await wait(descriptor::wait_write);
    }
}

awaitable<result_handle> connection::next_result(const bool& nothing_under_way)
{
    for (;;) {
        // With nothing under way PQgetResult would say "no more" for ever.
        if (!nothing_under_way && PQisBusy(handle_.get()) == 0) {
            result_handle result(PQgetResult(handle_.get()));
            if (result)
                co_return result;
            if (PQisBusy(handle_.get()) == 0)
                continue; // the end of one statement; the next one is there already
        }
        if (lost())
            throw_lost();
        co_await wait(descriptor::wait_read);
        if (PQconsumeInput(handle_.get()) == 0)
            throw_lost();
    }
}

} // namespace sluice::postgres
