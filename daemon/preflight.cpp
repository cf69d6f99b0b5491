#include "daemon/preflight.hpp"

#include "aws/settings_error.hpp"
#include "core/asio_clock.hpp"
#include "daemon/database.hpp"
#include "daemon/queue_access.hpp"
#include "pipeline/queue_check.hpp"
#include "sink/postgres/database_check.hpp"
#include "sink/postgres/ledger_days.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

#include <fmt/format.h>

#include <chrono>
#include <exception>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::daemon {
namespace {

void append(check_results& to, check_results more)
{
    for (check_result& each : more)
        to.push_back(std::move(each));
}

check_result failed(std::string subject, std::string_view text)
{
    auto [what, remedy] = what_and_remedy(text);
    return {check_level::error, std::move(subject), std::move(what), std::move(remedy)};
}

// Who we are, and who said so. Only the end of the key's id is shown: it tells one from another.
awaitable<check_result> check_credentials(aws::credentials_provider& from)
{
    const aws::credentials_ptr keys = co_await from.get();
    constexpr std::size_t told = 4;
    const std::string& id = keys->access_key_id;
    co_return check_result{check_level::ok,
                           "credentials",
                           fmt::format("of {}: access key ...{}{}", from.origin(),
                                       id.size() > told ? id.substr(id.size() - told) : "",
                                       keys->session_token.empty() ? "" : ", with a session token"),
                           {}};
}

check_results ask_queue(const config::pipeline& one)
{
    asio::io_context io{1};
    asio_clock time{io.get_executor()};
    seeded_random random{machine_seed()};
    auto access = std::make_unique<queue_access>(io.get_executor(), time, random, one.source);

    check_results found;
    append(found, {{check_level::ok, "endpoint", access->server(), {}}});
    for (const std::string& each : access->warnings()) {
        auto [what, remedy] = what_and_remedy(each);
        append(found, {{check_level::warning, "endpoint", std::move(what), std::move(remedy)}});
    }
    const pipeline::queue_needs needs{.visibility = one.source.visibility,
                                      .statement_timeout = one.sink.statement_timeout,
                                      .remembered = postgres::ledger_kept};
    std::exception_ptr failure;
    auto work = [&]() -> awaitable<void> {
        check_result identity = co_await check_credentials(*access->credentials());
        append(found, {std::move(identity)});
        check_results asked = co_await pipeline::check_queue(access->client(), needs);
        append(found, std::move(asked));
    };
    asio::co_spawn(io, work, [&](std::exception_ptr e) {
        failure = std::move(e);
        access.reset(); // its idle connections would keep the loop running
    });
    io.run();
    if (failure)
        std::rethrow_exception(failure);
    return found;
}

check_results check_queue(const config::pipeline& one)
{
    try {
        return ask_queue(one);
    } catch (const aws::settings_error& error) {
        return {failed("credentials", error.what())};
    } catch (const system_error& error) {
        return {{check_level::error, "endpoint", error.what(), "correct AWS_CA_BUNDLE"}};
    }
}

check_results check_database(const config::pipeline& one)
{
    check_results found;
    const auto compiled = transform::mapping::compile(one);
    auto work = [&](postgres::connection& on) -> awaitable<void> {
        postgres::database_needs needs{
            .target = postgres::make_target(one.sink.schema, one.sink.table, *compiled.made),
            .create = one.sink.create,
            .connections = one.sink.connections,
            .now = std::chrono::floor<std::chrono::milliseconds>(std::chrono::system_clock::now())};
        found = co_await postgres::check_database(on, std::move(needs));
    };
    try {
        on_database(one.sink, work);
    } catch (const postgres::database_error& error) {
        found.push_back({check_level::error, "database", error.what(), remedy_for(error)});
    }
    return found;
}

check_results check_keyring(const config::settings& all)
{
    if (all.keyring.empty())
        return {};
    try {
        const mask::keyring keys = mask::keyring::load(all.keyring);
        return {{check_level::ok, "keyring", fmt::format("key {} masks", keys.primary().id), {}}};
    } catch (const mask::keyring_error& error) {
        return {failed("keyring", error.what())};
    }
}

} // namespace

check_results preflight(const config::settings& all, const config::pipeline& one)
{
    check_results found = check_queue(one);
    append(found, check_database(one));
    append(found, check_keyring(all));
    return found;
}

} // namespace sluice::daemon
