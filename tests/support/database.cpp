#include "support/database.hpp"

#include <fmt/format.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <stdexcept>

namespace sluice::test {
namespace {

std::string server_url()
{
    const char* const url = std::getenv("SLUICE_TEST_DATABASE"); // NOLINT(concurrency-mt-unsafe)
    if (url == nullptr)
        throw std::runtime_error("set SLUICE_TEST_DATABASE to the URL of a PostgreSQL server, as "
                                 "tests/run.sh does");
    return url;
}

postgres::connection_handle connect(const std::string& url)
{
    postgres::connection_handle handle(PQconnectdb(url.c_str()));
    if (PQstatus(handle.get()) != CONNECTION_OK)
        throw std::runtime_error(PQerrorMessage(handle.get()));
    PQsetNoticeReceiver(handle.get(), [](void*, const PGresult*) {}, nullptr);
    return handle;
}

postgres::result_handle execute(PGconn* on, std::string_view sql)
{
    postgres::result_handle result(PQexec(on, std::string(sql).c_str()));
    const ExecStatusType status = PQresultStatus(result.get());
    if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK)
        throw std::runtime_error(fmt::format("{}: {}", sql, PQerrorMessage(on)));
    return result;
}

} // namespace

fresh_database::fresh_database() : server_(connect(server_url()))
{
    static std::atomic<int> number{0};
    name_ = fmt::format("test_{}_{}", getpid(), ++number);
    execute(server_.get(), "CREATE DATABASE " + name_);
    std::string url = server_url();
    url.replace(url.rfind('/') + 1, std::string::npos, name_);
    url_ = secret(url);
    own_ = connect(url);
}

fresh_database::~fresh_database()
{
    own_.reset();
    const postgres::result_handle ignored(
        PQexec(server_.get(), ("DROP DATABASE " + name_ + " WITH (FORCE)").c_str()));
}

void fresh_database::run(std::string_view sql)
{
    execute(own_.get(), sql);
}

std::string fresh_database::ask(std::string_view sql)
{
    const auto result = execute(own_.get(), sql);
    if (PQntuples(result.get()) == 0)
        throw std::runtime_error(fmt::format("no row: {}", sql));
    return PQgetvalue(result.get(), 0, 0);
}

std::vector<std::string> fresh_database::list(std::string_view sql)
{
    const auto result = execute(own_.get(), sql);
    std::vector<std::string> out;
    for (int i = 0; i < PQntuples(result.get()); ++i)
        out.emplace_back(PQgetvalue(result.get(), i, 0));
    return out;
}

long long fresh_database::kill_sessions()
{
    return count("SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity "
                 "WHERE datname = current_database() AND pid <> pg_backend_pid()");
}

} // namespace sluice::test
