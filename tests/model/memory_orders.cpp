#include "model/memory_orders.hpp"

#include <array>
#include <cassert>
#include <filesystem>
#include <string_view>

namespace sluice::model {
namespace {

constexpr std::size_t sites_max = 64;

std::array<order_site, sites_max> sites;
std::size_t site_count = 0;
std::optional<mutant> running;

bool same_place(const std::source_location& left, const std::source_location& right) noexcept
{
    return left.line() == right.line() && left.column() == right.column() &&
           std::string_view(left.file_name()) == right.file_name();
}

void remember(const order_site& met) noexcept
{
    for (std::size_t i = 0; i < site_count; ++i)
        if (same_place(sites[i].where, met.where))
            return;
    assert(site_count < sites_max);
    sites[site_count++] = met;
}

bool acquires(std::memory_order order) noexcept
{
    return order == std::memory_order_acquire || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

bool releases(std::memory_order order) noexcept
{
    return order == std::memory_order_release || order == std::memory_order_acq_rel ||
           order == std::memory_order_seq_cst;
}

const char* name_of(access what) noexcept
{
    switch (what) {
    case access::load:
        return "load";
    case access::store:
        return "store";
    case access::exchange:
        return "exchange";
    case access::fence:
        return "fence";
    }
    return "";
}

} // namespace

std::memory_order order_at(access what, std::memory_order named,
                           const std::source_location& where) noexcept
{
    if (running)
        return same_place(running->site.where, where) ? running->weaker : named;
    if (named != std::memory_order_relaxed)
        remember({where, what, named});
    return named;
}

void use_mutant(const std::optional<mutant>& one) noexcept
{
    running = one;
}

std::span<const order_site> sites_met() noexcept
{
    return std::span(sites).first(site_count);
}

bool is_weaker(const order_site& site, std::memory_order instead) noexcept
{
    if (instead == site.order || instead == std::memory_order_consume)
        return false;
    if ((site.what == access::load && releases(instead)) ||
        (site.what == access::store && acquires(instead)))
        return false; // no such operation
    return acquires(instead) <= acquires(site.order) && releases(instead) <= releases(site.order) &&
           instead != std::memory_order_seq_cst;
}

const char* name_of(std::memory_order order) noexcept
{
    switch (order) {
    case std::memory_order_relaxed:
        return "relaxed";
    case std::memory_order_consume:
        return "consume";
    case std::memory_order_acquire:
        return "acquire";
    case std::memory_order_release:
        return "release";
    case std::memory_order_acq_rel:
        return "acq_rel";
    case std::memory_order_seq_cst:
        return "seq_cst";
    }
    return "";
}

std::string to_string(const mutant& one)
{
    const std::source_location& where = one.site.where;
    return std::filesystem::path(where.file_name()).filename().string() + ":" +
           std::to_string(where.line()) + ": " + name_of(one.site.what) + " " +
           name_of(one.site.order) + " -> " + name_of(one.weaker);
}

} // namespace sluice::model
