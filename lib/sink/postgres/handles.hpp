// libpq's C handles, owned from the line that obtains them.
#pragma once

#include <libpq-fe.h>

#include <memory>

namespace sluice::postgres {

struct connection_deleter
{
    void operator()(PGconn* handle) const noexcept { PQfinish(handle); }
};
using connection_handle = std::unique_ptr<PGconn, connection_deleter>;

struct result_deleter
{
    void operator()(PGresult* handle) const noexcept { PQclear(handle); }
};
using result_handle = std::unique_ptr<PGresult, result_deleter>;

} // namespace sluice::postgres
