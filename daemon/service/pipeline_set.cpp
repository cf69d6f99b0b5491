#include "daemon/service/pipeline_set.hpp"

#include "core/log.hpp"

#include <algorithm>

namespace sluice::daemon {
namespace {

void log_begin(const pipeline_host& one)
{
    log::info("daemon", "{}", one.summary());
    for (const std::string& warning : one.queue().warnings())
        log::warning("daemon", "{}", warning);
}

void log_end(pipeline_host& one, std::chrono::seconds ran)
{
    using enum pipeline::record_result;
    const auto& count = one.running().count();
    log::info("daemon",
              "{}: ended; {} received: {} rows, {} dead letters, {} duplicates, {} released, "
              "{} of unknown outcome; {} s",
              one.running().name(), count.received, count.records.of(row),
              count.records.of(dead_letter), count.records.of(duplicate),
              count.records.of(released), count.records.of(lost), ran.count());
}

} // namespace

pipeline_set::pipeline_set(asio::any_io_executor executor, clock& time,
                           std::function<void()> on_failure)
    : on_failure_(std::move(on_failure)),
      clock_(time),
      changed_(time),
      working_(std::move(executor), time)
{}

void pipeline_set::add(member one)
{
    places_.push_back({.now = std::move(one)});
}

awaitable<void> pipeline_set::run()
{
    for (auto here = places_.begin(); here != places_.end(); ++here)
        begin(here);
    co_await working_.join();
}

void pipeline_set::begin(places::iterator here)
{
    log_begin(*here->now);
    working_.spawn([this, here] { return serve(here); });
}

awaitable<void> pipeline_set::serve(places::iterator here)
{
    // A pipeline that fails by a bug of ours stops the others; it does not cancel them.
    const steady_time began = clock_.now();
    try {
        co_await run_members(*here);
    } catch (...) {
        failure_ = std::current_exception();
        on_failure_();
    }
    log_end(*here->now, std::chrono::floor<std::chrono::seconds>(clock_.now() - began));
    here->next.reset();
    if (here->leaves)
        places_.erase(here);
    changed_.notify_all();
}

awaitable<void> pipeline_set::run_members(place& here)
{
    for (;;) {
        const bool well = co_await here.now->run();
        went_well_ = went_well_ && well;
        if (stopping_ || !here.next)
            co_return;
        here.next->follow(*here.now);
        here.now = std::move(here.next);
        log_begin(*here.now);
        changed_.notify_all();
    }
}

void pipeline_set::stop()
{
    stopping_ = true;
    for (const place& each : places_)
        each.now->running().stop();
    changed_.notify_all();
}

void pipeline_set::change(std::vector<member> fresh, const std::vector<std::string>& names)
{
    for (member& each : fresh) {
        const auto here = find(each->running().name());
        if (here == places_.end()) {
            add(std::move(each));
            begin(std::prev(places_.end()));
            continue;
        }
        here->next = std::move(each);
        here->now->running().stop();
    }
    const auto rank = [&names](const place& of) {
        return std::ranges::find(names, of.now->running().name()) - names.begin();
    };
    for (place& each : places_) {
        each.leaves = rank(each) == std::ssize(names);
        if (each.leaves)
            each.now->running().stop();
    }
    places_.sort([&rank](const place& one, const place& other) { return rank(one) < rank(other); });
}

awaitable<void> pipeline_set::settled()
{
    const auto is_open = [](const place& each) { return each.next || each.leaves; };
    while (!stopping_ && std::ranges::any_of(places_, is_open))
        co_await changed_.wait();
}

std::vector<pipeline_host*> pipeline_set::members() const
{
    std::vector<pipeline_host*> out;
    for (const place& each : places_)
        out.push_back(each.now.get());
    return out;
}

pipeline_set::places::iterator pipeline_set::find(const std::string& name)
{
    return std::ranges::find_if(
        places_, [&name](const place& each) { return each.now->running().name() == name; });
}

} // namespace sluice::daemon
