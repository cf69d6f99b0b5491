#include "daemon/service/reload_plan.hpp"

#include "unit/config/files.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace sluice::config::tests;
using daemon::changed_outside;
using daemon::plan_reload;
using daemon::reload_plan;
using names = std::vector<std::string>;

namespace {

config::pipeline pipeline_of(const std::string& name, const std::string& url)
{
    config::pipeline out;
    out.name = name;
    out.source.queue_url = "http://localhost:9324/1/" + name;
    out.sink.url = secret(url);
    out.sink.table = name;
    return out;
}

// Two pipelines of one database, and one of another.
config::settings three()
{
    config::settings out;
    out.pipelines = {pipeline_of("a", "postgresql://one"), pipeline_of("b", "postgresql://one"),
                     pipeline_of("c", "postgresql://two")};
    return out;
}

config::loaded read(const std::string& text)
{
    return config::load_text(text, "f.yaml", config::references::leave);
}

} // namespace

TEST_CASE("reload_plan: what is the same goes on")
{
    CHECK(plan_reload(three(), three(), {}) == reload_plan{.keep = {"a", "b", "c"}});
    config::settings other_ways = three();
    other_ways.log_level = log::level::debug;
    other_ways.admin.token = secret("another");
    other_ways.hash = "0123";
    CHECK(plan_reload(three(), other_ways, {}) == reload_plan{.keep = {"a", "b", "c"}});
}

TEST_CASE("reload_plan: what is changed is replaced, alone")
{
    config::settings fresh = three();
    fresh.pipelines[1].sink.batch.rows = 7;
    CHECK(plan_reload(three(), fresh, {}) == reload_plan{.replace = {"b"}, .keep = {"a", "c"}});
}

TEST_CASE("reload_plan: what all share replaces all of them")
{
    const reload_plan all{.replace = {"a", "b", "c"}};
    config::settings fresh = three();
    SECTION("the number of transform threads")
    {
        fresh.workers = 3;
    }
    SECTION("the place of the keyring")
    {
        fresh.keyring = "/etc/other";
    }
    SECTION("the deadline of a stop")
    {
        fresh.shutdown_deadline = std::chrono::seconds(5);
    }
    CHECK(plan_reload(three(), fresh, {}) == all);
}

TEST_CASE("reload_plan: new keys replace all, new certificates the pipelines that read them")
{
    CHECK(plan_reload(three(), three(), {.keyring = true}) ==
          reload_plan{.replace = {"a", "b", "c"}});
    CHECK(plan_reload(three(), three(), {.pipelines = {"c"}}) ==
          reload_plan{.replace = {"c"}, .keep = {"a", "b"}});
}

TEST_CASE("reload_plan: a new name begins, one that is gone ends, and a renamed one does both")
{
    config::settings fresh = three();
    fresh.pipelines.push_back(pipeline_of("d", "postgresql://two"));
    CHECK(plan_reload(three(), fresh, {}) == reload_plan{.begin = {"d"}, .keep = {"a", "b", "c"}});
    CHECK(plan_reload(fresh, three(), {}) == reload_plan{.end = {"d"}, .keep = {"a", "b", "c"}});
    config::settings renamed = three();
    renamed.pipelines[1].name = "e";
    CHECK(plan_reload(three(), renamed, {}) ==
          reload_plan{.begin = {"e"}, .end = {"b"}, .keep = {"a", "c"}});
}

TEST_CASE("reload_plan: what only a restart can change is told at its line")
{
    const config::loaded before = read(good_text());
    REQUIRE(before.ok());

    config::loaded fresh = read(replaced(good_text(), "127.0.0.1:9464", "127.0.0.1:9465"));
    daemon::refuse_what_needs_restart(before.value, fresh);
    CHECK(lines(fresh) == names{"f.yaml:26: admin.listen: cannot change while the daemon runs; "
                                "restart it, or put back what was there"});

    fresh = read(replaced(good_text(), "format: auto", "format: json"));
    daemon::refuse_what_needs_restart(before.value, fresh);
    CHECK(lines(fresh) == names{"f.yaml:28: log.format: cannot change while the daemon runs; "
                                "restart it, or put back what was there"});

    fresh = read(replaced(good_text(), "level: info", "level: debug"));
    daemon::refuse_what_needs_restart(before.value, fresh);
    CHECK(fresh.ok());
}
