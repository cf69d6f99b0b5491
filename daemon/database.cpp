#include "daemon/database.hpp"

#include "aws/settings_error.hpp"
#include "daemon/rds_login.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/thread_pool.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>

namespace sluice::daemon {
namespace {

// For all hosts of the URL together.
constexpr std::chrono::seconds connect_time_max{30};

// Everything lives until the loop has ended, so that handlers may point into it.
class database_work
{
public:
    void run(const config::postgres_sink& to,
             const std::function<awaitable<void>(postgres::connection&)>& work)
    {
        const postgres::login_url url = find_login(to);
        std::exception_ptr failure;
        auto body = [&]() -> awaitable<void> {
            co_await open(url);
            co_await work(connection_);
        };
        asio::co_spawn(io_, body, [&failure](std::exception_ptr e) { failure = std::move(e); });
        io_.run();
        if (failure)
            std::rethrow_exception(failure);
    }

private:
    postgres::login_url find_login(const config::postgres_sink& to)
    {
        try {
            return rds_identity_.login(to);
        } catch (const aws::settings_error& error) {
            constexpr const char* invalid_authorization = "28000";
            throw postgres::database_error({invalid_authorization, error.what(), {}, {}, {}, true});
        }
    }

    awaitable<void> open(const postgres::login_url& url)
    {
        deadline_.async_wait([this](boost::system::error_code cancelled) {
            if (cancelled || connecting_ended_)
                return;
            late_ = true;
            connection_.abandon();
        });
        try {
            co_await connection_.open(url);
        } catch (const postgres::database_error&) {
            end_connecting();
            if (!late_)
                throw;
            const auto text = fmt::format("no answer within {} s", connect_time_max.count());
            throw postgres::database_error({{}, text, {}, {}, {}, true});
        }
        end_connecting();
    }

    void end_connecting()
    {
        connecting_ended_ = true;
        deadline_.cancel();
    }

    asio::io_context io_{1};
    asio::thread_pool blocking_{1};
    rds_identity rds_identity_{io_.get_executor()};
    asio::steady_timer deadline_{io_, connect_time_max};
    bool connecting_ended_ = false;
    bool late_ = false;
    postgres::connection connection_{io_.get_executor(), blocking_.get_executor()};
};

} // namespace

void on_database(const config::postgres_sink& to,
                 const std::function<awaitable<void>(postgres::connection&)>& work)
{
    database_work().run(to, work);
}

const char* remedy_for(const postgres::database_error& failure)
{
    return failure.what_to_do() == postgres::verdict::deployment_is_wrong
               ? "run sluice migrate, or correct the URL or what its role may do"
               : "see that the server runs and can be reached, and try again";
}

std::string told(const config::loaded& file, const config::pipeline& one,
                 const postgres::database_error& failure)
{
    const std::string key = fmt::format("pipelines.{}.sink.postgres.url", one.name);
    const config::place at = file.keys.place_of(key);
    const config::finding line{
        config::severity::error, at.line, at.column, key, {failure.what(), remedy_for(failure)}};
    return config::to_string(file.value.file, line);
}

} // namespace sluice::daemon
