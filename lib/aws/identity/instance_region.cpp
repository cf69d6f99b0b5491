#include "aws/identity/instance_region.hpp"

#include "aws/identity/instance_metadata.hpp"
#include "core/asio_clock.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>

namespace sluice::aws {
namespace {

awaitable<std::optional<std::string>> ask(instance_metadata from)
{
    try {
        const secret answer = co_await from.read("/latest/meta-data/placement/region");
        co_return answer.reveal();
    } catch (const credentials_error&) { // no instance: others may know the region
    }
    co_return std::nullopt;
}

} // namespace

std::optional<std::string> ask_instance_region(const environment& variables,
                                               const shared_config& config)
{
    std::optional<std::string> region;
    asio::io_context io{1};
    asio_clock time(io.get_executor());
    seeded_random random(machine_seed());
    const identity_world around{.executor = io.get_executor(), .time = time, .random = random};
    auto from = instance_metadata::find(variables, config,
                                        std::make_shared<plain_http>(around, std::string()));
    if (!from)
        return std::nullopt;
    asio::co_spawn(io, ask(std::move(*from)),
                   [&region](const std::exception_ptr& failure, std::optional<std::string> found) {
                       if (failure)
                           std::rethrow_exception(failure);
                       region = std::move(found);
                   });
    io.run();
    return region;
}

} // namespace sluice::aws
