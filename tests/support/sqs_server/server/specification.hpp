// Option values of the form `HEAD,key=value,flag`, and the numbers in them. Whatever is wrong with
// one is a usage_error that says what to write instead.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs_server {

class usage_error final : public std::runtime_error
{
public:
    usage_error(std::string_view option, std::string_view what, std::string_view remedy);
};

class specification
{
public:
    // `option` is how messages name the option: "--queue".
    specification(std::string option, std::string_view text);

    [[nodiscard]] const std::string& option() const noexcept { return option_; }
    [[nodiscard]] const std::string& head() const noexcept { return head_; }

    // Each takes its key out; done() refuses what is left.
    [[nodiscard]] bool take_flag(const std::string& key);
    [[nodiscard]] std::optional<std::string> take_text(const std::string& key);
    [[nodiscard]] std::optional<std::uint64_t> take_count(const std::string& key,
                                                          std::uint64_t most);
    [[nodiscard]] std::optional<double> take_share(const std::string& key);
    [[nodiscard]] std::optional<std::chrono::seconds> take_seconds(const std::string& key,
                                                                   std::chrono::seconds most);
    void done();

private:
    std::string option_;
    std::string head_;
    std::map<std::string, std::optional<std::string>> given_; // a flag has no value
    std::vector<std::string> known_;
};

// "5%" is 0.05.
[[nodiscard]] double parse_share(std::string_view option, std::string_view text);
[[nodiscard]] std::uint64_t parse_count(std::string_view option, std::string_view text,
                                        std::uint64_t most);
[[nodiscard]] std::chrono::milliseconds
parse_duration(std::string_view option, std::string_view text, std::chrono::milliseconds most);

} // namespace sluice::sqs_server
