#include "admin/router.hpp"

#include "admin/access.hpp"
#include "admin/metric_page.hpp"
#include "admin/pipeline_metrics.hpp"
#include "admin/status.hpp"
#include "core/log.hpp"

namespace sluice::admin {
namespace {

constexpr std::string_view status_path = "/api/v1/status";
constexpr std::string_view pipelines_path = "/api/v1/pipelines/";

void fail(net::http_response& response, unsigned status, std::string_view text)
{
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body.append(text);
}

void fail_method(net::http_response& response, std::string_view allowed)
{
    response.extra_fields = fmt::format("Allow: {}\r\n", allowed);
    fail(response, 405, allowed == "POST" ? "only POST\n" : "only GET\n");
}

void refuse(net::http_response& response, permission why)
{
    if (why == permission::from_browser)
        return fail(response, 403, "not for web pages: set admin.token, and send it\n");
    response.extra_fields = "WWW-Authenticate: Bearer\r\n";
    fail(response, 401, "send the token of admin.token as a bearer token\n");
}

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find('?'));
}

// What a path below /api/v1 asks for: data of one pipeline, or of all if its name is empty, or a
// command.
struct route
{
    std::string_view name{};
    std::optional<command> what{};
};

std::optional<route> find_route(std::string_view path)
{
    if (path == status_path)
        return route{};
    if (!path.starts_with(pipelines_path))
        return std::nullopt;
    path.remove_prefix(pipelines_path.size());
    const std::size_t slash = path.find('/');
    route out{.name = path.substr(0, slash)};
    if (slash != std::string_view::npos)
        out.what = find_command(path.substr(slash + 1));
    const bool is_known = !out.name.empty() && (slash == std::string_view::npos || out.what);
    return is_known ? std::optional(out) : std::nullopt;
}

} // namespace

pipeline::pipeline* router::find(std::string_view name) const
{
    for (pipeline::pipeline* const each : watched_())
        if (each->name() == name)
            return each;
    return nullptr;
}

void router::answer(const net::http_request& request, net::http_response& response) const
{
    const std::string_view path = path_of(request.target);
    const bool is_public = path == "/metrics" || path == "/healthz" || path == "/readyz";
    const std::optional<route> below = is_public ? route{} : find_route(path);
    if (!below)
        return fail(response, 404,
                    "not found; there are /metrics, /healthz, /readyz, /api/v1/status and "
                    "/api/v1/pipelines/NAME\n");
    if (below->what) {
        if (request.method != "POST")
            return fail_method(response, "POST");
        return obey(below->name, *below->what, request, response);
    }
    if (request.method != "GET" && request.method != "HEAD")
        return fail_method(response, "GET, HEAD");
    if (is_public)
        return show(path, response);
    show_data(below->name, request, response);
}

void router::show(std::string_view path, net::http_response& response) const
{
    const std::vector<pipeline::pipeline*> all = watched_();
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
    } else {
        const health ready = readiness(all);
        response.status = ready.good ? 200 : 503;
        response.body.append(ready.good ? "ready\n" : ready.text);
    }
}

// Who may not see data does not learn either which pipelines there are.
void router::show_data(std::string_view name, const net::http_request& request,
                       net::http_response& response) const
{
    if (const permission right = may_see_data(request, settings_); right != permission::granted)
        return refuse(response, right);
    const pipeline::pipeline* const one = name.empty() ? nullptr : find(name);
    if (!name.empty() && one == nullptr)
        return fail(response, 404, "no such pipeline; /api/v1/status shows all\n");
    response.content_type = "application/json";
    const wall_time now = clock_.wall_now();
    response.body.append(one != nullptr ? pipeline_json(*one, now) : status_json(watched_(), now));
}

// One line of the log for each: who, what, and what came of it. Only a name of the configuration
// is written there, and nothing else of the request.
void router::obey(std::string_view name, command what, const net::http_request& request,
                  net::http_response& response) const
{
    const std::string peer = request.peer.address().to_string();
    const permission right = may_command(request, settings_);
    if (right != permission::granted) {
        log::warning("admin", "{} from {} is refused: {}", to_string(what), peer,
                     right == permission::from_browser
                         ? "it has an Origin, or a Host that is not here"
                         : "without the token");
        return refuse(response, right);
    }
    pipeline::pipeline* const one = find(name);
    if (one == nullptr) {
        log::warning("admin", "{} from {} is refused: no such pipeline", to_string(what), peer);
        return fail(response, 404, "no such pipeline; /api/v1/status shows all\n");
    }
    const bool taken = execute(what, *one);
    log::info("admin", "{}: {} from {}: {}{}", one->name(), to_string(what), peer,
              taken ? "" : "refused, it is ", to_string(one->stands().now));
    response.status = taken ? 200 : 409;
    response.content_type = "application/json";
    response.body.append(pipeline_json(*one, clock_.wall_now()));
}

} // namespace sluice::admin
