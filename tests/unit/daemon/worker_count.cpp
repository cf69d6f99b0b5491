#include "daemon/service/worker_count.hpp"

#include "ring/bell.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using daemon::workers_per_pipeline;

namespace {

config::settings with(std::size_t workers, std::size_t pipelines)
{
    config::settings out;
    out.workers = workers;
    out.pipelines.resize(pipelines);
    return out;
}

constexpr std::size_t automatic = 0;

} // namespace

TEST_CASE("worker count: automatic, it leaves the I/O thread a core")
{
    CHECK(workers_per_pipeline(with(automatic, 1), 8) == 7);
    CHECK(workers_per_pipeline(with(automatic, 1), 2) == 1);
    CHECK(workers_per_pipeline(with(automatic, 1), 1) == 1);
    CHECK(workers_per_pipeline(with(automatic, 1), 0) == 1);
}

TEST_CASE("worker count: however many cores there are, each worker finds a seat at the bell")
{
    CHECK(workers_per_pipeline(with(automatic, 1), 66) == 64);
    CHECK(workers_per_pipeline(with(automatic, 1), 1000) <= ring::bell<>::seats_max);
    CHECK(workers_per_pipeline(with(config::workers_max, 1), 1) <= ring::bell<>::seats_max);
}

TEST_CASE("worker count: pipelines share the workers, and each has one")
{
    CHECK(workers_per_pipeline(with(10, 3), 1) == 3);
    CHECK(workers_per_pipeline(with(2, 3), 1) == 1);
    CHECK(workers_per_pipeline(with(automatic, 4), 9) == 2);
}
