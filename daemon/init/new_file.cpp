#include "daemon/init/new_file.hpp"

#include "config/finding.hpp"
#include "daemon/configuration.hpp"

#include <fmt/format.h>

#include <cerrno>
#include <cstdio>
#include <memory>
#include <system_error>

namespace sluice::daemon {
namespace {

struct file_closer
{
    void operator()(std::FILE* file) const { std::fclose(file); }
};

} // namespace

void write_new_file(const std::string& path, std::string_view text)
{
    std::unique_ptr<std::FILE, file_closer> file(std::fopen(path.c_str(), "wxe"));
    if (!file) {
        const int error = errno;
        const std::string why = std::generic_category().message(error);
        throw usage_error(fmt::format("{} cannot be made: {}; name a new file in a folder that is "
                                      "there",
                                      config::in_quotes(path), why));
    }
    const bool is_written = std::fwrite(text.data(), 1, text.size(), file.get()) == text.size();
    if (const bool is_closed = std::fclose(file.release()) == 0; is_written && is_closed)
        return;
    const int error = errno;
    std::remove(path.c_str());
    throw std::system_error(error, std::generic_category(), path);
}

} // namespace sluice::daemon
