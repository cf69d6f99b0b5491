// The shape of the configuration as tables of keys. One table a section, written once: walked with
// a reading_form it reads a file, walked with a printing_form it prints the defaults, so the two
// cannot drift apart.
#pragma once

#include "config/finding.hpp"

#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace sluice::config {

class node;

// One value: how it is read, and how its default is printed.
struct field
{
    std::function<void(const node&)> read; // reports to the node what it cannot take
    std::string fallback;                  // the default as YAML; empty: there is none
    std::string accepts;                   // what may stand there: `0s to 20s`
};

struct notes
{
    std::string_view help{};    // one line
    std::string_view example{}; // as YAML, for a key without a default
    bool required = false;
};

class form
{
public:
    using keys = std::function<void(form&)>;
    using named_keys = std::function<void(form&, const std::string& name)>;

    form() = default;
    form(const form&) = delete;
    form& operator=(const form&) = delete;
    virtual ~form() = default;

    virtual void key(std::string_view name, const field& value, const notes& about) = 0;

    // A map whose keys are known.
    virtual void section(std::string_view name, const notes& about, const keys& inside) = 0;

    // The same, or the word `off` in its place, which makes `on` false.
    virtual void section_or_off(std::string_view name, const notes& about, bool& on,
                                const keys& inside) = 0;

    // A map whose keys are names that the user chose; `about.example` is one. At least one entry
    // must be there.
    virtual void each(std::string_view name, const notes& about, const named_keys& inside) = 0;

    // A list of maps whose keys are known; may be missing.
    virtual void list(std::string_view name, const notes& about, const keys& inside) = 0;

    // The line where the section stands; 0 when nothing is read.
    [[nodiscard]] virtual int line() const noexcept = 0;

    // Reports a problem of the section as a whole, its name for example.
    virtual void refuse(const problem& what) = 0;
};

} // namespace sluice::config
