#include "sqs_server/server/program_options.hpp"

#include "core/version.hpp"
#include "sqs_server/server/secret_file.hpp"

#include <CLI/CLI.hpp>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>
#include <random>

namespace sluice::sqs_server {
namespace {

using std::chrono::milliseconds;

constexpr milliseconds latency_max = std::chrono::seconds(60);
constexpr std::uint64_t messages_max = 100'000'000;
constexpr std::uint64_t seed_max = UINT64_MAX;

constexpr const char* description =
    "A local Amazon SQS server: the JSON protocol, in memory, on one thread. When it is ready it\n"
    "prints the URL of each queue, one a line, and runs until SIGTERM or SIGINT. SIGUSR1 writes\n"
    "out the journal. GET /health answers when it is up, GET /stats tells what it did.";

constexpr const char* footer = R"(
Values of the form HEAD,key=value take:
  --queue NAME            visibility=30s delay=0s wait=0s retention=96h dead_letters=NAME
                          max_receives=N content_deduplication. A NAME that ends in .fifo is FIFO.
                          Queues can be made at run time too (CreateQueue).
  --prefill N             queue=NAME (the first --queue) repeated=1% others=2% size=200 seed=1
                          repeated: bodies sent before; others: messages that are no logins
  --faults SEED           share=1% for every kind, or KIND=2% for one of: server_error slow_down
                          throttled html_page dropped_before dropped_after truncated empty
                          failing_entries wrong_md5; on=OPERATION+OPERATION
  --latency 10ms          or OPERATION=10ms, more than once
  --signatures KEY:FILE   the access key id, and a file with the secret access key; or `environment`
                          for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY

Example:
  sluice-sqs --listen 127.0.0.1:9324 --queue failed --queue logins,dead_letters=failed,max_receives=5
  aws --endpoint-url http://127.0.0.1:9324 sqs send-message --message-body hello \
      --queue-url http://127.0.0.1:9324/000000000000/logins

Exit status: 0 ended by a signal, 1 failed while running, 2 wrong usage.)";

// What CLI11 fills in: texts, read after it is done.
struct raw_options
{
    std::string listen = "127.0.0.1:9324";
    std::vector<std::string> queues;
    std::vector<std::string> prefills;
    std::vector<std::string> latencies;
    std::optional<std::string> duplicates;
    std::string order = "sent";
    std::optional<std::string> faults;
    std::optional<std::string> journal;
    std::optional<std::string> signatures;
    std::vector<std::string> denied;
    std::optional<std::string> tls;
    std::string region = "us-east-1";
    std::string account = "000000000000";
    std::optional<std::string> seed;
    std::string connections = "1024";
};

void declare(CLI::App& app, raw_options& into)
{
    // An empty option would swallow the next one: every option takes exactly one value.
    const auto option = [&app](const char* name, auto& value, const char* help) {
        app.add_option(name, value, help)->expected(1);
    };
    const auto repeated = [&app](const char* name, auto& value, const char* help) {
        app.add_option(name, value, help)->expected(1)->take_all();
    };
    option("--listen", into.listen, "ADDRESS:PORT [127.0.0.1:9324]; port 0 is any free one");
    repeated("--queue", into.queues, "NAME[,key=value...]: a queue to begin with; more than once");
    repeated("--prefill", into.prefills, "N[,key=value...]: fill a queue with N sample logins");
    option("--duplicates", into.duplicates, "SHARE, as 5%: so many messages are delivered twice");
    option("--order", into.order, "sent | random: the order of standard queues [sent]");
    repeated("--latency", into.latencies, "[OPERATION=]TIME: wait before every answer");
    option("--faults", into.faults, "SEED[,key=value...]: faults, the same for the same seed");
    option("--journal", into.journal, "FILE: what happened to each message, as JSON lines");
    option("--signatures", into.signatures, "KEY:FILE | environment: check SigV4 signatures");
    repeated("--deny", into.denied, "OPERATION: nobody has the right to it; more than once");
    option("--tls", into.tls, "CERTIFICATE,KEY: serve HTTPS with these PEM files");
    option("--region", into.region, "the region in ARNs and signatures [us-east-1]");
    option("--account", into.account, "the account id in ARNs and URLs [000000000000]");
    option("--seed", into.seed, "message ids, random order and duplicates [drawn anew]");
    option("--connections", into.connections, "at most so many connections [1024]");
}

asio::ip::tcp::endpoint parse_listen(const std::string& text)
{
    constexpr const char* remedy = "write it like 127.0.0.1:9324 or [::1]:9324";
    const std::size_t colon = text.rfind(':');
    std::string host = text.substr(0, colon);
    if (host.starts_with('[') && host.ends_with(']'))
        host = host.substr(1, host.size() - 2);
    boost::system::error_code ec;
    const auto address = asio::ip::make_address(host, ec);
    if (ec || colon == std::string::npos)
        throw usage_error("--listen", fmt::format("'{}' is no ADDRESS:PORT", text), remedy);
    const std::uint64_t port = parse_count("--listen", text.substr(colon + 1), UINT16_MAX);
    return {address, static_cast<std::uint16_t>(port)};
}

queue_options parse_queue(const std::string& text)
{
    specification from("--queue", text);
    queue_options out{.name = from.head(), .attributes = {}, .dead_letters = {}};
    const auto put = [&](const char* attribute, const std::optional<std::chrono::seconds>& value) {
        if (value)
            out.attributes[attribute] = std::to_string(value->count());
    };
    put("VisibilityTimeout", from.take_seconds("visibility", visibility_max));
    put("DelaySeconds", from.take_seconds("delay", delay_max));
    put("ReceiveMessageWaitTimeSeconds", from.take_seconds("wait", wait_max));
    put("MessageRetentionPeriod", from.take_seconds("retention", std::chrono::hours(14 * 24)));
    if (out.name.ends_with(".fifo"))
        out.attributes["FifoQueue"] = "true";
    if (from.take_flag("content_deduplication"))
        out.attributes["ContentBasedDeduplication"] = "true";
    const auto dead_letters = from.take_text("dead_letters");
    const auto receives = from.take_count("max_receives", 1000);
    if (dead_letters.has_value() != receives.has_value())
        throw usage_error("--queue", "dead_letters and max_receives belong together",
                          "write dead_letters=NAME,max_receives=N");
    out.dead_letters = dead_letters.value_or("");
    out.receives_max = receives.value_or(0);
    from.done();
    return out;
}

prefill_options parse_prefill(const std::string& text, const std::vector<queue_options>& queues)
{
    specification from("--prefill", text);
    prefill_options out;
    out.messages = parse_count("--prefill", from.head(), messages_max);
    out.repeated = from.take_share("repeated").value_or(0);
    out.others = from.take_share("others").value_or(0);
    out.body_bytes = from.take_count("size", message_bytes_max).value_or(0);
    out.seed = from.take_count("seed", seed_max).value_or(1);
    const auto name = from.take_text("queue");
    from.done();
    if (queues.empty())
        throw usage_error("--prefill", "there is no queue to fill", "add --queue NAME");
    out.queue = name.value_or(queues.front().name);
    if (std::ranges::find(queues, out.queue, &queue_options::name) == queues.end())
        throw usage_error("--prefill", fmt::format("there is no queue {}", out.queue),
                          "add --queue " + out.queue);
    return out;
}

operation parse_operation(std::string_view option, std::string_view name)
{
    if (const auto what = operation_named(name))
        return *what;
    throw usage_error(option, fmt::format("'{}' is no operation of SQS", name),
                      "write it like ReceiveMessage");
}

fault_settings parse_faults(const std::string& text)
{
    specification from("--faults", text);
    fault_settings out;
    out.seed = parse_count("--faults", from.head(), seed_max);
    const auto all = from.take_share("share");
    bool named = false;
    for (std::size_t i = 0; i < fault_kind_count; ++i) {
        const auto one = from.take_share(std::string(fault_names()[i]));
        named = named || one;
        out.shares[i] = one.value_or(all.value_or(0));
    }
    constexpr double default_share = 0.01;
    if (!all && !named)
        out.shares.fill(default_share);
    if (const auto on = from.take_text("on")) {
        out.operations.reset();
        for (const std::string& name : CLI::detail::split(*on, '+'))
            out.operations.set(static_cast<std::size_t>(parse_operation("--faults on", name)));
    }
    from.done();
    return out;
}

void parse_latency(const std::string& text, service_options& into)
{
    const std::size_t equals = text.find('=');
    const milliseconds span = parse_duration(
        "--latency", text.substr(equals == std::string::npos ? 0 : equals + 1), latency_max);
    if (equals == std::string::npos)
        into.latency.fill(span);
    else
        into.latency[static_cast<std::size_t>(
            parse_operation("--latency", text.substr(0, equals)))] = span;
}

// The right to an operation is the right to its batch form, too.
void parse_denied(const std::string& name, service_options& into)
{
    into.denied.set(static_cast<std::size_t>(parse_operation("--deny", name)));
    if (const auto batch = operation_named(name + "Batch"))
        into.denied.set(static_cast<std::size_t>(*batch));
}

std::pair<std::string, std::string> split_at(std::string_view option, const std::string& text,
                                             char separator, std::string_view remedy)
{
    const std::size_t at = text.find(separator);
    if (at == 0 || at == std::string::npos || at + 1 == text.size())
        throw usage_error(option, fmt::format("it has no '{}' between two parts", separator),
                          remedy);
    return {text.substr(0, at), text.substr(at + 1)};
}

signing_key_pair parse_signatures(const std::string& text)
{
    if (text == "environment")
        return {environment_or_throw("AWS_ACCESS_KEY_ID"),
                secret(environment_or_throw("AWS_SECRET_ACCESS_KEY"))};
    auto [id, path] = split_at("--signatures", text, ':', "write ACCESS_KEY_ID:SECRET_FILE");
    return {std::move(id), read_secret_file(path)};
}

void parse_account(const raw_options& from, account_options& into)
{
    const bool digits =
        std::ranges::all_of(from.account, [](char c) { return c >= '0' && c <= '9'; });
    if (from.account.size() != 12 || !digits)
        throw usage_error("--account", fmt::format("'{}' is no account id", from.account),
                          "give twelve digits");
    if (from.order != "sent" && from.order != "random")
        throw usage_error("--order", fmt::format("'{}' is no order", from.order),
                          "write sent or random");
    into.region = from.region;
    into.id = from.account;
    // Drawn anew unless told: a consumer that remembers message ids must not meet them again.
    into.seed = from.seed ? parse_count("--seed", *from.seed, seed_max) : std::random_device{}();
    into.behaviour.random_order = from.order == "random";
    if (from.duplicates)
        into.behaviour.duplicates = parse_share("--duplicates", *from.duplicates);
}

program_options read(const raw_options& from)
{
    program_options out;
    out.listen = parse_listen(from.listen);
    out.connections_max = parse_count("--connections", from.connections, 100'000);
    for (const std::string& each : from.queues)
        out.queues.push_back(parse_queue(each));
    for (const std::string& each : from.prefills)
        out.prefills.push_back(parse_prefill(each, out.queues));
    for (const std::string& each : from.latencies)
        parse_latency(each, out.service);
    for (const std::string& each : from.denied)
        parse_denied(each, out.service);
    parse_account(from, out.service.account);
    if (from.faults)
        out.service.faults = parse_faults(*from.faults);
    if (from.signatures)
        out.signatures = parse_signatures(*from.signatures);
    if (from.tls) {
        auto [certificate, key] = split_at("--tls", *from.tls, ',', "write CERTIFICATE,KEY");
        out.tls = tls_files{std::move(certificate), std::move(key)};
    }
    out.service.journal = from.journal.value_or("");
    out.service.tls = out.tls.has_value();
    if (out.signatures)
        out.service.admit = signature_check(*out.signatures, from.region);
    return out;
}

} // namespace

parsed_command_line parse_command_line(int argc, const char* const* argv)
{
    parsed_command_line out;
    raw_options raw;
    CLI::App app(description, "sluice-sqs");
    app.footer(footer);
    app.set_version_flag("--version", fmt::format("sluice-sqs {}", version));
    declare(app, raw);
    try {
        app.parse(argc, argv);
        out.options = read(raw);
    } catch (const CLI::CallForHelp&) {
        out.out = app.help();
    } catch (const CLI::CallForVersion& version_text) {
        out.out = fmt::format("{}\n", version_text.what());
    } catch (const CLI::ParseError& error) {
        out.exit_code = 2;
        out.error = fmt::format("sluice-sqs: {}; see sluice-sqs --help\n", error.what());
    } catch (const usage_error& error) {
        out.exit_code = 2;
        out.error = fmt::format("sluice-sqs: {}\n", error.what());
    }
    return out;
}

} // namespace sluice::sqs_server
