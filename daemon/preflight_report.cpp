#include "daemon/preflight_report.hpp"

#include "config/finding.hpp"

#include <boost/json.hpp>

#include <fmt/format.h>

#include <algorithm>

namespace sluice::daemon {
namespace {

std::string_view to_string(check_level of)
{
    switch (of) {
    case check_level::ok:
        return "ok";
    case check_level::warning:
        return "warning";
    case check_level::error:
        break;
    }
    return "error";
}

std::string line_of(std::string_view file, const check_result& each)
{
    const std::string place = each.line != 0 ? fmt::format("{}:{}: ", file, each.line) : "";
    const std::string remedy = each.remedy.empty() ? "" : "; " + each.remedy;
    return config::printable(fmt::format("  {:<8} {:<18} {}{}{}", to_string(each.level),
                                         each.subject, place, each.what, remedy));
}

std::ptrdiff_t count_of(const check_results& in, check_level which)
{
    return std::ranges::count(in, which, &check_result::level);
}

} // namespace

std::string preflight_table(std::string_view file, const std::vector<preflight_result>& results)
{
    std::string out;
    for (const preflight_result& one : results) {
        out += one.pipeline + "\n";
        for (const check_result& each : one.found)
            out += line_of(file, each) + "\n";
        out += fmt::format("{}: {} ok, warnings: {}, errors: {}\n", one.pipeline,
                           count_of(one.found, check_level::ok),
                           count_of(one.found, check_level::warning),
                           count_of(one.found, check_level::error));
    }
    return out;
}

std::string preflight_json(std::string_view file, const std::vector<preflight_result>& results)
{
    namespace json = boost::json;
    json::array pipelines;
    for (const preflight_result& one : results) {
        json::array checks;
        for (const check_result& each : one.found)
            checks.push_back({{"level", to_string(each.level)},
                              {"subject", each.subject},
                              {"what", each.what},
                              {"remedy", each.remedy},
                              {"line", each.line}});
        pipelines.push_back({{"name", one.pipeline}, {"checks", std::move(checks)}});
    }
    const json::object out{
        {"file", file}, {"level", to_string(worst(results))}, {"pipelines", std::move(pipelines)}};
    return json::serialize(out) + "\n";
}

check_level worst(const std::vector<preflight_result>& results)
{
    check_level out = check_level::ok;
    for (const preflight_result& one : results)
        for (const check_result& each : one.found)
            out = std::max(out, each.level);
    return out;
}

} // namespace sluice::daemon
