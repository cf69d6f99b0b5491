// A database with dead letters, and configurations to read and replay them with.
#pragma once

#include "support/database.hpp"
#include "unit/config/files.hpp"
#include "unit/daemon/shell.hpp"

#include <boost/json.hpp>

#include <sys/types.h>

#include <string>
#include <vector>

namespace sluice::test {

class letter_rig
{
public:
    // Tables of a pipeline `items` with one column, `name`. The schema is named where the role,
    // whose own schema comes first, is called like another.
    letter_rig();

    // Writes a configuration and returns its path. `name` is how the column `name` is mapped.
    std::string configure(const std::string& name, bool with_keyring = false);

    // Letters whose bodies are {"name":"n<number>"}, stored in clear, not masked.
    void add_letters(int first, int last, const std::string& reason = "too_long");
    // One that the transform of this configuration made, as the daemon stores it.
    void refuse(const std::string& config, const std::string& body, const std::string& group = {});

    // `sluice letters` with these arguments, the configuration behind the first.
    daemon::tests::ended letters(const std::string& part, const std::string& config,
                                 std::vector<std::string> more = {});
    // The same, which must succeed, with --json.
    boost::json::value json(const std::string& part, const std::string& config,
                            std::vector<std::string> more = {});

    fresh_database database;
    config::tests::temporary_folder folder;
    std::string keyring;
};

// The program itself, in a process of its own.
class process
{
public:
    explicit process(std::vector<std::string> arguments);
    process(const process&) = delete;
    process& operator=(const process&) = delete;
    ~process();

    void kill();
    [[nodiscard]] bool running() const;
    // The exit status; -1 if a signal ended it.
    int wait();

private:
    pid_t id_ = -1;
};

} // namespace sluice::test
