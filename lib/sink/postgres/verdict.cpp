#include "sink/postgres/verdict.hpp"

#include "sink/postgres/error.hpp"

#include <algorithm>
#include <array>

namespace sluice::postgres {
namespace {

constexpr std::string_view unique_violation = "23505";
constexpr std::string_view check_violation = "23514";

// Another transaction was in the way (PostgreSQL manual, appendix A).
constexpr std::array<std::string_view, 3> conflicts{"40001", "40P01", "55P03"};

// Class 54, program limits, mostly speaks of the deployment; these two speak of a value.
constexpr std::array<std::string_view, 2> limits_of_a_value{
    "54000", // index row too long
    "54001", // stack depth: a jsonb nested too deep
};

// Classes whose cure is a change by a person: syntax and rights, authorization, catalog names,
// unsupported features, a standby that refuses this protocol.
constexpr std::array<std::string_view, 7> wrong_classes{"42", "28", "3D", "3F", "0A", "26", "54"};

// Classes that speak of the values of a row. P0001 is RAISE in a trigger of the user's; 44000 the
// WITH CHECK OPTION of a view.
constexpr std::array<std::string_view, 5> row_classes{"22", "23", "21", "44", "P0"};

// Errors of functions in other languages.
constexpr std::array<std::string_view, 2> routine_classes{"38", "39"};

// What no function can know better than the server: one that raises these hands them on.
constexpr std::array<std::string_view, 9> world_classes{"08", "25", "40", "53", "55",
                                                        "57", "58", "XX", "F0"};

template <std::size_t Size>
bool contains(const std::array<std::string_view, Size>& list, std::string_view value) noexcept
{
    return std::find(list.begin(), list.end(), value) != list.end();
}

// Code of the user's refused a row: by RAISE, in another language, or by an SQLSTATE of its own.
bool refused_by_code(std::string_view sqlstate_class, bool raised) noexcept
{
    return (raised && !contains(world_classes, sqlstate_class)) ||
           contains(routine_classes, sqlstate_class) ||
           sqlstate_class_of(sqlstate_class) == other_class;
}

} // namespace

bool carries_rows(statement which) noexcept
{
    return which == statement::rows || which == statement::careful || which == statement::commit;
}

std::string_view to_string(statement which) noexcept
{
    switch (which) {
    case statement::ledger:
        return "ledger";
    case statement::rows:
        return "rows";
    case statement::letters:
        return "dead letters";
    case statement::floor:
        return "floor";
    case statement::careful:
        return "careful";
    case statement::barrier:
        return "barrier";
    case statement::commit:
        return "commit";
    case statement::other:
        break;
    }
    return "other";
}

std::string_view to_string(verdict what) noexcept
{
    switch (what) {
    case verdict::duplicate:
        return "duplicate";
    case verdict::try_again:
        return "try_again";
    case verdict::row_is_bad:
        return "row_is_bad";
    case verdict::database_is_sick:
        return "database_is_sick";
    case verdict::deployment_is_wrong:
        break;
    }
    return "deployment_is_wrong";
}

bool lacks_partition(std::string_view sqlstate, bool has_constraint) noexcept
{
    return sqlstate == check_violation && !has_constraint;
}

verdict judge(std::string_view sqlstate, statement which, bool has_constraint, bool raised) noexcept
{
    if (sqlstate.size() != 5)
        return verdict::database_is_sick;
    if (contains(conflicts, sqlstate))
        return verdict::try_again;
    if (sqlstate == unique_violation && which == statement::ledger)
        return verdict::duplicate;
    if (lacks_partition(sqlstate, has_constraint))
        return verdict::deployment_is_wrong;

    const std::string_view sqlstate_class = sqlstate.substr(0, 2);
    if (contains(row_classes, sqlstate_class) || contains(limits_of_a_value, sqlstate))
        return carries_rows(which) ? verdict::row_is_bad : verdict::deployment_is_wrong;
    if (carries_rows(which) && refused_by_code(sqlstate_class, raised))
        return verdict::row_is_bad;
    if (contains(wrong_classes, sqlstate_class))
        return verdict::deployment_is_wrong;
    return verdict::database_is_sick;
}

} // namespace sluice::postgres
