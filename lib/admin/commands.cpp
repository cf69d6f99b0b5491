#include "admin/commands.hpp"

namespace sluice::admin {

std::string_view to_string(command what) noexcept
{
    switch (what) {
    case command::pause:
        return "pause";
    case command::resume:
        return "resume";
    case command::run:
        break;
    }
    return "run";
}

bool execute(command what, pipeline::pipeline& on)
{
    if (!on.takes_commands())
        return false;
    switch (what) {
    case command::pause:
        on.pause();
        break;
    case command::resume:
        on.resume();
        break;
    case command::run:
        on.look_now();
        break;
    }
    return true;
}

} // namespace sluice::admin
