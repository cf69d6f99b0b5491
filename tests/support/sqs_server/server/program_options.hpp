// The command line of sluice-sqs.
#pragma once

#include "sqs_server/server/prefill.hpp"
#include "sqs_server/server/signature_check.hpp"
#include "sqs_server/server/specification.hpp"
#include "sqs_server/server/sqs_service.hpp"

#include <boost/asio/ip/tcp.hpp>

#include <optional>
#include <string>
#include <utility>
#include <vector>

namespace sluice::sqs_server {

struct queue_options
{
    std::string name;
    attribute_map attributes;
    std::string dead_letters; // a queue's name, or empty
    std::uint64_t receives_max = 0;
};

struct tls_files
{
    std::string certificate; // PEM, the chain
    std::string key;
};

struct program_options
{
    asio::ip::tcp::endpoint listen;
    std::size_t connections_max = 1024;
    std::vector<queue_options> queues;
    std::vector<prefill_options> prefills;
    std::optional<signing_key_pair> signatures;
    std::optional<tls_files> tls;
    service_options service;
};

struct parsed_command_line
{
    std::optional<program_options> options; // none: there is nothing to run
    int exit_code = 0;
    std::string out;   // for standard output: help, version
    std::string error; // for standard error, one line each
};

[[nodiscard]] parsed_command_line parse_command_line(int argc, const char* const* argv);

} // namespace sluice::sqs_server
