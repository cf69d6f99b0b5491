#include "files.hpp"

#include <cstdlib>
#include <fstream>
#include <stdexcept>
#include <utility>

namespace sluice::config::tests {

std::string good_text()
{
    return R"(pipelines:
  logins:
    source:
      sqs:
        queue_url: http://localhost:9324/1/logins
        fetchers: { min: 1, max: 40 }
        wait: 20s
        visibility: 60s
    record:
      format: json
      columns:
        user_id: { type: text, from: /user_id, required: true }
        masked_ip: { type: text, from: /ip, mask: seal }
    sink:
      postgres:
        url: postgresql://localhost/logins
        table: user_logins
        batch: { rows: 1000, bytes: 1MiB, linger: 50ms }
        timeouts: { statement: 30s, lock: 10s }
    limits: { in_flight_messages: 20000, in_flight_bytes: 64MiB, json_depth: 64 }
    tests:
      - { in: '{"user_id":"u1"}', row: { user_id: u1, masked_ip: null } }
      - { in: '{}', dead_letter: missing user_id }
keys: { keyring: /etc/sluice/keyring.json }
workers: auto
admin: { listen: "127.0.0.1:9464" }
shutdown: { deadline: 20s }
log: { level: info, format: auto }
)";
}

std::string replaced(std::string text, std::string_view from, std::string_view to)
{
    const std::size_t at = text.find(from);
    if (at == std::string::npos)
        throw std::logic_error("the text does not hold what is to be replaced: " +
                               std::string(from));
    text.replace(at, from.size(), to);
    return text;
}

std::vector<std::string> lines(const loaded& from)
{
    std::vector<std::string> out;
    for (const finding& each : from.findings)
        out.push_back(to_string("f.yaml", each));
    return out;
}

std::vector<std::string> lines(std::string_view text, references how)
{
    return lines(load_text(text, "f.yaml", how));
}

temporary_folder::temporary_folder()
{
    std::string name = (std::filesystem::temp_directory_path() / "sluice-config-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
        throw std::runtime_error("cannot make a temporary folder");
    root_ = name;
}

temporary_folder::~temporary_folder()
{
    std::error_code ignored;
    std::filesystem::remove_all(root_, ignored);
}

std::string temporary_folder::path(std::string_view name) const
{
    return (root_ / name).string();
}

std::string temporary_folder::write(std::string_view name, std::string_view text,
                                    unsigned mode) const
{
    const std::string at = path(name);
    std::ofstream(at, std::ios::binary) << text;
    std::filesystem::permissions(at, static_cast<std::filesystem::perms>(mode));
    return at;
}

environment_variable::environment_variable(std::string name, const std::string& value)
    : name_(std::move(name))
{
    ::setenv(name_.c_str(), value.c_str(), 1); // NOLINT(concurrency-mt-unsafe): one thread
}

environment_variable::~environment_variable()
{
    ::unsetenv(name_.c_str()); // NOLINT(concurrency-mt-unsafe): one thread
}

} // namespace sluice::config::tests
