// Where a database is, and who gives the password that its URL does not have.
#pragma once

#include "core/asio.hpp"
#include "core/secret.hpp"

#include <memory>
#include <utility>

namespace sluice::postgres {

// A port: makes the password of one connection, which is about to be opened.
class password_source
{
public:
    password_source() = default;
    password_source(const password_source&) = delete;
    password_source& operator=(const password_source&) = delete;
    virtual ~password_source() = default;

    // Throws database_error.
    virtual awaitable<secret> make() = 0;
};

struct login_url
{
    login_url() = default;
    // Most URLs need nobody: they, or libpq's own files, have all that there is to have.
    login_url(secret url, std::shared_ptr<password_source> from = nullptr)
        : text(std::move(url)), passwords(std::move(from))
    {}

    secret text; // libpq URI or key=value
    std::shared_ptr<password_source> passwords;
};

} // namespace sluice::postgres
