#include "sink/postgres/connection.hpp"

#include <boost/asio/redirect_error.hpp>
#include <boost/system/error_code.hpp>

#include <cassert>

namespace sluice::postgres {
namespace {

using descriptor = asio::posix::stream_descriptor;

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

// Parameters as libpq takes them; views into the caller's.
struct binary_parameters
{
    explicit binary_parameters(std::span<const std::string_view> from) : formats(from.size(), 1)
    {
        assert(from.size() <= 1700 && "a table has at most 1,600 columns");
        for (const std::string_view each : from) {
            texts.push_back(each.data());
            lengths.push_back(static_cast<int>(each.size()));
        }
    }

    [[nodiscard]] int count() const noexcept { return static_cast<int>(texts.size()); }

    std::vector<const char*> texts;
    std::vector<int> lengths;
    std::vector<int> formats; // binary, all of them
};

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
    boost::system::error_code ignored; // it is closed all the same
    socket_.close(ignored);
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

awaitable<rows> connection::query_binary(std::string sql, std::vector<std::string_view> parameters)
{
    const binary_parameters values(parameters);
    if (lost() ||
        PQsendQueryParams(handle_.get(), sql.c_str(), values.count(), nullptr, values.texts.data(),
                          values.lengths.data(), values.formats.data(), 0) == 0)
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
    const binary_parameters values(parameters);
    if (lost() || PQsendQueryPrepared(handle_.get(), name, values.count(), values.texts.data(),
                                      values.lengths.data(), values.formats.data(), 0) == 0)
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
