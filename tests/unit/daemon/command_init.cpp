#include "config/load.hpp"
#include "daemon/trial.hpp"
#include "shell.hpp"
#include "unit/config/files.hpp"

#include <boost/json.hpp>

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <sys/stat.h>

#include <cstdlib>
#include <fstream>
#include <random>
#include <sstream>
#include <string>
#include <vector>

using sluice::config::tests::temporary_folder;
using sluice::daemon::tests::ended;
using sluice::daemon::tests::run_sluice;
namespace config = sluice::config;

namespace {

using texts = std::vector<std::string>;

std::string joined(const texts& lines)
{
    std::string out;
    for (const std::string& each : lines)
        out += each + "\n";
    return out;
}

std::string login_of(int number)
{
    return fmt::format(R"({{"user_id":"u{0}","app_version":"2.3.{0}","device_type":"ios",)"
                       R"("ip":"199.172.1.{0}","locale":null,"device_id":"593-47-59{0:02}"}})",
                       number);
}

texts logins(int count = 20)
{
    texts out;
    for (int i = 0; i < count; ++i)
        out.push_back(login_of(i));
    return out;
}

// What `sluice init` prints for the samples; it must please `sluice check`.
std::string started(const texts& samples)
{
    const ended made = run_sluice({"init", "--sample", "-"}, joined(samples));
    CHECK(made.err.empty());
    CHECK(made.code == 0);
    const temporary_folder folder;
    const ended checked = run_sluice({"check", "-c", folder.write("f.yaml", made.out, 0644)});
    INFO(made.out);
    CHECK(checked.err.empty());
    CHECK(checked.code == 0);
    return made.out;
}

// Why the samples would be dead letters, were the configuration at work.
texts letters(const std::string& configuration, const texts& samples)
{
    const config::loaded file =
        config::load_text(configuration, "f.yaml", config::references::leave);
    REQUIRE(file.ok());
    const auto compiled = sluice::transform::mapping::compile(file.value.pipelines.front());
    REQUIRE(compiled.errors.empty());
    const auto keys = sluice::mask::keyring::ephemeral();
    sluice::daemon::trial work(compiled.made, keys);
    texts out;
    for (const std::string& each : samples)
        if (const auto got = work.run(each); got.letter)
            out.push_back(fmt::format("{} ({}): {}", got.letter->reason_and_column(),
                                      got.letter->detail, each));
    return out;
}

bool holds(const std::string& text, std::string_view part)
{
    return text.find(part) != std::string::npos;
}

// Samples of one invented producer: fields with odd names, each with values of its own kinds.
class producer
{
public:
    explicit producer(unsigned seed) : random_(seed)
    {
        for (std::size_t i = 1 + below(8); i > 0; --i)
            fields_.push_back({name(), below(12), below(4) == 0, below(4) == 0});
    }

    texts samples(std::size_t count)
    {
        texts out;
        for (std::size_t i = 0; i < count; ++i) {
            boost::json::object record;
            for (const field& each : fields_) {
                if (each.may_be_missing && below(3) == 0)
                    continue;
                const std::size_t kind = each.is_mixed ? below(12) : each.kind;
                record[each.name] = below(6) == 0 ? boost::json::value() : value(kind, 0);
            }
            out.push_back(boost::json::serialize(record));
        }
        return out;
    }

    // In every text that it makes.
    static constexpr std::string_view canary = "v4lue";

private:
    struct field
    {
        std::string name;
        std::size_t kind;
        bool is_mixed;
        bool may_be_missing;
    };

    std::size_t below(std::size_t bound) { return random_() % bound; }

    std::string name()
    {
        static const texts names{"user_id",
                                 "userId",
                                 "email",
                                 "yes",
                                 "null",
                                 "1",
                                 "#x",
                                 "a: b",
                                 "",
                                 "it's",
                                 "dq\"",
                                 "a~b/c",
                                 "\u0438\u043c\u044f",
                                 "\U0001f600",
                                 "${env:HOME}",
                                 "xmin",
                                 "created_at",
                                 "ip",
                                 "a",
                                 "A",
                                 "\t",
                                 "~0",
                                 "@sent_at",
                                 "- x",
                                 "ann@x.org",
                                 "12345678",
                                 "\u2028",
                                 "{",
                                 "app_version",
                                 "address",
                                 "true",
                                 "a.b"};
        return names[below(names.size())];
    }

    static boost::json::value text(const std::string& what) { return boost::json::string(what); }

    boost::json::value value(std::size_t kind, std::size_t depth)
    {
        const std::string suffix = std::to_string(below(100));
        switch (kind) {
        case 0:
            return below(2) == 0;
        case 1:
            return static_cast<std::int64_t>(below(1000)) - 500;
        case 2:
            return static_cast<std::int64_t>(random_()) * 1'000'000'000;
        case 3:
            return static_cast<double>(below(10'000)) / 16;
        case 4:
            return text("2025-11-" + std::to_string(10 + below(20)));
        case 5:
            return text("2025-11-20T12:00:" + std::to_string(10 + below(50)) + "Z");
        case 6:
            return text(fmt::format("00000000-0000-4000-8000-0000000000{:02}", below(100)));
        case 7:
            return text(fmt::format("{} \"\\\n\u00e9'{}", canary, suffix));
        case 8:
            return text(std::string(canary) + suffix);
        case 9:
            return 1'700'000'000 + static_cast<std::int64_t>(below(1000));
        case 10: {
            boost::json::array out;
            for (std::size_t i = below(4); i > 0; --i)
                out.push_back(value(depth == 0 && below(8) != 0 ? 8 : below(10), depth + 1));
            return out;
        }
        default: {
            boost::json::object out;
            for (std::size_t i = below(4); i > 0 && depth < 3; --i)
                out[name()] = value(below(12), depth + 1);
            return out;
        }
        }
    }

    std::mt19937 random_;
    std::vector<field> fields_;
};

} // namespace

TEST_CASE("init: a configuration that check has nothing against, and that stores every sample")
{
    const std::string made = started(logins());
    for (const std::string_view line :
         {"  records:\n", "queue_url: ${env:SLUICE_QUEUE_URL}\n",
          "user_id:          { type: text, max_length: 256, from: /user_id, required: true }\n",
          "masked_ip:        { type: text, from: /ip, mask: seal }\n",
          "masked_device_id: { type: text, from: /device_id, mask: seal }\n", "table: records ",
          "url: ${env:DATABASE_URL}\n", "dead_letter: missing user_id\n",
          "keyring: ${env:SLUICE_KEYRING} ", "from 20 sample messages",
          "# Also in every sample, so perhaps `required: true`: app_version, device_type.\n"}) {
        INFO(line);
        CHECK(holds(made, line));
    }
    CHECK(letters(made, logins()).empty());
    for (const std::string_view value : {"199.172", "593-47", "u1", "ios"})
        CHECK_FALSE(holds(made, value));
}

TEST_CASE("init: without anything personal it needs no keys")
{
    const std::string made = started({R"({"a":1})"});
    CHECK_FALSE(holds(made, "keyring"));
    CHECK_FALSE(holds(made, "mask"));
    CHECK(holds(made, "from 1 sample message:"));
    CHECK(holds(made, "too few samples"));
}

TEST_CASE("init: notifications are samples, too")
{
    const std::string made =
        started({R"({"Type":"Notification","Message":"{\"user_id\":\"u1\"}"})"});
    CHECK(holds(made, "format: sns_json "));
    CHECK(holds(made, "user_id: { type: text, from: /user_id }\n"));
    CHECK(holds(made, R"(- in: '{"Type":"Notification","Message":"{\"user_id\":\"text\"}"}')"));
}

TEST_CASE("init: options name what the samples cannot tell")
{
    const temporary_folder folder;
    const std::string samples = folder.write("user-logins.jsonl", joined(logins(1)));
    CHECK(holds(run_sluice({"init", "--sample", samples}).out, "  user_logins:\n"));
    CHECK(holds(run_sluice({"init", "--sample", samples}).out, "table: user_logins "));
    const ended got = run_sluice({"init", "--sample", samples, "--queue-url", "https://sqs.x/1/q",
                                  "--table", "app.Logins", "--pipeline", "p-1"});
    CHECK(holds(got.out, "  p-1:\n"));
    CHECK(holds(got.out, "table: app.Logins "));
    CHECK(holds(got.out, "queue_url: \"https://sqs.x/1/q\"\n"));
    CHECK_FALSE(holds(got.out, "SLUICE_QUEUE_URL"));
    CHECK(run_sluice({"check", "-c", folder.write("f.yaml", got.out)}).code == 0);
    CHECK(holds(run_sluice({"init", "--sample", samples, "--queue-url", "${env:Q}"}).out,
                "queue_url: \"${env:Q}\"\n"));
}

TEST_CASE("init: a file is made, and never written over")
{
    const temporary_folder folder;
    const std::string path = folder.path("sluice.yaml");
    const ended made = run_sluice({"init", "--sample", "-", "--output", path}, joined(logins()));
    CHECK(made.code == 0);
    CHECK(made.err.empty());
    CHECK(made.out ==
          path +
              ": 6 columns, 2 of them masked, from 20 samples; look it through, and run "
              "sluice check -c " +
              path + "\n");
    std::ifstream in(path);
    std::ostringstream text;
    text << in.rdbuf();
    CHECK(text.str() == run_sluice({"init", "--sample", "-"}, joined(logins())).out);

    const ended again =
        run_sluice({"init", "--sample", "-", "--output", path}, joined({R"({"a":1})"}));
    CHECK(again.code == 2);
    CHECK(again.out.empty());
    CHECK(again.err ==
          "--output: \"" + path + "\" is there already, and is left as it is; name another file\n");
    std::ifstream kept(path);
    std::ostringstream same;
    same << kept.rdbuf();
    CHECK(same.str() == text.str());

    const ended nowhere = run_sluice(
        {"init", "--sample", "-", "--output", folder.path("no/f.yaml")}, joined(logins()));
    CHECK(nowhere.code == 2);
    CHECK(holds(nowhere.err, "cannot be made: No such file or directory; "));
}

TEST_CASE("init: a line that is no sample is told, and the rest goes on")
{
    const temporary_folder folder;
    const std::string path = folder.write("s.jsonl", "oops\n" + joined(logins(2)) + "[]\n");
    const ended got = run_sluice({"init", "--sample", path});
    CHECK(got.code == 0);
    CHECK(got.err ==
          path +
              ":1: would be a dead letter, not_json_object (byte offset 0); correct it, or "
              "leave it out\n" +
              path +
              ":4: would be a dead letter, not_json_object (byte offset 0); correct it, "
              "or leave it out\n");
    CHECK(holds(got.out, "from 2 sample messages"));

    std::string many;
    for (int i = 0; i < 30; ++i)
        many += "oops\n";
    const ended cut = run_sluice({"init", "--sample", "-"}, many + R"({"a":1})");
    CHECK(cut.code == 0);
    CHECK(holds(cut.err, "standard input:20: "));
    CHECK_FALSE(holds(cut.err, "standard input:21: "));
    CHECK(cut.err.ends_with("standard input: 10 more are no samples\n"));
}

TEST_CASE("init: what it cannot work with is one line and exit 2")
{
    const temporary_folder folder;
    const std::string samples = folder.write("s.jsonl", R"({"a":1})");
    const auto refused = [](std::initializer_list<std::string> arguments,
                            const std::string& input = {}) {
        const ended got = run_sluice(arguments, input);
        CHECK(got.code == 2);
        CHECK(got.out.empty());
        return got.err;
    };
    const std::string empty =
        "standard input: holds no sample with a field; give JSON objects, one a line\n";
    CHECK(refused({"init", "--sample", "-"}, "") == empty);
    CHECK(refused({"init", "--sample", "-"}, "{}\n") == empty);
    CHECK(refused({"init", "--sample", "-"}, "oops\n").ends_with(empty));
    CHECK(refused({"init", "--sample", folder.path("none")}) ==
          folder.path("none") +
              ": cannot be read; name a file of messages, one a line, or - for standard input\n");
    CHECK(refused({"init", "--sample", folder.path("")})
              .ends_with("cannot be read to its end; name a file of messages\n"));
    CHECK(refused({"init"}) == "sluice init: --sample is required; see sluice init --help\n");
    CHECK(refused({"init", "--sample", samples, "--pipeline", "1"}) ==
          "--pipeline: \"1\" is no name for a pipeline; use a letter, then letters, digits, _ and "
          "-, at most 63\n");
    CHECK(refused({"init", "--sample", samples, "--table", "a.b.c"}) ==
          "--table: \"a.b.c\" has more than one dot; write table or schema.table\n");
    CHECK(refused({"init", "--sample", samples, "--queue-url", "q"}) ==
          "--queue-url: \"q\" is no URL; write it like https://HOST/PATH\n");
    CHECK(refused({"init", "--sample", samples, "--queue-url", "${q}"}) ==
          "--queue-url: \"${q}\" is no reference; write ${env:NAME} or ${file:PATH}, or $${ for "
          "the text ${\n");
}

TEST_CASE("init: whatever the samples are, all of them become rows, and no value is in the file")
{
    for (unsigned seed = 1; seed <= 300; ++seed) {
        producer source(seed);
        const texts samples = source.samples(1 + seed % 40);
        INFO("seed " << seed);
        const ended made = run_sluice({"init", "--sample", "-"}, joined(samples));
        if (made.code != 0) { // no field at all, or only such as are named like a value
            CHECK(made.err ==
                  "standard input: holds no sample with a field; give JSON objects, one a line\n");
            continue;
        }
        CHECK(made.err.empty());
        INFO(made.out);
        CHECK_FALSE(holds(made.out, producer::canary));
        const temporary_folder folder;
        const ended checked = run_sluice({"check", "-c", folder.write("f.yaml", made.out)});
        CHECK(checked.err.empty());
        CHECK(checked.code == 0);
        const texts refused = letters(made.out, samples);
        CAPTURE(refused);
        CHECK(refused.empty());
    }
}
