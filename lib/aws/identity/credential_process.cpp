#include "aws/identity/credential_process.hpp"

#include "aws/identity/answers.hpp"

#include <boost/json/parse.hpp>

#include <fmt/format.h>

namespace sluice::aws {
namespace {

void check_version(const std::string& text)
{
    boost::system::error_code ec;
    const boost::json::value parsed = boost::json::parse(text, ec);
    const boost::json::object* const object = ec ? nullptr : parsed.if_object();
    if (object == nullptr)
        throw credentials_error("its output is no JSON object");
    const boost::json::value* const version = object->if_contains("Version");
    if (version == nullptr || *version != 1)
        throw credentials_error("its output has a Version that is not 1");
}

} // namespace

credential_process::credential_process(clock& time, const std::string& command,
                                       const std::string& where)
    : clock_(time)
{
    auto words = split_command(command);
    if (!words || words->empty())
        throw settings_error(fmt::format("credential_process of {} is no command: a quote is not "
                                         "closed, or it is empty",
                                         where));
    words_ = std::move(*words);
}

awaitable<credentials> credential_process::fetch()
{
    const process_result result = co_await run_process(words_, clock_);
    if (result.exit_code != 0) {
        const std::string said = short_line(result.errors);
        throw credentials_error(fmt::format("{} ended with {}{}{}", words_.front(),
                                            result.exit_code, said.empty() ? "" : ": ", said));
    }
    check_version(result.output.reveal());
    co_return parse_json_credentials(result.output.reveal(), "SessionToken");
}

} // namespace sluice::aws
