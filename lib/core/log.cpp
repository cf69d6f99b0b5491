#include "core/log.hpp"

#include "core/control_characters.hpp"
#include "core/encoding.hpp"
#include "core/log_output.hpp"

#include <spdlog/async.h>
#include <spdlog/pattern_formatter.h>
#include <spdlog/spdlog.h>
#include <unistd.h>

#include <atomic>
#include <memory>

namespace sluice::log {
namespace {

constexpr std::size_t queued_lines_max = 8192;

// What is queued at the end has this long to find its reader.
constexpr std::chrono::milliseconds last_lines_within{1000};

std::atomic<level> least_level{level::off};

spdlog::level::level_enum to_spdlog(level of)
{
    switch (of) {
    case level::debug:
        return spdlog::level::debug;
    case level::info:
        return spdlog::level::info;
    case level::warning:
        return spdlog::level::warn;
    case level::error:
        return spdlog::level::err;
    case level::off:
        break;
    }
    return spdlog::level::off;
}

std::shared_ptr<spdlog::logger>& logger()
{
    static std::shared_ptr<spdlog::logger> instance;
    return instance;
}

std::shared_ptr<log_output>& output()
{
    static std::shared_ptr<log_output> instance;
    return instance;
}

bool json_lines = false;

} // namespace

void start(level least, format form)
{
    json_lines = form == format::json || (form == format::automatic && isatty(STDERR_FILENO) == 0);
    spdlog::init_thread_pool(queued_lines_max, 1);
    output() = std::make_shared<log_output>(STDERR_FILENO);
    // In JSON the message is the tail of the object: write() has escaped it.
    const char* const pattern = json_lines ? R"({"time":"%Y-%m-%dT%H:%M:%S.%eZ","level":"%l",%v})"
                                           : "%Y-%m-%dT%H:%M:%S.%eZ %-7l %v";
    output()->set_formatter(
        std::make_unique<spdlog::pattern_formatter>(pattern, spdlog::pattern_time_type::utc));
    logger() = std::make_shared<spdlog::async_logger>(
        "sluice", output(), spdlog::thread_pool(), spdlog::async_overflow_policy::overrun_oldest);
    logger()->flush_on(spdlog::level::info);
    set_level(least);
}

void set_level(level least)
{
    if (logger())
        logger()->set_level(to_spdlog(least));
    least_level = least;
}

void stop()
{
    least_level = level::off;
    if (output())
        output()->give_up_at(steady_clock::now() + last_lines_within);
    logger().reset();
    spdlog::shutdown();
}

std::uint64_t lost_lines()
{
    const auto queue = spdlog::thread_pool();
    return (queue ? queue->overrun_counter() : 0) + (output() ? output()->lost() : 0);
}

bool enabled(level of) noexcept
{
    return of >= least_level.load(std::memory_order_relaxed);
}

void write(level of, std::string_view area, std::string_view text)
{
    const auto target = logger();
    if (!target)
        return;
    if (!json_lines) {
        target->log(to_spdlog(of), "{}: {}", area, one_line(text));
        return;
    }
    std::string line = R"("area":)";
    append_json_string(line, area);
    line += R"(,"message":)";
    append_json_string(line, text);
    target->log(to_spdlog(of), std::string_view(line));
}

} // namespace sluice::log
