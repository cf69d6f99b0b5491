#include "aws/environment.hpp"

#include "aws/settings_error.hpp"

#include <boost/algorithm/string/predicate.hpp>

#include <fmt/format.h>

#include <cstdlib>

namespace sluice::aws {

environment::environment()
    : read_([](std::string_view name) -> std::optional<std::string> {
          // NOLINTNEXTLINE(concurrency-mt-unsafe): only while the daemon starts
          const char* const value = std::getenv(std::string(name).c_str());
          if (value == nullptr)
              return std::nullopt;
          return std::string(value);
      })
{}

environment::environment(std::map<std::string, std::string, std::less<>> variables)
    : read_(
          [variables = std::move(variables)](std::string_view name) -> std::optional<std::string> {
              const auto found = variables.find(name);
              if (found == variables.end())
                  return std::nullopt;
              return found->second;
          })
{}

std::optional<std::string> environment::find(std::string_view name) const
{
    auto value = read_(name);
    if (value && value->empty())
        return std::nullopt;
    return value;
}

std::optional<bool> environment::find_switch(std::string_view name) const
{
    const auto value = find(name);
    if (!value)
        return std::nullopt;
    return parse_switch(*value, name);
}

bool parse_switch(std::string_view value, std::string_view name)
{
    if (boost::algorithm::iequals(value, "true"))
        return true;
    if (boost::algorithm::iequals(value, "false"))
        return false;
    throw settings_error(fmt::format("{} is \"{}\"; set it to true or false", name, value));
}

} // namespace sluice::aws
