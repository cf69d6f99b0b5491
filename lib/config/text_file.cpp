#include "config/text_file.hpp"

#include "config/units.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <system_error>

namespace sluice::config {
namespace {

struct descriptor
{
    int number;

    explicit descriptor(int opened) noexcept : number(opened) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (number >= 0)
            ::close(number);
    }
};

problem unreadable(const std::string& path, int reason)
{
    const std::string why = std::generic_category().message(reason);
    const char* const remedy = reason == ENOENT   ? "check the path"
                               : reason == EACCES ? "give this user the right to read it"
                                                  : "name a file that can be read";
    return {fmt::format("cannot read {}: {}", path, why), remedy};
}

// Reads until the end, or until one byte more than allowed is there. Returns errno, or 0.
int read_up_to(int from, std::string& text, std::size_t bytes)
{
    text.resize(bytes);
    std::size_t filled = 0;
    while (filled < bytes) {
        const ssize_t got = ::read(from, text.data() + filled, bytes - filled);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return errno;
        if (got == 0)
            break;
        filled += static_cast<std::size_t>(got);
    }
    text.resize(filled);
    return 0;
}

} // namespace

parsed<text_file> read_text_file(const std::string& path, std::size_t bytes_max)
{
    const descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC));
    if (file.number < 0)
        return unreadable(path, errno);
    struct stat about{};
    if (::fstat(file.number, &about) != 0)
        return unreadable(path, errno);
    if (S_ISDIR(about.st_mode))
        return unreadable(path, EISDIR);

    std::string text;
    if (const int reason = read_up_to(file.number, text, bytes_max + 1); reason != 0)
        return unreadable(path, reason);
    if (text.size() > bytes_max) {
        return problem{fmt::format("{} is longer than {}", path, size_text(bytes_max)),
                       "name the right file"};
    }
    return text_file{secret(std::move(text)), (about.st_mode & S_IROTH) != 0};
}

} // namespace sluice::config
