#include "daemon/init/sample_shape.hpp"

#include "transform/json/reader.hpp"

#include <simdjson.h>

#include <algorithm>
#include <utility>

namespace sluice::daemon {

namespace ondemand = simdjson::ondemand;
using sluice::json::kind;

namespace {

// A number of so many digits is the name of somebody or something, not of a field.
constexpr std::size_t name_digits_max = 5;

kind kind_of(std::string_view token)
{
    switch (token.front()) {
    case '{':
        return kind::object;
    case '[':
        return kind::array;
    case '"':
        return kind::string;
    case 'n':
        return kind::null;
    case 't':
    case 'f':
        return kind::boolean;
    default:
        return kind::number;
    }
}

// A token reaches up to the next one: without the white space, and a string without its quotes.
sluice::json::value scalar_of(kind what, std::string_view token)
{
    token = token.substr(0, token.find_last_not_of(" \t\r\n") + 1);
    if (what == kind::string)
        token = token.substr(1, token.size() - 2);
    const bool escaped = what == kind::string && token.find('\\') != std::string_view::npos;
    return {.what = what, .escaped = escaped, .text = token};
}

field_shape& elements_of(field_shape& field)
{
    if (field.elements == nullptr)
        field.elements = std::make_unique<field_shape>();
    return *field.elements;
}

} // namespace

// What is read was validated before, so that simdjson finds nothing wrong with it; if it does, it
// throws, which is a mistake of ours.
class sample_shape::walk
{
public:
    explicit walk(sample_shape& into) : into_(into) {}

    void read(std::string_view record)
    {
        ondemand::document document =
            parser_.iterate(record.data(), record.size(), record.size() + json::padding_bytes);
        ondemand::object object = document.get_object();
        ++into_.root_.counts[static_cast<std::size_t>(kind::object)];
        visit_members(object, into_.root_);
    }

private:
    void visit(ondemand::value json, field_shape& field)
    {
        const std::string_view token = json.raw_json_token();
        const kind what = kind_of(token);
        ++field.counts[static_cast<std::size_t>(what)];
        if (what == kind::object) {
            ondemand::object object = json.get_object();
            visit_members(object, field);
        } else if (what == kind::array) {
            field_shape& elements = elements_of(field);
            for (auto element : json.get_array())
                visit(element.value(), elements);
        } else if (what != kind::null) {
            const value_traits traits = into_.judge_.judge(scalar_of(what, token));
            field.always.keep(traits);
            field.ever.join(traits);
        }
    }

    void visit_members(ondemand::object& object, field_shape& field)
    {
        for (auto member : object) {
            const std::string name(std::string_view(member.unescaped_key()));
            if (field_shape* const known = find_or_add(field, name))
                visit(member.value(), *known);
        }
    }

    // Null where the field is left out.
    field_shape* find_or_add(field_shape& field, const std::string& name)
    {
        if (!field.is_map) {
            if (const auto place = field.places.find(name); place != field.places.end())
                return &field.members[place->second].shape;
            if (may_become_column(field, name))
                return &add_member(field, name);
            if (&field == &into_.root_) {
                into_.left_out_ = true;
                return nullptr;
            }
            become_map(field);
        }
        field.has_personal_names = field.has_personal_names || traits_of(name).look_personal();
        return &elements_of(field);
    }

    bool may_become_column(const field_shape& field, const std::string& name)
    {
        const bool is_root = &field == &into_.root_;
        const std::size_t most = is_root ? record_fields_max : members_max;
        return field.members.size() < most && into_.fields_ < fields_max && !is_value(name);
    }

    // Whether somebody is named by it: such a name must not become that of a column.
    bool is_value(const std::string& name)
    {
        const value_traits traits = traits_of(name);
        const bool is_long_number = name.size() > name_digits_max &&
                                    name.find_first_not_of("0123456789") == std::string::npos;
        return traits.look_personal() || traits.has(value_trait::uuid) || is_long_number;
    }

    value_traits traits_of(std::string_view name)
    {
        return into_.judge_.judge({.what = kind::string, .text = name});
    }

    field_shape& add_member(field_shape& field, const std::string& name)
    {
        ++into_.fields_;
        field.places.emplace(name, field.members.size());
        return field.members.emplace_back(named_field{name, {}}).shape;
    }

    // What its fields were is no longer of interest, but for whether they are personal.
    static void become_map(field_shape& field)
    {
        field.is_map = true;
        field_shape& values = elements_of(field);
        for (named_field& each : field.members)
            values.members.push_back(std::move(each));
        field.members.clear();
        field.places.clear();
    }

    sample_shape& into_;
    ondemand::parser parser_;
};

sample_shape::sample_shape() : walk_(std::make_unique<walk>(*this)) {}

sample_shape::~sample_shape() = default;

void sample_shape::add(std::string_view record)
{
    walk_->read(record);
}

} // namespace sluice::daemon
