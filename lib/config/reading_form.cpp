#include "config/reading_form.hpp"

#include "config/suggestion.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace sluice::config {
namespace {

constexpr std::string_view merge_key = "<<";

} // namespace

void read_section(const node& from, const form::keys& table)
{
    // A section whose keys are all commented out is an empty one.
    auto entries = from.is_null() ? std::vector<node::entry>{} : from.entries();
    if (!entries)
        return;
    reading_form inner(from, std::move(*entries));
    table(inner);
    inner.report_unknown_keys();
}

reading_form::reading_form(node map, std::vector<node::entry> entries)
    : map_(std::move(map)), entries_(std::move(entries))
{}

const node* reading_form::take(std::string_view name, const notes& about)
{
    names_.emplace_back(name);
    const auto found = std::find_if(entries_.begin(), entries_.end(),
                                    [name](const node::entry& each) { return each.name == name; });
    if (found != entries_.end())
        return &found->value;
    if (about.required)
        map_.error_inside(name, {"is missing", fmt::format("add it: {}", about.help)});
    return nullptr;
}

void reading_form::key(std::string_view name, const field& value, const notes& about)
{
    if (const node* const given = take(name, about))
        value.read(*given);
}

void reading_form::section(std::string_view name, const notes& about, const keys& inside)
{
    if (const node* const given = take(name, about))
        read_section(*given, inside);
}

void reading_form::section_or_off(std::string_view name, const notes& about, bool& on,
                                  const keys& inside)
{
    const node* const given = take(name, about);
    if (given == nullptr)
        return;
    if (given->is_map() || given->is_null()) {
        read_section(*given, inside);
        return;
    }
    const auto word = given->text();
    if (!word)
        return;
    if (word->value.reveal() == "off")
        on = false;
    else
        given->error({"is neither off nor a map of keys", "see sluice check --defaults"});
}

void reading_form::each(std::string_view name, const notes& about, const named_keys& inside)
{
    const node* const given = take(name, about);
    if (given == nullptr)
        return;
    const auto entries = given->entries();
    if (!entries)
        return;
    if (entries->empty())
        given->error({"is empty", fmt::format("add at least one: {}", about.help)});
    for (const node::entry& entry : *entries)
        read_section(entry.value, [&](form& inner) { inside(inner, entry.name); });
}

void reading_form::list(std::string_view name, const notes& about, const keys& inside)
{
    const node* const given = take(name, about);
    if (given == nullptr)
        return;
    const auto elements = given->elements();
    if (!elements)
        return;
    for (const node& element : *elements)
        read_section(element, inside);
}

void reading_form::report_unknown_keys() const
{
    for (const node::entry& entry : entries_) {
        if (std::find(names_.begin(), names_.end(), entry.name) != names_.end())
            continue;
        if (entry.name == merge_key) {
            entry.value.error({"is a merge key, which is not read",
                               "write the keys out, or give the whole map with an alias"});
        } else {
            entry.value.error({"is an unknown key", suggest(entry.name, names_)});
        }
    }
}

} // namespace sluice::config
