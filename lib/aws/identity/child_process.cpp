#include "aws/identity/child_process.hpp"

#include "aws/identity/source.hpp"
#include "core/error.hpp"

#include <boost/asio/posix/stream_descriptor.hpp>

#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>
#include <memory>
#include <utility>

// The header of glibc 2.36 has no extern "C" of its own.
extern "C" {
#include <sys/pidfd.h>
}

extern char** environ; // NOLINT(readability-identifier-naming): the name is POSIX's

namespace sluice::aws {
namespace {

constexpr std::size_t error_bytes_max = 300;

[[noreturn]] void fail(std::string_view what, int error)
{
    const error_code ec(error, boost::system::system_category());
    throw credentials_error(fmt::format("{}: {}", what, ec.message()));
}

class descriptor
{
public:
    explicit descriptor(int number) noexcept : number_(number) {}
    descriptor(const descriptor&) = delete;
    descriptor& operator=(const descriptor&) = delete;
    ~descriptor()
    {
        if (number_ >= 0)
            ::close(number_);
    }
    [[nodiscard]] int get() const noexcept { return number_; }
    int release() noexcept { return std::exchange(number_, -1); }

private:
    int number_;
};

// Memory that the program writes to like a file: a full one refuses more, and nobody has to read
// while it runs.
class output_file
{
public:
    explicit output_file(std::size_t bytes_max)
        : file_(::memfd_create("output", MFD_CLOEXEC | MFD_ALLOW_SEALING)), bytes_max_(bytes_max)
    {
        if (file_.get() < 0 || ::ftruncate(file_.get(), static_cast<off_t>(bytes_max)) != 0 ||
            ::fcntl(file_.get(), F_ADD_SEALS, F_SEAL_GROW) != 0)
            fail("no memory for the output of a program", errno);
    }

    [[nodiscard]] int get() const noexcept { return file_.get(); }

    [[nodiscard]] std::string text() const
    {
        // The offset is shared with the program: it stands where it stopped writing.
        const off_t end = ::lseek(file_.get(), 0, SEEK_CUR);
        std::string out(std::min(bytes_max_, static_cast<std::size_t>(std::max<off_t>(end, 0))),
                        '\0');
        const ssize_t read = ::pread(file_.get(), out.data(), out.size(), 0);
        out.resize(static_cast<std::size_t>(std::max<ssize_t>(read, 0)));
        return out;
    }

private:
    descriptor file_;
    std::size_t bytes_max_;
};

// How a program is started: no input, our output files, signals as they are by default.
class spawn_form
{
public:
    spawn_form(int output, int errors)
    {
        ::posix_spawn_file_actions_init(&actions_);
        ::posix_spawnattr_init(&attributes_);
        ::posix_spawn_file_actions_addopen(&actions_, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
        ::posix_spawn_file_actions_adddup2(&actions_, output, STDOUT_FILENO);
        ::posix_spawn_file_actions_adddup2(&actions_, errors, STDERR_FILENO);
        sigset_t none;
        sigset_t all;
        sigemptyset(&none);
        sigfillset(&all);
        ::posix_spawnattr_setsigmask(&attributes_, &none);
        ::posix_spawnattr_setsigdefault(&attributes_, &all);
        ::posix_spawnattr_setpgroup(&attributes_, 0); // one of its own, to be killed as a whole
        ::posix_spawnattr_setflags(&attributes_, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF |
                                                     POSIX_SPAWN_SETPGROUP);
    }
    spawn_form(const spawn_form&) = delete;
    spawn_form& operator=(const spawn_form&) = delete;
    ~spawn_form()
    {
        ::posix_spawnattr_destroy(&attributes_);
        ::posix_spawn_file_actions_destroy(&actions_);
    }

    [[nodiscard]] pid_t start(const std::vector<std::string>& words) const
    {
        std::vector<char*> arguments;
        for (const std::string& each : words)
            arguments.push_back(const_cast<char*>(each.c_str())); // NOLINT: execve's old manners
        arguments.push_back(nullptr);
        pid_t id = 0;
        const int error = ::posix_spawnp(&id, arguments.front(), &actions_, &attributes_,
                                         arguments.data(), environ);
        if (error != 0)
            fail(fmt::format("cannot start {}", words.front()), error);
        return id;
    }

private:
    posix_spawn_file_actions_t actions_{};
    posix_spawnattr_t attributes_{};
};

// A running program; killed if nobody has waited for its end.
class child
{
public:
    explicit child(pid_t id) noexcept : id_(id) {}
    child(const child&) = delete;
    child& operator=(const child&) = delete;
    ~child()
    {
        if (id_ == 0)
            return;
        ::kill(-id_, SIGKILL);
        reap();
    }

    [[nodiscard]] pid_t id() const noexcept { return id_; }

    int reap() noexcept
    {
        int status = 0;
        while (::waitpid(id_, &status, 0) < 0 && errno == EINTR) {}
        id_ = 0;
        return WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    }

private:
    pid_t id_;
};

// Outlives a wait that is cancelled.
struct end_of_child
{
    end_of_child(const asio::any_io_executor& executor, int descriptor, clock& time)
        : watched(executor, descriptor), seen(time)
    {}

    asio::posix::stream_descriptor watched;
    sleeper seen;
    bool ended = false;
};

awaitable<bool> ends_before(steady_time deadline, pid_t id, clock& time)
{
    const auto executor = co_await asio::this_coro::executor;
    descriptor handle(::pidfd_open(id, 0));
    if (handle.get() < 0)
        fail("cannot watch a program", errno);
    const auto state = std::make_shared<end_of_child>(executor, handle.get(), time);
    handle.release();
    state->watched.async_wait(asio::posix::descriptor_base::wait_read, [state](error_code ec) {
        state->ended = !ec;
        state->seen.wake();
    });
    const auto why = co_await state->seen.sleep_until(deadline);
    error_code ignored; // closing the descriptor of a process ends nothing but our wait
    state->watched.close(ignored);
    co_return why == sleeper::reason::woken && state->ended;
}

} // namespace

std::optional<std::vector<std::string>> split_command(std::string_view line)
{
    std::vector<std::string> words;
    bool in_word = false;
    char quote = '\0';
    for (std::size_t i = 0; i < line.size(); ++i) {
        const char c = line[i];
        const bool is_space = c == ' ' || c == '\t' || c == '\n';
        if (quote == '\0' && is_space) {
            in_word = false;
            continue;
        }
        if (!in_word)
            words.emplace_back();
        in_word = true;
        if (quote == c)
            quote = '\0';
        else if (quote == '\0' && (c == '"' || c == '\''))
            quote = c;
        else if (c == '\\' && quote != '\'' && i + 1 < line.size())
            words.back() += line[++i];
        else
            words.back() += c;
    }
    if (quote != '\0')
        return std::nullopt;
    return words;
}

awaitable<process_result> run_process(std::vector<std::string> words, clock& time,
                                      process_limits limits)
{
    const output_file output(limits.output_bytes_max);
    const output_file errors(limits.output_bytes_max);
    const spawn_form form(output.get(), errors.get());
    child running(form.start(words));
    const bool ended = co_await ends_before(time.now() + limits.run_time_max, running.id(), time);
    if (!ended)
        throw credentials_error(
            fmt::format("{} did not end in time and was killed", words.front()));
    const int exit_code = running.reap();
    co_return process_result{.exit_code = exit_code,
                             .output = secret(output.text()),
                             .errors = errors.text().substr(0, error_bytes_max)};
}

} // namespace sluice::aws
