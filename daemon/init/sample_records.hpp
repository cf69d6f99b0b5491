// The records in a file of sample messages: one JSON object a line, or spread over lines as the AWS
// CLI and jq print it; taken out of what `aws sqs receive-message` prints, and out of the envelope
// that a producer puts them in.
#pragma once

#include "config/record_settings.hpp"

#include <cstddef>
#include <cstdint>
#include <functional>
#include <iosfwd>
#include <string>
#include <string_view>

namespace sluice::daemon {

// More samples tell little more.
inline constexpr std::size_t samples_max = 10'000;
inline constexpr std::size_t sample_bytes_max = std::size_t{256} << 20;
// What is spread over lines; a receive brings ten messages, most of them small.
inline constexpr std::size_t spread_bytes_max = std::size_t{16} << 20;

struct sample_ports
{
    // A record that the daemon would take; json::padding_bytes follow it.
    std::function<void(std::string_view record)> take;
    // What is no sample, and why: "what is wrong; what to do".
    std::function<void(std::uint64_t line, const std::string& why)> refuse;
};

struct samples_read
{
    config::body_form form;  // of all that were taken
    std::size_t records = 0; // that were taken
    bool is_cut = false;     // at one of the bounds above
    bool is_broken = false;  // reading ended before the end of the file
};

// The first record decides how all are wrapped; one that is wrapped in another way is refused.
[[nodiscard]] samples_read read_samples(std::istream& in, const sample_ports& to);

} // namespace sluice::daemon
