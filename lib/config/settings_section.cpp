#include "config/document.hpp"
#include "config/fields.hpp"
#include "config/rules.hpp"
#include "config/sections.hpp"

#include <fmt/format.h>

namespace sluice::config {
namespace {

using namespace std::chrono_literals;

constexpr count_bounds workers{1, workers_max};
constexpr duration_bounds shutdown_deadline{1s, 1h};

constexpr std::array<named<log::level>, 5> log_levels{{
    {"debug", log::level::debug},
    {"info", log::level::info},
    {"warning", log::level::warning},
    {"error", log::level::error},
    {"off", log::level::off},
}};

constexpr std::array<named<log::format>, 3> log_formats{{
    {"auto", log::format::automatic},
    {"text", log::format::text},
    {"json", log::format::json},
}};

field listen_field(admin& out)
{
    return single(fmt::format("{}:{}", out.address, out.port), "ADDRESS:PORT",
                  [&out](value_text value) -> verdict {
                      auto listen = parse_listen(value);
                      if (!listen)
                          return listen.error();
                      out.address = std::move(listen->address);
                      out.port = listen->port;
                      return std::nullopt;
                  });
}

void describe(form& keys, admin& server)
{
    keys.key("listen", listen_field(server), {.help = "metrics, health, status page"});
    keys.key("token", hidden(server.token, check_token),
             {.help = "what a bearer must show to see data or to change anything",
              .example = "\"${file:/etc/sluice/admin-token}\""});
}

void describe_log(form& keys, settings& all)
{
    keys.key("level", choice(all.log_level, log_levels), {});
    keys.key("format", choice(all.log_format, log_formats),
             {.help = "auto: text on a terminal, else JSON lines"});
}

} // namespace

void describe(form& keys, settings& all)
{
    keys.each("pipelines",
              {.help = "from one queue to one table each, by name",
               .example = "user_logins",
               .required = true},
              [&](form& inner, const std::string& name) {
                  if (const auto wrong = check_pipeline_name({name, in_quotes(name)}))
                      inner.refuse(*wrong);
                  pipeline& one = all.pipelines.emplace_back();
                  one.name = name;
                  describe(inner, one);
              });
    keys.section("keys", {}, [&](form& inner) {
        inner.key("keyring", text(all.keyring, check_not_empty),
                  {.help = "path of the keys of sealed columns; sluice keys generate makes it",
                   .example = "/etc/sluice/keyring.json"});
    });
    keys.key("workers", count_or("auto", all.workers, workers),
             {.help = "transform threads; auto: cores minus I/O threads, 64 at most"});
    keys.section("admin", {}, [&](form& inner) { describe(inner, all.admin); });
    keys.section("shutdown", {}, [&](form& inner) {
        inner.key("deadline", duration(all.shutdown_deadline, shutdown_deadline),
                  {.help = "time to finish what is under way"});
    });
    keys.section("log", {}, [&](form& inner) { describe_log(inner, all); });
}

} // namespace sluice::config
