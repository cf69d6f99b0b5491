#include "daemon/person.hpp"

#include <pwd.h>
#include <unistd.h>

#include <array>

namespace sluice::daemon {

std::string os_user()
{
    std::array<char, 4096> memory{};
    passwd entry{};
    passwd* found = nullptr;
    if (getpwuid_r(getuid(), &entry, memory.data(), memory.size(), &found) == 0 && found != nullptr)
        return found->pw_name;
    return std::to_string(getuid());
}

std::string host_name()
{
    std::array<char, 256> name{};
    return gethostname(name.data(), name.size() - 1) == 0 ? std::string(name.data())
                                                          : std::string("unknown");
}

} // namespace sluice::daemon
