// Where each key of a file stands, and which values are not to be judged or shown.
#pragma once

#include <map>
#include <set>
#include <string>
#include <string_view>

namespace sluice::config {

// Lines and columns as findings have them; line 0 is the file as a whole.
struct place
{
    int line = 0;
    int column = 0;
};

class key_index
{
public:
    void add(const std::string& key, place at) { places_.try_emplace(key, at); }

    // An error was told about the key, or its references were left alone.
    void set_unknown(const std::string& key) { unknown_.insert(key); }

    // The value holds a reference: no message may show what stands in the settings.
    void set_referring(const std::string& key) { referring_.insert(key); }

    // The place of the key, or of the nearest section that should have held it.
    [[nodiscard]] place place_of(std::string_view key) const;

    // Whether the value was read without an error, or is a default.
    [[nodiscard]] bool known(const std::string& key) const { return !unknown_.contains(key); }

    // Whether that holds for the key and for every key inside it.
    [[nodiscard]] bool known_inside(const std::string& key) const;

    [[nodiscard]] bool refers(const std::string& key) const { return referring_.contains(key); }

private:
    std::map<std::string, place, std::less<>> places_;
    std::set<std::string> unknown_;
    std::set<std::string> referring_;
};

} // namespace sluice::config
