#include "integration/letters/letter_rig.hpp"

#include "config/load.hpp"
#include "daemon/command_line.hpp"
#include "integration/postgres/bench.hpp"
#include "transform/transformer.hpp"
#include "unit/transform/sample_pipeline.hpp"

#include <catch2/catch.hpp>
#include <fcntl.h>
#include <fmt/format.h>
#include <spawn.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <sstream>

namespace sluice::test {

using daemon::tests::ended;

namespace {

ended run_sluice(const std::vector<std::string>& arguments)
{
    std::vector<const char*> argv{"sluice"};
    for (const std::string& each : arguments)
        argv.push_back(each.c_str());
    argv.push_back(nullptr);
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    daemon::console terminal{in, out, err};
    const auto code =
        daemon::run_command_line(static_cast<int>(argv.size()) - 1, argv.data(), terminal);
    return {static_cast<int>(code), out.str(), err.str()};
}

} // namespace

letter_rig::letter_rig() : keyring(folder.path("keyring.json"))
{
    REQUIRE(run_sluice({"keys", "generate", "--keyring", keyring}).code == 0);
    real_bench bench;
    bench.run([&]() -> awaitable<void> {
        postgres::connection on(bench.io.get_executor(), bench.blocking.get_executor());
        co_await on.open(database.url());
        co_await postgres::migrate(on, bench.time.wall_now());
    });
    database.run("CREATE TABLE public.items (name text NOT NULL)");
}

std::string letter_rig::configure(const std::string& name, bool with_keyring)
{
    std::string text = fmt::format(R"(pipelines:
  items:
    source: {{ sqs: {{ queue_url: "http://127.0.0.1:1/000000000000/q", region: eu-west-1 }} }}
    record: {{ columns: {{ name: {} }} }}
    sink: {{ postgres: {{ url: "{}", table: items }} }}
)",
                                   name, database.url().reveal());
    if (with_keyring)
        text += fmt::format("keys: {{ keyring: {} }}\n", keyring);
    static int number = 0;
    return folder.write(fmt::format("sluice{}.yaml", ++number), text);
}

void letter_rig::add_letters(int first, int last, const std::string& reason)
{
    database.run(fmt::format(
        "INSERT INTO sluice.dead_letters (pipeline, message_id, reason, column_name, detail, body, "
        "body_sealed, receive_count, sent_at, received_at, config_hash) "
        "SELECT 'items', format('00000000-0000-4000-8000-%s', lpad(n::text, 12, '0')), '{}', "
        "'name', 'max_length 1', convert_to(format('{{\"name\":\"n%s\"}}', n), 'UTF8'), false, 1, "
        "now(), now(), 'aaaa' FROM generate_series({}, {}) n",
        reason, first, last));
}

void letter_rig::refuse(const std::string& config, const std::string& body,
                        const std::string& group)
{
    const config::loaded file = config::load(config, config::references::resolve);
    REQUIRE(file.ok());
    const config::pipeline& one = file.value.pipelines.front();
    const auto columns = transform::mapping::compile(one).made;
    std::optional<mask::keyring> keys;
    if (!file.value.keyring.empty())
        keys = mask::keyring::load(file.value.keyring);
    transform::transformer work(columns, keys ? &*keys : nullptr);
    real_bench bench;
    message_options how;
    static int number = 0;
    how.id = fmt::format("11111111-0000-4000-8000-{:012}", ++number);
    how.group_id = group;
    how.sent_at_ms = bench.time.wall_now().time_since_epoch().count();
    response message;
    message.add(body, how);
    transform::row_batch batch;
    columns->shape(batch);
    REQUIRE(work.add({&message.get(), 0}, batch) == transform::outcome::dead_letter);
    batch.seal();
    bench.run([&]() -> awaitable<void> {
        postgres::session_options options = options_for(database);
        const auto sql = std::make_shared<postgres::statements>(
            postgres::make_target("public", "items", *columns));
        postgres::session link(bench.io.get_executor(), bench.blocking.get_executor(),
                               std::move(options), sql);
        co_await link.open();
        co_await link.send(batch, transform::row_batch::path::fast);
        const postgres::commit_outcome outcome = co_await link.receive();
        REQUIRE(outcome.letters_stored == 1);
    });
}

ended letter_rig::letters(const std::string& part, const std::string& config,
                          std::vector<std::string> more)
{
    std::vector<std::string> arguments{"letters", part, "-c", config};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_sluice(arguments);
}

boost::json::value letter_rig::json(const std::string& part, const std::string& config,
                                    std::vector<std::string> more)
{
    more.emplace_back("--json");
    const ended got = letters(part, config, std::move(more));
    INFO(got.err);
    REQUIRE(got.code == 0);
    return boost::json::parse(got.out);
}

process::process(std::vector<std::string> arguments)
{
    arguments.insert(arguments.begin(), SLUICE_BINARY);
    std::vector<char*> argv;
    for (std::string& each : arguments)
        argv.push_back(each.data());
    argv.push_back(nullptr);
    posix_spawn_file_actions_t quiet;
    posix_spawn_file_actions_init(&quiet);
    for (const int stream : {STDOUT_FILENO, STDERR_FILENO})
        posix_spawn_file_actions_addopen(&quiet, stream, "/dev/null", O_WRONLY, 0);
    REQUIRE(posix_spawn(&id_, SLUICE_BINARY, &quiet, nullptr, argv.data(), environ) == 0);
    posix_spawn_file_actions_destroy(&quiet);
}

process::~process()
{
    if (id_ > 0) {
        kill();
        wait();
    }
}

void process::kill()
{
    ::kill(id_, SIGKILL);
}

bool process::running() const
{
    siginfo_t about{};
    // WNOWAIT: its status is still there for wait().
    return waitid(P_PID, static_cast<id_t>(id_), &about, WEXITED | WNOHANG | WNOWAIT) == 0 &&
           about.si_pid == 0;
}

int process::wait()
{
    int status = 0;
    REQUIRE(waitpid(id_, &status, 0) == id_);
    id_ = -1;
    return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

} // namespace sluice::test
