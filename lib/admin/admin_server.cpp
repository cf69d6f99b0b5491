#include "admin/admin_server.hpp"

#include <boost/asio/ip/address.hpp>

namespace sluice::admin {

net::http_server_options options_for(const config::admin& settings)
{
    net::http_server_options options;
    options.listen = {asio::ip::make_address(settings.address), settings.port};
    options.connections_max = 32;
    // Far more than people, probes and scrapers ask, and little to do: it is done on the thread of
    // the data.
    options.waiting_max = 32; // so that whoever comes after a crowd waits a second, not a minute
    options.connections = {.per_second = 25, .burst = 100};
    options.receive_buffer_bytes = 16 * 1024; // twice a head
    options.send_buffer_bytes = 64 * 1024;    // more than an answer about a few pipelines has
    options.requests = {.per_second = 25, .burst = 200};
    options.header_bytes_max = 8 * 1024;
    options.body_bytes_max = 0; // nothing here needs one: it is refused with 413
    options.header_time_max = std::chrono::seconds(5);
    options.write_time_max = std::chrono::seconds(10); // also for an event
    return options;
}

admin_server::admin_server(asio::any_io_executor executor, clock& time,
                           const config::admin& settings, watched_pipelines watched,
                           stored_readers stored, more_metrics more)
    : router_(time, settings, std::move(watched), std::move(stored), std::move(more)),
      server_(std::move(executor), time, options_for(settings),
              [this](const net::http_request& request, net::http_response& response) {
                  return router_.answer(request, response);
              })
{}

} // namespace sluice::admin
