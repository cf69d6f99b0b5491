// What an operator may tell a pipeline: POST /api/v1/pipelines/NAME/pause, resume and run.
//
//   pause   receive nothing; what is held is stored and deleted as usual
//   resume  go on after a pause or the brake, and look now
//   run     look now: end every pause after a failure; a pause or the brake stays
//
// All are harmless when repeated. A queue is polled without a rest as long as it answers, so `run`
// has nothing to hasten while all is well.
#pragma once

#include "pipeline/pipeline.hpp"

#include <cstdint>
#include <string_view>

namespace sluice::admin {

enum class command : std::uint8_t
{
    pause,
    resume,
    run,
};

[[nodiscard]] std::string_view to_string(command what) noexcept;

// False when the pipeline takes none any more: it is ending.
[[nodiscard]] bool execute(command what, pipeline::pipeline& on);

} // namespace sluice::admin
