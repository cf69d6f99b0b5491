// A configuration file as a tree of nodes that know their line and their dotted key, and the list
// of everything that was found wrong with it.
#pragma once

#include "config/finding.hpp"
#include "config/key_index.hpp"
#include "config/references.hpp"
#include "core/secret.hpp"

#include <yaml-cpp/yaml.h>

#include <filesystem>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

namespace sluice::config {

class document;

// The text of one value.
struct scalar
{
    secret value;      // references replaced; as it stood when they were left
    std::string shown; // how messages name it: never what a reference stands for
    bool has_references = false;
    bool left = false; // its references were not replaced: nothing to check
};

// A value of the file. Cheap to copy; must not outlive its document.
class node
{
public:
    struct entry;

    [[nodiscard]] const std::string& key() const noexcept { return key_; }
    [[nodiscard]] int line() const noexcept { return at_.line; }

    [[nodiscard]] bool is_null() const { return value_.IsNull(); }
    [[nodiscard]] bool is_scalar() const { return value_.IsScalar(); }
    [[nodiscard]] bool is_list() const { return value_.IsSequence(); }
    [[nodiscard]] bool is_map() const { return value_.IsMap(); }

    // Each of these reports when the node is of another kind, and then returns nothing.
    [[nodiscard]] std::optional<scalar> text() const;
    [[nodiscard]] std::optional<std::vector<node>> elements() const;
    [[nodiscard]] std::optional<std::vector<entry>> entries() const; // a repeated key is reported

    void error(problem what) const;
    void warn(problem what) const;
    void error_inside(std::string_view name, problem what) const; // about a key that is not there

    // Whether every user of the machine can read the file that this value stands in.
    [[nodiscard]] bool readable_by_all() const noexcept;

private:
    friend class document;
    node(document& owner, const YAML::Node& value, std::string key, place at);

    [[nodiscard]] node child(const YAML::Node& value, std::string key, YAML::Mark at) const;
    void refuse_kind(std::string_view wanted) const;

    document* owner_;
    YAML::Node value_;
    std::string key_;
    place at_; // where the key stands, or the value where there is none
};

struct node::entry
{
    std::string name;
    node value;
};

class document
{
public:
    struct options
    {
        std::string file; // the path, for messages and for what is named relative to it
        references how = references::resolve;
        bool readable_by_all = false;
    };

    // Parses YAML. What is wrong with it is found, not thrown.
    document(std::string_view text, options given);
    document(const document&) = delete;
    document& operator=(const document&) = delete;

    // Nothing when the text is no YAML, or holds no map.
    [[nodiscard]] const std::optional<node>& root() const noexcept { return root_; }

    // The folder that relative paths count from.
    [[nodiscard]] std::filesystem::path folder() const;

    [[nodiscard]] const key_index& keys() const noexcept { return keys_; }

    // About a key that is read already; the line is its own, or that of the nearest section.
    void report(severity weight, const std::string& key, problem what);

    // In the order of the file. The document keeps none.
    [[nodiscard]] std::vector<finding> take_findings();

private:
    friend class node;

    void parse(std::string_view text);
    void add(severity weight, place at, const std::string& key, problem what);

    options options_;
    std::optional<node> root_;
    std::multimap<std::pair<int, int>, finding> findings_; // by line and column
    key_index keys_;
};

} // namespace sluice::config
