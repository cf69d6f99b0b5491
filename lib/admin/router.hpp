// What the admin server answers to a request, without a connection.
#pragma once

#include "admin/commands.hpp"
#include "config/settings.hpp"
#include "core/clock.hpp"
#include "net/http_message.hpp"
#include "pipeline/pipeline.hpp"

#include <functional>
#include <string_view>
#include <vector>

namespace sluice::admin {

// Asked anew for each request.
using watched_pipelines = std::function<std::vector<pipeline::pipeline*>()>;

// Belongs to the I/O thread, as the pipelines do: what it shows is of one moment, and a command is
// done when it is answered.
class router
{
public:
    // The clock must outlive the router.
    router(clock& time, config::admin settings, watched_pipelines watched)
        : clock_(time), settings_(std::move(settings)), watched_(std::move(watched))
    {}

    // No byte of the request goes into the answer. A body is not looked at: the server refuses
    // every one that is not empty.
    void answer(const net::http_request& request, net::http_response& response) const;

private:
    void show(std::string_view path, net::http_response& response) const;
    void show_data(std::string_view name, const net::http_request& request,
                   net::http_response& response) const;
    void obey(std::string_view name, command what, const net::http_request& request,
              net::http_response& response) const;
    [[nodiscard]] pipeline::pipeline* find(std::string_view name) const;

    clock& clock_;
    config::admin settings_;
    watched_pipelines watched_;
};

} // namespace sluice::admin
