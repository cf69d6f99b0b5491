// libpq, driven without ever blocking the I/O thread: plain queries for set-up, and the pipeline
// mode that carries the batches.
#pragma once

#include "core/asio.hpp"
#include "core/time.hpp"
#include "sink/postgres/error.hpp"
#include "sink/postgres/handles.hpp"
#include "sink/postgres/login_url.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::postgres {

// Rows of a plain query, as text; null is nothing.
using row = std::vector<std::optional<std::string>>;
using rows = std::vector<row>;

// One connection. Belongs to one executor. Every failure is a database_error; a lost connection is
// one without an SQLSTATE. libpq may look up host names and check passwords in its connecting
// calls: those run on `blocking`, an executor with a thread of its own.
class connection
{
public:
    connection(asio::any_io_executor io, asio::any_io_executor blocking);
    connection(const connection&) = delete;
    connection& operator=(const connection&) = delete;
    ~connection();

    // Connects. What the URL says wins over our defaults (application_name, keepalives). A password
    // that is made for the connection is shown to no server but that of the URL: verify-full.
    awaitable<void> open(const login_url& url);

    // Runs one or several statements by the simple protocol and returns the rows of the last.
    awaitable<rows> query(std::string sql);
    // One statement with text parameters.
    awaitable<rows> query(std::string sql, std::vector<std::optional<std::string>> parameters);

    // One statement with parameters as PostgreSQL's receive functions take them.
    awaitable<rows> query_binary(std::string sql, std::vector<std::string_view> parameters);

    // Pipeline mode (PostgreSQL manual, 34.5). From here on query() may not be used.
    void enter_pipeline();
    void send_prepare(const char* name, const std::string& sql);
    // Parameters are binary, as PostgreSQL's receive functions take them.
    void send_prepared(const char* name, std::span<const std::string_view> parameters);
    // Ends the segment: the server commits it, or reports why not, at this point.
    void send_sync();
    // Returns when every queued byte was handed to the kernel. Another coroutine must be in
    // next_result meanwhile, or the server may stop reading (libpq pipeline deadlock).
    awaitable<void> flush();
    // The next result of the pipeline, Syncs among them. Waits also when nothing is under way, and
    // then notices a connection that dies.
    awaitable<result_handle> next_result(const bool& nothing_under_way);

    // Ends every wait of this connection with a lost connection. It is of no use afterwards.
    void abandon() noexcept;

    [[nodiscard]] bool lost() const noexcept;
    // A commit of this connection was acknowledged although its standby was not.
    [[nodiscard]] bool standby_unsure() const noexcept { return standby_unsure_; }
    // Of the TLS that it runs through; nothing without. Once it is open.
    [[nodiscard]] std::optional<wall_time> certificates_end() const noexcept;
    [[nodiscard]] PGconn* native() const noexcept { return handle_.get(); }

private:
    static void take_notice(void* self, const PGresult* notice);
    awaitable<void> wait(asio::posix::stream_descriptor::wait_type what);
    awaitable<void> poll_connection();
    void watch_socket();
    void release_socket() noexcept;
    awaitable<rows> collect();
    [[noreturn]] void throw_lost() const;

    asio::any_io_executor blocking_;
    connection_handle handle_;
    // Watches a duplicate of libpq's descriptor. libpq closes its own when the connection is lost,
    // and the next socket of the process gets that number: to stop watching it then would deafen
    // whoever has it.
    asio::posix::stream_descriptor socket_;
    bool abandoned_ = false;
    bool standby_unsure_ = false;
};

} // namespace sluice::postgres
