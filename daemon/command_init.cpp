#include "config/references.hpp"
#include "config/rules.hpp"
#include "daemon/command.hpp"
#include "daemon/configuration.hpp"
#include "daemon/init/field_names.hpp"
#include "daemon/init/new_file.hpp"
#include "daemon/init/sample_records.hpp"
#include "daemon/init/sample_shape.hpp"
#include "daemon/init/starter_columns.hpp"
#include "daemon/init/starter_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <memory>
#include <ostream>
#include <string>
#include <string_view>
#include <system_error>
#include <utility>

namespace sluice::daemon {
namespace {

struct init_options
{
    std::string samples;
    std::string queue_url;
    std::string table;
    std::string pipeline;
    std::string output;
};

constexpr const char* standard_input = "-";
constexpr const char* default_pipeline = "records";
constexpr std::size_t refusals_told = 20;

std::string source_of(const init_options& given)
{
    return given.samples == standard_input ? "standard input" : given.samples;
}

// Tells what is no sample, but not without end.
class refusals
{
public:
    refusals(std::string file, console& terminal) : file_(std::move(file)), terminal_(terminal) {}

    void tell(std::uint64_t line, const std::string& why)
    {
        if (++count_ <= refusals_told)
            say(fmt::format("{}:{}: {}", file_, line, why));
    }

    void end() const
    {
        if (count_ > refusals_told)
            say(fmt::format("{}: {} more are no samples", file_, count_ - refusals_told));
    }

    void say(std::string_view what) const { terminal_.err << config::printable(what) << '\n'; }

private:
    std::string file_;
    console& terminal_;
    std::size_t count_ = 0;
};

void refuse_option(const char* option, const config::verdict& wrong)
{
    if (wrong)
        throw usage_error(fmt::format("{}: {}; {}", option, wrong->what, wrong->remedy));
}

// A reference is left to whoever reads the file.
config::verdict check_url(const std::string& url)
{
    const std::string shown = config::in_quotes(url);
    const auto read = config::expand(url, config::references::leave, {});
    if (!read.errors.empty())
        return read.errors.front();
    return read.has_references ? std::nullopt : config::check_queue_url({url, shown});
}

void check_options(const init_options& given)
{
    const auto shown = [](const std::string& text) { return config::in_quotes(text); };
    if (!given.pipeline.empty())
        refuse_option("--pipeline",
                      config::check_pipeline_name({given.pipeline, shown(given.pipeline)}));
    if (!given.table.empty())
        if (const auto table = config::parse_table({given.table, shown(given.table)}); !table)
            refuse_option("--table", table.error());
    if (!given.queue_url.empty())
        refuse_option("--queue-url", check_url(given.queue_url));
    if (!given.output.empty() && std::filesystem::exists(given.output))
        throw usage_error(fmt::format("--output: {} is there already, and is left as it is; name "
                                      "another file",
                                      config::in_quotes(given.output)));
}

// Of what the file of samples is called: user-logins.jsonl has those of user_logins.
std::string pipeline_for(const init_options& given)
{
    if (!given.pipeline.empty())
        return given.pipeline;
    const std::string name = snake_case(std::filesystem::path(given.samples).stem().string());
    const bool fits = given.samples != standard_input && !config::check_pipeline_name({name, name});
    return fits ? name : default_pipeline;
}

std::string table_for(const init_options& given, const std::string& pipeline)
{
    if (!given.table.empty())
        return given.table;
    return snake_case(pipeline);
}

struct starter
{
    std::string text;
    std::string summary;
};

// Throws usage_error if there is no sample to learn from.
starter learn(const init_options& given, std::istream& in, refusals& told)
{
    sample_shape shape;
    const samples_read read = read_samples(
        in,
        {.take = [&shape](std::string_view record) { shape.add(record); },
         .refuse = [&told](std::uint64_t line, const std::string& why) { told.tell(line, why); }});
    told.end();
    if (read.is_broken)
        throw usage_error(source_of(given) +
                          ": cannot be read to its end; name a file of messages");
    const starter_columns made = choose_columns(shape);
    if (made.columns.empty())
        throw usage_error(source_of(given) +
                          ": holds no sample with a field; give JSON objects, one "
                          "a line");
    const std::string pipeline = pipeline_for(given);
    const starter_settings settings{.pipeline = pipeline,
                                    .table = table_for(given, pipeline),
                                    .queue_url = given.queue_url,
                                    .form = read.form,
                                    .samples = read.records,
                                    .is_cut = read.is_cut,
                                    .left_fields_out =
                                        shape.left_fields_out() || made.left_fields_out};
    const auto masked = std::ranges::count_if(made.columns, [](const starter_column& each) {
        return each.is.mask != config::mask_kind::none;
    });
    return {starter_file(settings, made),
            fmt::format("{} columns, {} of them masked, from {} samples", made.columns.size(),
                        masked, read.records)};
}

starter learn(const init_options& given, refusals& told, console& terminal)
{
    if (given.samples == standard_input)
        return learn(given, terminal.in, told);
    std::ifstream in(given.samples, std::ios::binary);
    if (!in)
        throw usage_error(given.samples + ": cannot be read; name a file of messages, one a line, "
                                          "or - for standard input");
    return learn(given, in, told);
}

exit_code run(const init_options& given, console& terminal)
{
    refusals told(source_of(given), terminal);
    try {
        check_options(given);
        const starter made = learn(given, told, terminal);
        if (given.output.empty()) {
            terminal.out << made.text;
            return exit_code::done;
        }
        write_new_file(given.output, made.text);
        terminal.out << config::printable(fmt::format("{}: {}; look it through, and run sluice "
                                                      "check -c {}",
                                                      given.output, made.summary, given.output))
                     << '\n';
        return exit_code::done;
    } catch (const usage_error& error) {
        told.say(error.what());
        return exit_code::wrong_usage;
    } catch (const std::system_error& error) {
        told.say(fmt::format("{}; see that there is room for it", error.what()));
        return exit_code::failed;
    }
}

} // namespace

action declare_init(CLI::App& app)
{
    auto given = std::make_shared<init_options>();
    app.add_option("--sample", given->samples,
                   "A file of messages, one JSON object a line; - is standard input")
        ->required()
        ->type_name("FILE");
    app.add_option("--queue-url", given->queue_url, "The queue; else from SLUICE_QUEUE_URL")
        ->type_name("URL");
    app.add_option("--table", given->table, "The table; else named like the pipeline")
        ->type_name("NAME");
    app.add_option("--pipeline", given->pipeline, "The pipeline; else named like the file")
        ->type_name("NAME");
    app.add_option("--output", given->output, "A new file to write to; else standard output")
        ->type_name("FILE");
    app.footer("No value of a message is in what it writes. Fields that look personal are masked. "
               "It takes what\n`aws sqs receive-message` prints, too, and takes records out of SNS "
               "notifications and base64+gzip.");
    return [given](console& terminal) { return run(*given, terminal); };
}

} // namespace sluice::daemon
