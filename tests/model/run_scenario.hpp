// Runs one of Relacy's test suites as a scenario.
#pragma once

#include "model/checked_atomics.hpp"
#include "model/scenario.hpp"

#include <limits>
#include <streambuf>

namespace sluice::model {

// Schedules in which a thread takes more steps than this are taken for endless.
inline constexpr unsigned steps_max = 2000;

// Takes the report of a bad schedule. It is written while the checker counts what is allocated, so
// the memory is there already; what does not fit is lost.
class report_buffer final : public std::streambuf
{
public:
    report_buffer() { setp(memory_.data(), memory_.data() + memory_.size()); }
    [[nodiscard]] std::string text() const { return {pbase(), pptr()}; }

private:
    std::string memory_ = std::string(1 << 20, '\0');
};

template <class Suite>
outcome run_scenario(const search& how, bool with_steps)
{
    report_buffer buffer;
    std::ostream report(with_steps ? &buffer : nullptr);
    std::ostream nowhere(nullptr);
    rl::test_params parameters;
    parameters.output_stream = &report;
    parameters.progress_stream = &nowhere;
    parameters.execution_depth_limit = steps_max;
    parameters.iteration_count = how.rounds;
    if (how.how == search::kind::every) {
        parameters.search_type = rl::sched_bound;
        parameters.context_bound = how.switches;
    }
    outcome out;
    out.good = rl::simulate<Suite>(parameters);
    out.rounds = parameters.stop_iteration;
    if (!out.good) {
        out.report = buffer.text();
        out.fault = rl::test_result_str(parameters.test_result);
    }
    return out;
}

} // namespace sluice::model
