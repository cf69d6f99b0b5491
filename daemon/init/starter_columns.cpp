#include "daemon/init/starter_columns.hpp"

#include "daemon/init/column_names.hpp"
#include "daemon/init/field_names.hpp"

#include <algorithm>
#include <array>
#include <optional>
#include <utility>

namespace sluice::daemon {

using config::column_type;
using config::mask_kind;
using config::parse_verb;
using sluice::json::kind;

namespace {

constexpr std::size_t word_length_max = 256; // four times the longest that was seen
constexpr std::size_t rare_share = 20;       // one sample in so many

struct trait_type
{
    value_trait trait;
    column_type type;
};

// The narrowest first.
constexpr std::array scalar_types{
    trait_type{value_trait::boolean, column_type::boolean},
    trait_type{value_trait::integer, column_type::integer},
    trait_type{value_trait::bigint, column_type::bigint},
    trait_type{value_trait::numeric, column_type::numeric},
    trait_type{value_trait::uuid, column_type::uuid},
    trait_type{value_trait::date, column_type::date},
    trait_type{value_trait::timestamptz, column_type::timestamptz},
    trait_type{value_trait::timestamp, column_type::timestamp},
    trait_type{value_trait::inet, column_type::inet},
    trait_type{value_trait::text, column_type::text},
};

// Of what has scalars alone. Jsonb takes those that have no type in common.
column_type type_of_scalars(const field_shape& field)
{
    for (const trait_type& each : scalar_types)
        if (field.always.has(each.trait))
            return each.type;
    return column_type::jsonb;
}

bool holds_objects_alone(const field_shape& field)
{
    return field.holds_only(kind::object) && !field.is_map && !field.members.empty();
}

bool holds_scalars_alone(const field_shape& field)
{
    return field.scalars() != 0 && field.scalars() + field.count(kind::null) == field.seen();
}

bool is_personal(const field_shape& field, const std::string& name);

bool holds_personal(const field_shape& field)
{
    return field.has_personal_names ||
           (field.elements != nullptr && is_personal(*field.elements, {})) ||
           std::ranges::any_of(field.members, [](const named_field& each) {
               return is_personal(each.shape, snake_case(each.name));
           });
}

// By its name, by a value, or by what it holds. True and false name nobody, and four numbers may be
// a version.
bool is_personal(const field_shape& field, const std::string& name)
{
    if (field.holds_only(kind::boolean))
        return false;
    const bool by_value =
        is_version_name(name) ? field.ever.has(value_trait::personal) : field.ever.look_personal();
    return is_personal_name(name) || by_value || holds_personal(field);
}

class column_chooser
{
public:
    explicit column_chooser(std::size_t samples) : samples_(samples) {}

    void choose(const field_shape& object)
    {
        for (const named_field& each : object.members) {
            path_.push_back(each.name);
            if (holds_objects_alone(each.shape))
                choose(each.shape);
            else if (out_.columns.size() < starter_columns_max)
                add(each.shape);
            else
                out_.left_fields_out = true;
            path_.pop_back();
        }
    }

    [[nodiscard]] starter_columns take() && { return std::move(out_); }

private:
    void add(const field_shape& field);
    void give_type(const field_shape& field, starter_column& to) const;
    void give_mask(const field_shape& field, starter_column& to) const;
    void give_time(const field_shape& field, starter_column& to) const;
    void give_bounds(const field_shape& field, starter_column& to);

    std::size_t samples_;
    std::vector<std::string> path_; // of the field at hand
    std::string name_;              // of the same
    column_names names_;
    bool has_identity_ = false;
    starter_columns out_;
};

void column_chooser::add(const field_shape& field)
{
    name_ = snake_case(path_);
    starter_column made;
    made.is.from = config::json_pointer{path_};
    give_type(field, made);
    if (samples_ >= samples_that_tell && field.seen() * rare_share < samples_)
        made.notes.emplace_back("In few samples only: of messages of another kind?");
    const bool personal = is_personal(field, name_);
    if (personal)
        give_mask(field, made);
    else
        give_time(field, made);
    const bool masked = made.is.mask != mask_kind::none;
    made.is.name = names_.give(masked ? "masked_" + name_ : name_);
    if (!masked)
        give_bounds(field, made);
    out_.columns.push_back(std::move(made));
}

void column_chooser::give_type(const field_shape& field, starter_column& to) const
{
    to.is.type = column_type::jsonb;
    if (holds_scalars_alone(field)) {
        to.is.type = type_of_scalars(field);
        if (to.is.type == column_type::inet)
            to.is.type = column_type::text; // personal, and sealed as text; or a version
        if (to.is.type == column_type::jsonb)
            to.notes.emplace_back("Its values are of more than one type.");
    } else if (field.holds_only(kind::array) && holds_scalars_alone(*field.elements)) {
        to.is.type = type_of_scalars(*field.elements);
        to.is.is_array = to.is.type != column_type::jsonb;
    } else if (field.count(kind::null) == field.seen()) {
        to.notes.emplace_back("Null in every sample: nothing tells its type.");
    }
    if (to.is.type == column_type::integer && is_identity_name(name_))
        to.is.type = column_type::bigint; // they grow
    if (to.is.type == column_type::text && is_version_name(name_) &&
        field.always.has(value_trait::version))
        to.notes.emplace_back(
            "\"2.3.0\" as 2: { type: integer, parse: version_major }; then a text "
            "that is no version is refused.");
}

// Text alone can be sealed.
void column_chooser::give_mask(const field_shape& field, starter_column& to) const
{
    const bool is_text = field.count(kind::string) + field.count(kind::null) == field.seen();
    to.is.mask = is_text ? mask_kind::seal : mask_kind::drop;
    if (is_text) {
        to.is.type = column_type::text;
    }
}

void column_chooser::give_time(const field_shape& field, starter_column& to) const
{
    const bool is_whole = to.is.type == column_type::integer || to.is.type == column_type::bigint;
    if (to.is.is_array || !is_whole)
        return;
    for (const auto& [trait, verb, word] :
         {std::tuple(value_trait::epoch_s, parse_verb::epoch_s, "epoch_s"),
          std::tuple(value_trait::epoch_ms, parse_verb::epoch_ms, "epoch_ms")}) {
        if (!field.always.has(trait))
            continue;
        if (is_time_name(name_)) {
            to.is.type = column_type::timestamptz;
            to.is.parse = {{verb, {}}};
        } else {
            to.notes.push_back(std::string("If it is a time: { type: timestamptz, parse: ") + word +
                               " }.");
        }
    }
}

// `required` and `max_length`: a wrong one makes dead letters, so both need enough samples, and
// only one column is required, which suffices to refuse messages of another kind.
void column_chooser::give_bounds(const field_shape& field, starter_column& to)
{
    if (samples_ < samples_that_tell)
        return;
    const bool is_text = to.is.type == column_type::text && !to.is.is_array;
    if (is_text && field.always.has(value_trait::word) && field.scalars() >= samples_that_tell)
        to.is.max_length = word_length_max;
    const bool is_always_there =
        path_.size() == 1 && field.seen() == samples_ && field.count(kind::null) == 0;
    if (!is_always_there)
        return;
    const bool identifies =
        is_identity_name(name_) && holds_scalars_alone(field) && to.is.type != column_type::jsonb;
    if (identifies && !has_identity_)
        to.is.required = has_identity_ = true;
    else
        out_.always_there.push_back(to.is.name);
}

} // namespace

starter_columns choose_columns(const sample_shape& samples)
{
    column_chooser chooser(samples.samples());
    chooser.choose(samples.root());
    return std::move(chooser).take();
}

} // namespace sluice::daemon
