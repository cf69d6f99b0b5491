// Work that may block, on threads that are there for it.
#pragma once

#include "core/asio.hpp"

#include <boost/asio/bind_cancellation_slot.hpp>
#include <boost/asio/cancellation_signal.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/use_awaitable.hpp>

#include <utility>

namespace sluice {

// Runs the work there, and goes on where the caller is. It is waited for even by a caller that is
// cancelled, who hears of that at its next wait: what blocks cannot be ended, and a cancellation
// that comes there is thrown behind the end of the work, where nobody catches it (Asio 1.24).
template <class Function>
auto run_on(asio::any_io_executor where, Function work) -> awaitable<decltype(work())>
{
    using value = decltype(work());
    auto body = [work = std::move(work)]() -> awaitable<value> { co_return work(); };
    auto token = asio::bind_cancellation_slot(asio::cancellation_slot(), asio::use_awaitable);
    co_return co_await asio::co_spawn(where, std::move(body), std::move(token));
}

} // namespace sluice
