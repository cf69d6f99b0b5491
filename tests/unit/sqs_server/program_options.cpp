// The command line of the server.
#include "sqs_server/server/program_options.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <vector>

namespace sluice::sqs_server {
namespace {

using namespace std::chrono_literals;

parsed_command_line parse(std::vector<const char*> arguments)
{
    arguments.insert(arguments.begin(), "sluice-sqs");
    return parse_command_line(static_cast<int>(arguments.size()), arguments.data());
}

program_options good(std::vector<const char*> arguments)
{
    parsed_command_line line = parse(std::move(arguments));
    INFO(line.error);
    REQUIRE(line.options);
    return std::move(*line.options);
}

// The error of a command line that must be refused with exit code 2, in one line.
std::string bad(std::vector<const char*> arguments)
{
    const parsed_command_line line = parse(std::move(arguments));
    CHECK_FALSE(line.options);
    CHECK(line.exit_code == 2);
    CHECK(line.out.empty());
    CHECK(line.error.find('\n') == line.error.size() - 1);
    return line.error;
}

} // namespace

TEST_CASE("program options: the defaults listen on the loopback and do nothing strange")
{
    const program_options options = good({});
    CHECK(options.listen.address().is_loopback());
    CHECK(options.listen.port() == 9324);
    CHECK(options.queues.empty());
    CHECK_FALSE(options.service.faults);
    CHECK(options.service.account.behaviour.duplicates == 0);
    CHECK(options.service.journal.empty());
}

TEST_CASE("program options: message ids differ from run to run, unless a seed is given")
{
    CHECK(good({"--seed", "7"}).service.account.seed == 7);
    CHECK(good({}).service.account.seed != good({}).service.account.seed);
}

TEST_CASE("program options: help and version go to standard output and end well")
{
    const parsed_command_line help = parse({"--help"});
    CHECK(help.exit_code == 0);
    CHECK_THAT(help.out, Catch::Contains("--queue") && Catch::Contains("Exit status"));
    for (std::size_t i = 0; i < fault_kind_count; ++i)
        CHECK_THAT(help.out, Catch::Contains(std::string(fault_names()[i])));
    CHECK_THAT(parse({"--version"}).out, Catch::StartsWith("sluice-sqs "));
}

TEST_CASE("program options: who may not delete may not delete in batches either")
{
    const auto denied = good({"--deny", "DeleteMessage"}).service.denied;
    CHECK(denied.test(static_cast<std::size_t>(operation::delete_message)));
    CHECK(denied.test(static_cast<std::size_t>(operation::delete_message_batch)));
    CHECK(denied.count() == 2);
}

TEST_CASE("program options: a queue takes its attributes and its dead-letter queue")
{
    const program_options options =
        good({"--queue", "failed", "--queue",
              "logins,visibility=45s,delay=2s,wait=20s,retention=96h,dead_letters=failed,"
              "max_receives=5",
              "--queue", "q.fifo,content_deduplication"});
    REQUIRE(options.queues.size() == 3);
    const queue_options& logins = options.queues[1];
    CHECK(logins.name == "logins");
    CHECK(logins.attributes == attribute_map{{"VisibilityTimeout", "45"},
                                             {"DelaySeconds", "2"},
                                             {"ReceiveMessageWaitTimeSeconds", "20"},
                                             {"MessageRetentionPeriod", "345600"}});
    CHECK(logins.dead_letters == "failed");
    CHECK(logins.receives_max == 5);
    CHECK(options.queues[2].attributes ==
          attribute_map{{"FifoQueue", "true"}, {"ContentBasedDeduplication", "true"}});
}

TEST_CASE("program options: faults have one share, one each, or the default")
{
    const auto share = [](const program_options& options, fault_kind kind) {
        return options.service.faults->shares[static_cast<std::size_t>(kind)];
    };
    CHECK(share(good({"--faults", "42"}), fault_kind::empty) == Approx(0.01));
    CHECK(good({"--faults", "42"}).service.faults->seed == 42);
    const program_options all = good({"--faults", "1,share=5%,truncated=10%"});
    CHECK(share(all, fault_kind::empty) == Approx(0.05));
    CHECK(share(all, fault_kind::truncated) == Approx(0.1));
    const program_options one =
        good({"--faults", "1,truncated=10%,on=ReceiveMessage+DeleteMessageBatch"});
    CHECK(share(one, fault_kind::empty) == 0);
    CHECK(one.service.faults->operations.count() == 2);
}

TEST_CASE("program options: latency is for all operations or for one")
{
    const auto latency = good({"--latency", "10ms", "--latency", "SendMessage=1s"}).service.latency;
    CHECK(latency[static_cast<std::size_t>(operation::receive_message)] == 10ms);
    CHECK(latency[static_cast<std::size_t>(operation::send_message)] == 1s);
}

TEST_CASE("program options: the rest is taken as it is given")
{
    const program_options options =
        good({"--listen", "[::1]:0", "--duplicates", "2.5%", "--order", "random", "--region",
              "eu-west-1", "--account", "111122223333", "--journal", "/tmp/j", "--tls", "c,k",
              "--connections", "5"});
    CHECK(options.listen.address().is_v6());
    CHECK(options.service.account.behaviour.duplicates == Approx(0.025));
    CHECK(options.service.account.behaviour.random_order);
    CHECK(options.service.account.region == "eu-west-1");
    CHECK(options.service.account.id == "111122223333");
    CHECK(options.service.journal == "/tmp/j");
    CHECK(options.tls->certificate == "c");
    CHECK(options.tls->key == "k");
    CHECK(options.service.tls);
    CHECK(options.connections_max == 5);
}

TEST_CASE("program options: logins are made for the first queue or for a named one")
{
    const program_options options =
        good({"--queue", "a", "--queue", "b", "--prefill", "1000,others=2%,repeated=1%,seed=9",
              "--prefill", "5,queue=b,size=500"});
    REQUIRE(options.prefills.size() == 2);
    CHECK(options.prefills[0].queue == "a");
    CHECK(options.prefills[0].messages == 1000);
    CHECK(options.prefills[0].others == Approx(0.02));
    CHECK(options.prefills[0].repeated == Approx(0.01));
    CHECK(options.prefills[0].seed == 9);
    CHECK(options.prefills[1].queue == "b");
    CHECK(options.prefills[1].body_bytes == 500);
}

TEST_CASE("program options: a signing key comes from a file or the environment")
{
    const auto path =
        std::filesystem::temp_directory_path() / fmt::format("sluice-secret-test-{}", ::getpid());
    std::ofstream(path) << "s3cr3t\r\nignored\n";
    const program_options options =
        good({"--signatures", fmt::format("AKID:{}", path.string()).c_str()});
    CHECK(options.signatures->access_key_id == "AKID");
    CHECK(options.signatures->secret_access_key.reveal() == "s3cr3t");
    std::filesystem::remove(path);
    CHECK_THAT(bad({"--signatures", fmt::format("AKID:{}", path.string()).c_str()}),
               Catch::Contains("cannot read a secret"));

    ::setenv("AWS_ACCESS_KEY_ID", "ENVKEY", 1);
    ::setenv("AWS_SECRET_ACCESS_KEY", "envsecret", 1);
    CHECK(good({"--signatures", "environment"}).signatures->access_key_id == "ENVKEY");
    ::unsetenv("AWS_SECRET_ACCESS_KEY");
    CHECK_THAT(bad({"--signatures", "environment"}),
               Catch::Contains("AWS_SECRET_ACCESS_KEY is not set"));
    ::unsetenv("AWS_ACCESS_KEY_ID");
}

TEST_CASE("program options: what is wrong is refused in one line that says what to do")
{
    using Catch::Contains;
    CHECK_THAT(bad({"--nonsense"}), Contains("--help"));
    CHECK_THAT(bad({"extra"}), Contains("--help"));
    CHECK_THAT(bad({"--queue"}), Contains("--queue"));
    for (const char* listen : {"9324", "localhost:9324", "127.0.0.1:", "127.0.0.1:70000", ":80"})
        CHECK_THAT(bad({"--listen", listen}), Contains("--listen"));
    CHECK_THAT(bad({"--queue", "q,visibilty=3s"}), Contains("did you mean visibility"));
    CHECK_THAT(bad({"--queue", "q,visibility=13h"}), Contains("too large"));
    CHECK_THAT(bad({"--queue", "q,visibility=1500ms"}), Contains("whole number of seconds"));
    CHECK_THAT(bad({"--queue", "q,visibility"}), Contains("has no value"));
    CHECK_THAT(bad({"--queue", "q,delay=1s,delay=2s"}), Contains("stands twice"));
    CHECK_THAT(bad({"--queue", "q.fifo,content_deduplication=yes"}), Contains("no value"));
    CHECK_THAT(bad({"--queue", "q,dead_letters=d"}), Contains("belong together"));
    CHECK_THAT(bad({"--queue", "q,max_receives=3"}), Contains("belong together"));
    for (const char* share : {"5", "101%", "-1%", "x%", "", "nan%"})
        CHECK_THAT(bad({"--duplicates", share}), Contains("--duplicates"));
    CHECK_THAT(bad({"--order", "reverse"}), Contains("sent or random"));
    CHECK_THAT(bad({"--deny", "Receive"}), Contains("no operation"));
    CHECK_THAT(bad({"--latency", "5"}), Contains("has no unit"));
    CHECK_THAT(bad({"--latency", "Recieve=5ms"}), Contains("no operation"));
    CHECK_THAT(bad({"--latency", "61s"}), Contains("too large"));
    CHECK_THAT(bad({"--faults", "x"}), Contains("no whole number"));
    CHECK_THAT(bad({"--faults", "1,emty=1%"}), Contains("did you mean empty"));
    CHECK_THAT(bad({"--faults", "1,on=Nothing"}), Contains("no operation"));
    CHECK_THAT(bad({"--signatures", "AKID"}), Contains("ACCESS_KEY_ID:SECRET_FILE"));
    CHECK_THAT(bad({"--tls", "onlyone"}), Contains("CERTIFICATE,KEY"));
    CHECK_THAT(bad({"--account", "123"}), Contains("twelve digits"));
    CHECK_THAT(bad({"--seed", "-1"}), Contains("--seed"));
    CHECK_THAT(bad({"--prefill", "5"}), Contains("add --queue"));
    CHECK_THAT(bad({"--queue", "a", "--prefill", "5,queue=b"}), Contains("no queue b"));
    CHECK_THAT(bad({"--queue", "a", "--prefill", "many"}), Contains("no whole number"));
    CHECK_THAT(bad({"--connections", "0x5"}), Contains("--connections"));
}

} // namespace sluice::sqs_server
