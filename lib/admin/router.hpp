// What the admin server answers to a request, without a connection.
#pragma once

#include "admin/access.hpp"
#include "admin/event_stream.hpp"
#include "admin/metric_page.hpp"
#include "admin/paced_text.hpp"
#include "admin/routes.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "net/http_message.hpp"
#include "pipeline/pipeline.hpp"
#include "sink/postgres/stored_reader.hpp"

#include <functional>
#include <memory>
#include <string_view>
#include <vector>

namespace sluice::admin {

// Asked anew for each request.
using watched_pipelines = std::function<std::vector<pipeline::pipeline*>()>;

// What the pipeline of this name has stored; null if there is no such pipeline. Shared, since a
// pipeline may be replaced while somebody reads.
using stored_readers =
    std::function<std::shared_ptr<postgres::stored_reader>(std::string_view name)>;
// Adds to the metrics of each scrape what is known elsewhere.
using more_metrics = std::function<void(metric_page& page)>;

// Belongs to the I/O thread, as the pipelines do: what it shows is of one moment, and a command is
// done when it is answered. To who asks often, the moment is up to a tenth of a second ago, but
// never before a command. Must outlive its answers.
class router
{
public:
    // The clock must outlive the router.
    router(clock& time, config::admin settings, watched_pipelines watched, stored_readers stored,
           more_metrics more = nullptr);

    // From the next request on.
    void set_token(secret token) { settings_.token = std::move(token); }

    // No byte of the request goes into the answer. A body is not looked at: the server refuses
    // every one that is not empty. Waits only for what is stored.
    awaitable<void> answer(const net::http_request& request, net::http_response& response);

private:
    // What is left to ask the database for.
    [[nodiscard]] std::optional<route> answer_now(const net::http_request& request,
                                                  net::http_response& response);
    awaitable<void> show_stored(route asked, std::string_view target, net::http_response& response);
    [[nodiscard]] std::string metrics_text() const;
    void show_public(endpoint what, net::http_response& response);
    void show_data(const route& asked, net::http_response& response);
    void show_events(net::http_response& response);
    void obey(const route& asked, const net::http_request& request, net::http_response& response);
    [[nodiscard]] pipeline::pipeline* find(std::string_view name) const;

    clock& clock_;
    config::admin settings_;
    watched_pipelines watched_;
    stored_readers stored_;
    more_metrics more_;
    bool reading_ = false; // what is stored: for one person at a time
    paced_text metrics_;
    paced_text status_;
    event_stream events_;
};

} // namespace sluice::admin
