#include "admin/router.hpp"

#include "admin/embedded.hpp"
#include "admin/metric_page.hpp"
#include "admin/pipeline_metrics.hpp"
#include "admin/status.hpp"
#include "admin/status_page.hpp"
#include "admin/stored_json.hpp"
#include "core/log.hpp"

namespace sluice::admin {
namespace {

// Of every answer: what it is stands in its type alone, and nobody keeps it.
constexpr std::string_view common_fields =
    "X-Content-Type-Options: nosniff\r\nCache-Control: no-store\r\n";

void fail(net::http_response& response, unsigned status, std::string_view text)
{
    response.status = status;
    response.content_type = "text/plain; charset=utf-8";
    response.body.append(text);
}

void fail_method(net::http_response& response, std::string_view allowed)
{
    response.extra_fields += fmt::format("Allow: {}\r\n", allowed);
    fail(response, 405, allowed == "POST" ? "only POST\n" : "only GET\n");
}

void fail_name(net::http_response& response)
{
    fail(response, 404, "no such pipeline; /api/v1/status shows all\n");
}

void refuse(net::http_response& response, permission why)
{
    if (why == permission::from_browser)
        return fail(response, 403,
                    "only for who asks for localhost or a loopback address, and not for web pages "
                    "of others: set admin.token, and send it\n");
    response.extra_fields += "WWW-Authenticate: Bearer\r\n";
    fail(response, 401, "send the token of admin.token as a bearer token\n");
}

// Scrapers and people need less by far. The burst is for who asks again and again within a moment.
constexpr net::rate texts_max{.per_second = 10, .burst = 20};

std::string_view path_of(std::string_view target)
{
    return target.substr(0, target.find('?'));
}

} // namespace

router::router(clock& time, config::admin settings, watched_pipelines watched,
               stored_readers stored, more_metrics more)
    : clock_(time),
      settings_(std::move(settings)),
      watched_(std::move(watched)),
      stored_(std::move(stored)),
      more_(std::move(more)),
      metrics_(texts_max, [this] { return metrics_text(); }),
      status_(texts_max, [this] { return status_json(watched_(), clock_.wall_now()); }),
      events_(time, [this] { return status_.get(clock_.now()); })
{}

std::string router::metrics_text() const
{
    metric_page page;
    add_process(page);
    for (const pipeline::pipeline* const each : watched_())
        add_metrics(page, *each);
    if (more_)
        more_(page);
    return std::move(page).text();
}

pipeline::pipeline* router::find(std::string_view name) const
{
    for (pipeline::pipeline* const each : watched_())
        if (each->name() == name)
            return each;
    return nullptr;
}

awaitable<void> router::answer(const net::http_request& request, net::http_response& response)
{
    response.extra_fields = common_fields;
    if (const std::optional<route> asked = answer_now(request, response))
        co_await show_stored(*asked, request.target, response);
}

// Who may not see data does not learn either which pipelines there are.
std::optional<route> router::answer_now(const net::http_request& request,
                                        net::http_response& response)
{
    const std::optional<route> asked = find_route(path_of(request.target));
    if (!asked) {
        fail(response, 404, "not found; /api/v1/openapi.json tells what there is\n");
        return std::nullopt;
    }
    const std::string_view method = asked->form.method();
    const permission right = may_enter(request, settings_);
    if (request.method != method && !(method == "GET" && request.method == "HEAD"))
        fail_method(response, method == "GET" ? "GET, HEAD" : method);
    else if (asked->form.is_public())
        show_public(asked->form.what, response);
    else if (asked->form.told)
        obey(*asked, request, response);
    else if (right != permission::granted)
        refuse(response, right);
    else if (asked->form.is_stored())
        return asked;
    else
        show_data(*asked, response);
    return std::nullopt;
}

// Never more than one question to the database, whoever asks: it has other things to do.
awaitable<void> router::show_stored(route asked, std::string_view target,
                                    net::http_response& response)
{
    const std::shared_ptr<postgres::stored_reader> stored = stored_(asked.name);
    const auto limit = limit_of(target, postgres::stored_reader::limit_max);
    if (stored == nullptr)
        co_return fail_name(response);
    if (!limit)
        co_return fail(
            response, 400,
            fmt::format("limit: a number from 1 to {}\n", postgres::stored_reader::limit_max));
    if (reading_) {
        response.extra_fields += "Retry-After: 1\r\n";
        co_return fail(response, 503, "somebody else is reading what is stored\n");
    }
    reading_ = true;
    const std::shared_ptr<void> done(nullptr, [this](void*) { reading_ = false; });
    try {
        if (asked.form.what == endpoint::latest) {
            const postgres::stored_rows found = co_await stored->latest(*limit);
            response.body.append(latest_json(asked.name, found));
        } else {
            const std::vector<postgres::letter> found = co_await stored->letters(*limit);
            response.body.append(letters_json(asked.name, found));
        }
        response.content_type = "application/json";
    } catch (const postgres::database_error& error) {
        fail(response, 503, fmt::format("{}\n", error.what()));
    }
}

void router::show_public(endpoint what, net::http_response& response)
{
    if (what == endpoint::page) {
        response.content_type = "text/html; charset=utf-8";
        response.extra_fields += fmt::format("Content-Security-Policy: {}\r\n"
                                             "Referrer-Policy: no-referrer\r\n",
                                             status_page().policy);
        response.body.append(status_page().text);
    } else if (what == endpoint::openapi) {
        response.content_type = "application/json";
        response.body.append(openapi_json);
    } else if (what == endpoint::metrics) {
        response.content_type = "text/plain; version=0.0.4; charset=utf-8";
        response.body.append(metrics_.get(clock_.now()));
    } else if (what == endpoint::healthz) {
        const health alive = liveness(watched_());
        response.status = alive.good ? 200 : 503;
        response.body.append(alive.good ? "alive\n" : alive.text);
    } else {
        const health ready = readiness(watched_());
        response.status = ready.good ? 200 : 503;
        response.body.append(ready.good ? "ready\n" : ready.text);
    }
}

void router::show_data(const route& asked, net::http_response& response)
{
    if (asked.form.what == endpoint::events)
        return show_events(response);
    const pipeline::pipeline* const one = asked.name.empty() ? nullptr : find(asked.name);
    if (!asked.name.empty() && one == nullptr)
        return fail_name(response);
    response.content_type = "application/json";
    response.body.append(one != nullptr ? pipeline_json(*one, clock_.wall_now())
                                        : status_.get(clock_.now()));
}

void router::show_events(net::http_response& response)
{
    response.pieces = events_.join().value_or(nullptr);
    if (!response.pieces) {
        response.extra_fields += "Retry-After: 2\r\n";
        return fail(response, 503, "as many as may are reading events already\n");
    }
    response.content_type = "text/event-stream";
}

// One line of the log for each: who, what, and what came of it. Only a name of the configuration
// is written there, and nothing else of the request.
void router::obey(const route& asked, const net::http_request& request,
                  net::http_response& response)
{
    const std::string_view what = to_string(*asked.form.told);
    const std::string peer = request.peer.address().to_string();
    const permission right = may_enter(request, settings_);
    if (right != permission::granted) {
        log::warning("admin", "{} from {} is refused: {}", what, peer,
                     right == permission::from_browser
                         ? "it has an Origin, or a Host that is not here"
                         : "without the token");
        return refuse(response, right);
    }
    pipeline::pipeline* const one = find(asked.name);
    if (one == nullptr) {
        log::warning("admin", "{} from {} is refused: no such pipeline", what, peer);
        return fail_name(response);
    }
    const bool taken = execute(*asked.form.told, *one);
    metrics_.outdate();
    status_.outdate();
    log::info("admin", "{}: {} from {}: {}{}", one->name(), what, peer,
              taken ? "" : "refused, it is ", to_string(one->stands().now));
    response.status = taken ? 200 : 409;
    response.content_type = "application/json";
    response.body.append(pipeline_json(*one, clock_.wall_now()));
}

} // namespace sluice::admin
