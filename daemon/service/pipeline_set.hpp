// The pipelines of the process. One that is replaced ends gracefully, as at a stop, and the one
// that takes its place begins then: with its counts, so that whoever watches sees one pipeline.
#pragma once

#include "core/condition.hpp"
#include "core/task_group.hpp"
#include "daemon/service/pipeline_host.hpp"

#include <exception>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

namespace sluice::daemon {

// Belongs to the I/O thread.
class pipeline_set
{
public:
    using member = std::unique_ptr<pipeline_host>;

    // `on_failure` is called when a pipeline fails by a bug of ours.
    pipeline_set(asio::any_io_executor executor, clock& time, std::function<void()> on_failure);

    // Before run().
    void add(member one);

    // Runs until all have ended.
    awaitable<void> run();
    // Begins the graceful stop of all. Harmless when repeated.
    void stop();

    [[nodiscard]] bool went_well() const noexcept { return went_well_; }
    [[nodiscard]] const std::exception_ptr& failure() const noexcept { return failure_; }

    // Those of a known name take the place of the one that has it, the others begin, and those that
    // `names`, all that there shall be in their order, lacks end. settled() before the next change.
    void change(std::vector<member> fresh, const std::vector<std::string>& names);
    // Waits until the change is done, or a stop.
    awaitable<void> settled();

    [[nodiscard]] std::vector<pipeline_host*> members() const;
    void clear() { places_.clear(); }

private:
    struct place
    {
        member now;
        member next{};
        bool leaves = false;
    };
    using places = std::list<place>;

    void begin(places::iterator here);
    awaitable<void> serve(places::iterator here);
    awaitable<void> run_members(place& here);
    [[nodiscard]] places::iterator find(const std::string& name);

    std::function<void()> on_failure_;
    clock& clock_;
    places places_;
    condition changed_;
    bool stopping_ = false;
    bool went_well_ = true;
    std::exception_ptr failure_;
    task_group working_;
};

} // namespace sluice::daemon
