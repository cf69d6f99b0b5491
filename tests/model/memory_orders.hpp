// Every memory order that the ring and the bell name, found by running them, and the weaker ones
// that would stand in its place in a mutant.
#pragma once

#include <atomic>
#include <cstddef>
#include <optional>
#include <source_location>
#include <span>
#include <string>

namespace sluice::model {

enum class access
{
    load,
    store,
    exchange, // reads and writes at once
    fence,
};

// One place in the source that names an order.
struct order_site
{
    std::source_location where;
    access what = access::load;
    std::memory_order order = std::memory_order_relaxed;
};

struct mutant
{
    order_site site;
    std::memory_order weaker = std::memory_order_relaxed; // of a fence: no fence at all
};

// The order to use at a place: what it names, or less if it is the mutant's. Remembers the place.
// Allocates nothing: the checker counts what is allocated.
[[nodiscard]] std::memory_order order_at(access what, std::memory_order named,
                                         const std::source_location& where) noexcept;

// From now on this mutant runs; nothing: the code as it is.
void use_mutant(const std::optional<mutant>& one) noexcept;

// The places met so far whose order is more than relaxed.
[[nodiscard]] std::span<const order_site> sites_met() noexcept;

// Whether a place may have this order instead of its own, and it is weaker.
[[nodiscard]] bool is_weaker(const order_site& site, std::memory_order instead) noexcept;

[[nodiscard]] const char* name_of(std::memory_order order) noexcept;
// "ring.hpp:57 try_push: store release -> relaxed"
[[nodiscard]] std::string to_string(const mutant& one);

} // namespace sluice::model
