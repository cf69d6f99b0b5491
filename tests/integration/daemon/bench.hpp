// A configuration file, a keyring and an empty database for the commands of a test.
#pragma once

#include "support/database.hpp"
#include "transform/mask/keyring.hpp"
#include "unit/config/files.hpp"
#include "unit/daemon/shell.hpp"

#include <catch2/catch.hpp>

#include <string>

namespace sluice::daemon::tests {

// No server: the port is that of nobody, and connecting fails at once.
inline constexpr const char* nobody_there = "postgresql://nobody@127.0.0.1:1/none";

inline bool contains(const std::string& text, const std::string& part)
{
    return text.find(part) != std::string::npos;
}

class command_bench
{
public:
    command_bench()
    {
        mask::generate_keyring(keyring, std::chrono::floor<std::chrono::milliseconds>(
                                            std::chrono::system_clock::now()));
    }

    // The good configuration of the unit tests with this database and keyring.
    [[nodiscard]] std::string text() const { return text_for(database.url().reveal()); }
    [[nodiscard]] std::string text_for(const std::string& url) const
    {
        const std::string with_url = config::tests::replaced(config::tests::good_text(),
                                                             "postgresql://localhost/logins", url);
        return config::tests::replaced(with_url, "/etc/sluice/keyring.json", keyring);
    }
    std::string file(const std::string& content) const { return folder.write("f.yaml", content); }

    test::fresh_database database;
    config::tests::temporary_folder folder;
    std::string keyring = folder.path("keyring.json");
};

} // namespace sluice::daemon::tests
