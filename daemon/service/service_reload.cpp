// SIGHUP: the configuration is read again, with its secrets, keys and certificates. It comes into
// force as a whole, or not at all.
#include "core/log.hpp"
#include "core/run_on.hpp"
#include "daemon/configuration.hpp"
#include "daemon/service/outside_files.hpp"
#include "daemon/service/service.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <map>

namespace sluice::daemon {

// All that was read, or what is wrong with it.
struct service::reading
{
    config::loaded file;
    std::string keyring_mark{};
    keyring_pointer keys{};
    std::map<std::string, std::string> files_marks{}; // by pipeline, as they are now
};

void service::ask_reload()
{
    if (stopping_)
        return;
    if (options_.once) {
        log::warning("daemon", "SIGHUP: with --once the configuration is read only at the start");
        return;
    }
    reload_asked_ = true;
    if (reloading_)
        return; // it looks again when it is done
    reloading_ = true;
    serving_.spawn([this] { return reload(); });
}

awaitable<void> service::reload()
{
    while (reload_asked_ && !stopping_) {
        reload_asked_ = false;
        log::info("daemon", "SIGHUP: reading {} again", settings_.file);
        manager_.reloading();
        co_await reload_once();
        if (!stopping_)
            manager_.ready();
    }
    reloading_ = false;
}

awaitable<void> service::reload_once()
{
    reading fresh = co_await read_again();
    if (stopping_)
        co_return;
    refuse_what_needs_restart(settings_, fresh.file);
    if (!fresh.file.ok())
        co_return refuse(fresh.file);
    const reload_plan plan = plan_reload(settings_, fresh.file.value, compare_outside(fresh));
    std::vector<pipeline_set::member> members = make_members(fresh, plan);
    if (!fresh.file.ok())
        co_return refuse(fresh.file);
    adopt(std::move(fresh));
    std::vector<std::string> names;
    for (const config::pipeline& each : settings_.pipelines)
        names.push_back(each.name);
    pipelines_.change(std::move(members), names);
    co_await pipelines_.settled();
    if (!stopping_)
        log::info("daemon",
                  "{} (hash {}) is in force; pipelines: {} begun, {} replaced, {} ended, {} kept",
                  settings_.file, settings_.hash, plan.begin.size(), plan.replace.size(),
                  plan.end.size(), plan.keep.size());
}

// Files may lie where reading takes long, so this happens beside the I/O thread.
awaitable<service::reading> service::read_again()
{
    std::map<std::string, std::vector<std::string>> files;
    for (pipeline_host* const each : pipelines_.members())
        files.emplace(each->running().name(), each->files());
    auto read = [path = settings_.file, files = std::move(files)] {
        reading out{.file = load_configuration(path, config::references::resolve)};
        for (const auto& [name, paths] : files)
            out.files_marks.emplace(name, mark_of(paths));
        const std::string& keyring = out.file.value.keyring;
        out.keyring_mark = mark_of({&keyring, 1});
        try {
            if (out.file.ok())
                out.keys = load_keyring(keyring);
        } catch (const mask::keyring_error& error) {
            out.file.report(config::severity::error, "keys.keyring", halves(error.what()));
        }
        return out;
    };
    co_return co_await run_on(blocking_.get_executor(), std::move(read));
}

changed_outside service::compare_outside(const reading& with) const
{
    changed_outside out{.keyring = with.keyring_mark != keyring_mark_};
    for (pipeline_host* const each : pipelines_.members()) {
        const std::string& name = each->running().name();
        if (with.files_marks.at(name) != each->files_mark())
            out.pipelines.insert(name);
    }
    return out;
}

// Reports what keeps a pipeline from being made.
std::vector<pipeline_set::member> service::make_members(reading& from, const reload_plan& plan)
{
    std::vector<pipeline_set::member> out;
    for (const config::pipeline& each : from.file.value.pipelines) {
        if (std::ranges::find(plan.keep, each.name) != plan.keep.end())
            continue;
        try {
            out.push_back(make_member(from.file.value, each, from.keys));
        } catch (const std::exception& error) {
            from.file.report(config::severity::error,
                             fmt::format("pipelines.{}.source.sqs", each.name),
                             halves(error.what()));
        }
    }
    return out;
}

void service::adopt(reading fresh)
{
    for (const config::finding& each : fresh.file.findings)
        log::warning("daemon", "{}", config::to_string(fresh.file.value.file, each));
    settings_ = std::move(fresh.file.value);
    keyring_mark_ = std::move(fresh.keyring_mark);
    keys_ = std::move(fresh.keys);
    admin_.set_token(settings_.admin.token);
    log::set_level(options_.level.value_or(settings_.log_level));
    reloads_.accepted(clock_.wall_now());
}

void service::refuse(const config::loaded& file)
{
    for (const config::finding& each : file.findings)
        if (each.weight == config::severity::error)
            log::error("daemon", "{}", config::to_string(file.value.file, each));
    log::error("daemon",
               "{} is refused, and what was read before stays in force; correct it and send "
               "SIGHUP again",
               file.value.file);
    reloads_.refused();
}

} // namespace sluice::daemon
