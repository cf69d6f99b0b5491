#include "net/resolver.hpp"

#include "net/errc.hpp"

#include <fmt/format.h>

namespace sluice::net {
namespace {

using tcp = asio::ip::tcp;

// Outlives the wait: the system's resolver cannot be interrupted, only left alone.
struct lookup
{
    lookup(const asio::any_io_executor& executor, clock& time) : resolver(executor), answer(time) {}

    tcp::resolver resolver;
    sleeper answer;
    bool done = false;
    error_code ec;
    addresses found;
};

awaitable<addresses> ask_system(std::shared_ptr<lookup> state, const std::string& host,
                                std::uint16_t port, steady_time deadline)
{
    auto on_answer = [state](error_code ec, const tcp::resolver::results_type& results) {
        state->done = true;
        state->ec = ec;
        for (const auto& entry : results)
            state->found.push_back(entry.endpoint());
        state->answer.wake();
    };
    state->resolver.async_resolve(host, std::to_string(port), tcp::resolver::numeric_service,
                                  std::move(on_answer));
    while (!state->done) {
        const auto why = co_await state->answer.sleep_until(deadline);
        if (why == sleeper::reason::deadline)
            throw system_error(errc::timed_out, fmt::format("the look-up of {}", host));
    }
    if (state->ec || state->found.empty())
        throw system_error(errc::resolve_failed, fmt::format("{}: {}", host, state->ec.message()));
    co_return std::move(state->found);
}

} // namespace

resolve_function system_resolver(asio::any_io_executor executor, clock& time)
{
    return [executor = std::move(executor), &time](const std::string& host, std::uint16_t port,
                                                   steady_time deadline) -> awaitable<addresses> {
        error_code not_an_address;
        const auto address = asio::ip::make_address(host, not_an_address);
        if (!not_an_address)
            co_return addresses{{address, port}};
        co_return co_await ask_system(std::make_shared<lookup>(executor, time), host, port,
                                      deadline);
    };
}

} // namespace sluice::net
