#include "sqs_server/server/secret_file.hpp"

#include "sqs_server/server/specification.hpp"

#include <cstdlib>
#include <fstream>

namespace sluice::sqs_server {

secret read_secret_file(const std::string& path)
{
    std::ifstream file(path);
    std::string line;
    std::getline(file, line);
    if (line.ends_with('\r'))
        line.pop_back();
    if (line.empty())
        throw usage_error("--signatures", "cannot read a secret from " + path,
                          "name a file whose first line is the secret access key");
    return secret(std::move(line));
}

std::string environment_or_throw(const char* name)
{
    const char* const value = std::getenv(name); // NOLINT(concurrency-mt-unsafe): at start, alone
    if (value == nullptr || *value == '\0')
        throw usage_error("--signatures", std::string(name) + " is not set", "set it");
    return value;
}

} // namespace sluice::sqs_server
