#include "admin/router.hpp"

#include "admin/metric_page.hpp"
#include "admin/pipeline_metrics.hpp"
#include "admin/status.hpp"

namespace sluice::admin {
namespace {

void fail(net::http_response& response, unsigned status, std::string_view text)
{
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body.append(text);
}

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find('?'));
}

} // namespace

// Without a token only who sits on this machine may see more than health and metrics.
bool router::may_see_data(const net::http_request& request) const
{
    if (settings_.token.empty())
        return request.peer.address().is_loopback();
    constexpr std::string_view scheme = "Bearer ";
    const std::string_view given = request.field("Authorization");
    return given.starts_with(scheme) &&
           equal_secrets(given.substr(scheme.size()), settings_.token.reveal());
}

void router::answer(const net::http_request& request, net::http_response& response) const
{
    const std::string_view path = path_of(request.target);
    const bool known =
        path == "/metrics" || path == "/healthz" || path == "/readyz" || path == "/api/v1/status";
    if (!known)
        return fail(response, 404,
                    "not found; there are /metrics, /healthz, /readyz and /api/v1/status\n");
    if (request.method != "GET" && request.method != "HEAD") {
        response.extra_fields = "Allow: GET, HEAD\r\n";
        return fail(response, 405, "only GET\n");
    }
    const std::vector<const pipeline::pipeline*> all = watched_();
    if (path == "/metrics") {
        metric_page page;
        add_process(page);
        for (const pipeline::pipeline* const each : all)
            add_metrics(page, *each);
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body.append(page.text());
    } else if (path == "/healthz") {
        const health alive = liveness(all);
        response.status = alive.good ? 200 : 503;
        response.body.append(alive.good ? "alive\n" : alive.text);
    } else if (path == "/readyz") {
        const health ready = readiness(all);
        response.status = ready.good ? 200 : 503;
        response.body.append(ready.good ? "ready\n" : ready.text);
    } else if (!may_see_data(request)) {
        response.extra_fields = "WWW-Authenticate: Bearer\r\n";
        fail(response, 401, "send the token of admin.token as a bearer token\n");
    } else {
        response.content_type = "application/json";
        response.body.append(status_json(all, clock_.wall_now()));
    }
}

} // namespace sluice::admin
