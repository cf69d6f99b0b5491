// Keys, passwords and the bodies of messages lie in the memory of this process in clear.
#pragma once

namespace sluice::daemon {

// No core of this process or its children is ever written, whatever limits it was started with, and
// nobody but root may look into its memory.
void forbid_core_dumps() noexcept;

} // namespace sluice::daemon
