// What the admin server answers to a request, without a connection.
#pragma once

#include "config/settings.hpp"
#include "core/clock.hpp"
#include "net/http_message.hpp"
#include "pipeline/pipeline.hpp"

#include <functional>
#include <vector>

namespace sluice::admin {

// Asked anew for each request.
using watched_pipelines = std::function<std::vector<const pipeline::pipeline*>()>;

class router
{
public:
    // The clock must outlive the router.
    router(clock& time, config::admin settings, watched_pipelines watched)
        : clock_(time), settings_(std::move(settings)), watched_(std::move(watched))
    {}

    // No byte of the request goes into the answer.
    void answer(const net::http_request& request, net::http_response& response) const;

private:
    [[nodiscard]] bool may_see_data(const net::http_request& request) const;

    clock& clock_;
    config::admin settings_;
    watched_pipelines watched_;
};

} // namespace sluice::admin
