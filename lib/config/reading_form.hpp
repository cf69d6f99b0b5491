// The form that reads: hands each key of one map of the file to its field, and reports what is
// missing and what nobody asked for.
#pragma once

#include "config/document.hpp"
#include "config/form.hpp"

#include <string>
#include <string_view>
#include <vector>

namespace sluice::config {

// Reads one section; nothing when the node is no map.
void read_section(const node& from, const form::keys& table);

class reading_form final : public form
{
public:
    reading_form(node map, std::vector<node::entry> entries);

    void key(std::string_view name, const field& value, const notes& about) override;
    void section(std::string_view name, const notes& about, const keys& inside) override;
    void section_or_off(std::string_view name, const notes& about, bool& on,
                        const keys& inside) override;
    void each(std::string_view name, const notes& about, const named_keys& inside) override;
    void list(std::string_view name, const notes& about, const keys& inside) override;
    [[nodiscard]] int line() const noexcept override { return map_.line(); }
    void refuse(const problem& what) override { map_.error(what); }

    // After the last key of the table.
    void report_unknown_keys() const;

private:
    // The value of a key of the table; reports a required one that is missing.
    const node* take(std::string_view name, const notes& about);

    node map_;
    std::vector<node::entry> entries_;
    std::vector<std::string> names_; // that the table knows
};

} // namespace sluice::config
