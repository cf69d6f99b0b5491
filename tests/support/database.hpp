// A database of its own for a test, on the server that SLUICE_TEST_DATABASE names.
#pragma once

#include "core/secret.hpp"
#include "sink/postgres/handles.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// Created empty, dropped at the end. Every failure of it ends the test with what the server said.
class fresh_database
{
public:
    fresh_database();
    fresh_database(const fresh_database&) = delete;
    fresh_database& operator=(const fresh_database&) = delete;
    ~fresh_database();

    [[nodiscard]] const secret& url() const noexcept { return url_; }
    [[nodiscard]] const std::string& name() const noexcept { return name_; }

    void run(std::string_view sql);
    // The first column of the first row.
    [[nodiscard]] std::string ask(std::string_view sql);
    [[nodiscard]] long long count(std::string_view sql) { return std::stoll(ask(sql)); }
    // The first column of all rows.
    [[nodiscard]] std::vector<std::string> list(std::string_view sql);

    // Ends all other sessions of this database, and returns how many there were.
    long long kill_sessions();

private:
    postgres::connection_handle server_;
    postgres::connection_handle own_;
    std::string name_;
    secret url_;
};

} // namespace sluice::test
