#include "config/document.hpp"

#include <fmt/format.h>

namespace sluice::config {
namespace {

// PostgreSQL has at most 1600 columns in a table; nothing else in the file is longer than that.
// The bound also keeps a few aliases of aliases from becoming billions of values.
constexpr std::size_t entries_max = 1600;

std::string_view kind_of(const YAML::Node& value)
{
    switch (value.Type()) {
    case YAML::NodeType::Scalar:
        return "is a single value";
    case YAML::NodeType::Sequence:
        return "is a list";
    case YAML::NodeType::Map:
        return "is a map";
    case YAML::NodeType::Null:
    case YAML::NodeType::Undefined:
        break;
    }
    return "has no value";
}

// yaml-cpp gives plain and quoted text the tags ? and !; anything longer was written by hand.
bool has_explicit_tag(const YAML::Node& value)
{
    return value.Tag().size() > 1;
}

problem too_many(std::size_t count)
{
    return {fmt::format("has {} entries", count), fmt::format("give at most {}", entries_max)};
}

} // namespace

node::node(document& owner, const YAML::Node& value, std::string key, place at)
    : owner_(&owner), value_(value), key_(std::move(key)), at_(at)
{
    owner_->keys_.add(key_, at_);
    if (has_explicit_tag(value_))
        error({fmt::format("has the tag {}", in_quotes(value_.Tag())),
               "remove it: tags are not read"});
}

node node::child(const YAML::Node& value, std::string key, YAML::Mark at) const
{
    return {*owner_, value, std::move(key), {at.line + 1, at.column}};
}

void node::error(problem what) const
{
    owner_->add(severity::error, at_, key_, std::move(what));
}

void node::warn(problem what) const
{
    owner_->add(severity::warning, at_, key_, std::move(what));
}

void node::error_inside(std::string_view name, problem what) const
{
    const std::string inner = key_.empty() ? std::string(name) : fmt::format("{}.{}", key_, name);
    owner_->add(severity::error, at_, inner, std::move(what));
}

bool node::readable_by_all() const noexcept
{
    return owner_->options_.readable_by_all;
}

void node::refuse_kind(std::string_view wanted) const
{
    if (is_null())
        error({"has no value", fmt::format("give {}, or remove the key", wanted)});
    else
        error({std::string(kind_of(value_)), fmt::format("give {}", wanted)});
}

std::optional<scalar> node::text() const
{
    if (!is_scalar()) {
        refuse_kind("a single value");
        return std::nullopt;
    }
    const std::string& written = value_.Scalar();
    expansion expanded = expand(written, owner_->options_.how, owner_->folder());
    for (problem& each : expanded.warnings)
        warn(std::move(each));
    for (problem& each : expanded.errors)
        error(std::move(each));
    if (!expanded.errors.empty())
        return std::nullopt;

    scalar out{std::move(expanded.text), in_quotes(written), expanded.has_references, false};
    if (out.has_references) {
        owner_->keys_.set_referring(key_);
        out.shown = fmt::format("the value of {}", out.shown);
        out.left = owner_->options_.how == references::leave;
    }
    if (out.left)
        owner_->keys_.set_unknown(key_);
    return out;
}

std::optional<std::vector<node>> node::elements() const
{
    if (!is_list()) {
        refuse_kind("a list");
        return std::nullopt;
    }
    if (value_.size() > entries_max) {
        error(too_many(value_.size()));
        return std::nullopt;
    }
    std::vector<node> out;
    for (const YAML::Node& element : value_)
        out.push_back(child(element, fmt::format("{}[{}]", key_, out.size()), element.Mark()));
    return out;
}

std::optional<std::vector<node::entry>> node::entries() const
{
    if (!is_map()) {
        refuse_kind("a map of keys");
        return std::nullopt;
    }
    if (value_.size() > entries_max) {
        error(too_many(value_.size()));
        return std::nullopt;
    }
    std::vector<entry> out;
    std::map<std::string, int> first_lines;
    for (const auto& pair : value_) {
        const YAML::Mark at = pair.first.Mark();
        if (!pair.first.IsScalar()) {
            child(pair.first, key_, at)
                .error({"has a key that is no text", "write the key as text"});
            continue;
        }
        const std::string& name = pair.first.Scalar();
        const std::string key = key_.empty() ? name : fmt::format("{}.{}", key_, name);
        const auto [first, is_new] = first_lines.emplace(name, at.line + 1);
        if (is_new) {
            out.push_back({name, child(pair.second, key, at)});
        } else {
            child(pair.second, key, at)
                .error({fmt::format("is given twice, first in line {}", first->second),
                        "remove one of the two"});
        }
    }
    return out;
}

} // namespace sluice::config
