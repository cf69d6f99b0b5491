#include "aws/settings_error.hpp"
#include "config/rules.hpp"
#include "core/asio_clock.hpp"
#include "core/run_on.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/queue_access.hpp"
#include "daemon/send/message_lines.hpp"
#include "daemon/send/send_report.hpp"
#include "daemon/send/sender.hpp"

#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/thread_pool.hpp>

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <exception>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace sluice::daemon {
namespace {

struct send_options
{
    std::string path;
    std::string pipeline;
    std::string lines;
    std::string group_id;
    std::string group_from;
    std::string same; // empty: line
};

constexpr const char* standard_input = "-";

// The lines are read on a thread of their own: a pipe may be slow, and what is under way must go
// on.
class sending
{
public:
    sending(const config::sqs_source& to, std::istream& in, line_id_rules ids, send_report& report)
        : queue_(std::make_unique<queue_access>(io_.get_executor(), clock_, random_, to)),
          lines_(in, std::move(ids)),
          sender_(io_.get_executor(), clock_, random_, to.is_fifo(), ports(report))
    {}

    void run()
    {
        std::exception_ptr failure;
        auto body = [this, &failure]() -> awaitable<void> {
            try {
                co_await sender_.run();
            } catch (...) { // thrown below
                failure = std::current_exception();
            }
            queue_.reset(); // its kept connections would keep the loop running
        };
        asio::co_spawn(io_, body, [&failure](std::exception_ptr e) {
            if (e)
                failure = std::move(e);
        });
        io_.run();
        if (failure)
            std::rethrow_exception(failure);
    }

    // Before run().
    [[nodiscard]] const std::vector<std::string>& warnings() const { return queue_->warnings(); }
    [[nodiscard]] const message_lines& lines() const noexcept { return lines_; }
    [[nodiscard]] const sender& result() const noexcept { return sender_; }

private:
    send_ports ports(send_report& report)
    {
        return {.next = [this] { return next(); },
                .send =
                    [this](std::span<const sqs::outgoing> messages) {
                        return queue_->client().send(messages);
                    },
                .tell = [&report](std::uint64_t line,
                                  const std::string& why) { report.refused(line, why); },
                .progress = [&report](const send_counts& now) { report.progress(now); }};
    }

    awaitable<line_batch> next()
    {
        auto read = [this] { return lines_.next(); };
        co_return co_await run_on(reading_.get_executor(), std::move(read));
    }

    asio::io_context io_{1};
    asio::thread_pool reading_{1};
    asio_clock clock_{io_.get_executor()};
    seeded_random random_{machine_seed()};
    std::unique_ptr<queue_access> queue_;
    message_lines lines_;
    sender sender_;
};

config::problem told(const sqs::queue_error& error)
{
    switch (error.why()) {
    case sqs::failure::forbidden:
        return {error.what(), "look at the credentials, and allow them sqs:SendMessage"};
    case sqs::failure::no_queue:
        return {error.what(), "make the queue, or correct its URL"};
    case sqs::failure::throttled:
        return {error.what(), "send the rest later"};
    case sqs::failure::transient:
    case sqs::failure::bad_request:
    case sqs::failure::abandoned:
        break;
    }
    return {error.what(), "see that the URL is that of a queue which can be reached, and send the "
                          "rest later"};
}

config::json_pointer pointer_of(std::string_view option, const std::string& text)
{
    const auto parsed = config::parse_origin({text, config::in_quotes(text)});
    const auto* const pointer = parsed ? std::get_if<config::json_pointer>(&*parsed) : nullptr;
    if (pointer == nullptr || pointer->path.empty())
        throw usage_error(fmt::format("{}: {} is no JSON pointer; write /field or /object/field",
                                      option, config::in_quotes(text)));
    return *pointer;
}

void put_group(const send_options& given, line_id_rules& into)
{
    if (!given.group_from.empty())
        into.group_from = pointer_of("--group-from", given.group_from);
    if (!given.group_id.empty() && !is_message_id_text(given.group_id))
        throw usage_error(
            fmt::format("--group-id: {} is no MessageGroupId; give 1 to 128 printable "
                        "ASCII characters without blanks",
                        config::in_quotes(given.group_id)));
    into.group_id = given.group_id;
}

void put_sameness(const send_options& given, line_id_rules& into)
{
    if (given.same.empty() || given.same == "line") {
        seeded_random chance(machine_seed());
        into.same = same_message::line;
        into.run = fmt::format("{:016x}{:016x}", chance.next(), chance.next());
    } else if (given.same == "content") {
        into.same = same_message::content;
    } else {
        into.same = same_message::value;
        into.same_value_from = pointer_of("--same", given.same);
    }
}

// Throws usage_error for what does not fit the queue. A standard queue takes groups, too, and is
// fair between them.
line_id_rules ids_for(const config::pipeline& to, const send_options& given)
{
    line_id_rules out;
    put_group(given, out);
    if (!to.source.is_fifo() && !given.same.empty())
        throw usage_error(fmt::format("--same: the queue of {} is no FIFO queue, and takes every "
                                      "message as a new one; leave it out",
                                      to.name));
    if (!to.source.is_fifo())
        return out;
    if (out.group_id.empty() && !out.group_from)
        throw usage_error(
            fmt::format("the queue of {} is a FIFO queue, where every message is of a "
                        "group; give --group-from POINTER, or --group-id ID for all",
                        to.name));
    put_sameness(given, out);
    return out;
}

exit_code send_lines(const config::loaded& file, const send_options& given, std::istream& in,
                     console& terminal)
{
    const config::pipeline& pipeline = choose_pipeline(file.value, given.pipeline);
    line_id_rules ids = ids_for(pipeline, given);
    // As many connections as there are batches at once.
    config::sqs_source to = pipeline.source;
    to.fetchers.max = std::max(to.fetchers.max, sender::batches_at_once);

    send_report report(given.lines == standard_input ? "standard input" : given.lines, terminal);
    sending work(to, in, std::move(ids), report);
    for (const std::string& warning : work.warnings())
        terminal.err << config::printable(warning) << '\n';
    bool failed = false;
    try {
        work.run();
    } catch (const sqs::queue_error& error) {
        failed = true;
        report.clear();
        const std::string key = fmt::format("pipelines.{}.source.sqs.queue_url", pipeline.name);
        const config::place at = file.keys.place_of(key);
        const config::finding line{config::severity::error, at.line, at.column, key, told(error)};
        terminal.err << config::to_string(file.value.file, line) << '\n';
        report.stopped(work.result().given_up(), work.lines().lines_read());
    }
    if (work.lines().broken()) {
        failed = true;
        report.broken(work.lines().lines_read());
    }
    report.summary(work.result().counts(), work.lines().lines_empty());
    return failed || work.result().counts().not_sent != 0 ? exit_code::failed : exit_code::done;
}

exit_code run(const send_options& given, console& terminal)
{
    constexpr std::array<std::string_view, 1> needed{"source"};
    const config::loaded file = load_parts(given.path, needed);
    print_findings(file, terminal);
    if (!file.ok())
        return exit_code::wrong_usage;
    try {
        if (given.lines == standard_input)
            return send_lines(file, given, terminal.in, terminal);
        std::ifstream in(given.lines, std::ios::binary);
        if (!in)
            throw usage_error(given.lines + ": cannot be read; name a file of messages, one a "
                                            "line, or - for standard input");
        return send_lines(file, given, in, terminal);
    } catch (const usage_error& error) {
        terminal.err << config::printable(error.what()) << '\n';
    } catch (const aws::settings_error& error) {
        terminal.err << config::printable(fmt::format("{}: {}", file.value.file, error.what()))
                     << '\n';
    }
    return exit_code::wrong_usage;
}

} // namespace

action declare_send(CLI::App& app)
{
    auto given = std::make_shared<send_options>();
    add_configuration_option(app, given->path)->required();
    app.add_option("--pipeline", given->pipeline, "To whose queue; needed if there are several")
        ->type_name("NAME");
    app.add_option("F", given->lines, "A file of messages, one a line; - is standard input")
        ->required();
    auto* const group_id =
        app.add_option("--group-id", given->group_id, "The message group of every line")
            ->type_name("ID");
    app.add_option("--group-from", given->group_from,
                   "Where in a line its message group stands: a JSON pointer")
        ->type_name("POINTER")
        ->excludes(group_id);
    app.add_option(
           "--same", given->same,
           "What makes two lines one message to a FIFO queue, within five minutes: the "
           "same line\nsent again (line, the default), the same text (content), or the same "
           "value at a\nJSON pointer")
        ->type_name("line|content|POINTER");
    app.footer("A line is sent as it is, whatever it holds; empty ones are left out. A message "
               "whose answer\nwas lost is sent again, and may so be in a standard queue twice. A "
               "FIFO queue needs --group-id\nor --group-from, and gets the lines of each group in "
               "their order.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
