// What was seen in sample messages: a tree of their fields, and of each how often it came and what
// its values could be. Holds no value.
#pragma once

#include "daemon/init/value_traits.hpp"
#include "transform/json/value.hpp"

#include <array>
#include <cstddef>
#include <map>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {

struct named_field;

struct field_shape
{
    std::array<std::size_t, 7> counts{};       // by json::kind
    value_traits always = value_traits::all(); // of every scalar
    value_traits ever;                         // of at least one
    std::vector<named_field> members;          // of objects, in the order in which they came
    std::map<std::string, std::size_t, std::less<>> places; // in `members`
    std::unique_ptr<field_shape> elements; // of arrays; and of what is a map, its values
    // Its names are values themselves, or too many to be columns.
    bool is_map = false;
    bool has_personal_names = false; // of a map

    [[nodiscard]] std::size_t count(sluice::json::kind what) const noexcept
    {
        return counts[static_cast<std::size_t>(what)];
    }
    [[nodiscard]] std::size_t scalars() const noexcept
    {
        using enum sluice::json::kind;
        return count(boolean) + count(number) + count(string);
    }
    // How often it was there, null or not.
    [[nodiscard]] std::size_t seen() const noexcept
    {
        using enum sluice::json::kind;
        return scalars() + count(null) + count(array) + count(object);
    }
    [[nodiscard]] bool holds_only(sluice::json::kind what) const noexcept
    {
        return count(what) != 0 && count(what) + count(sluice::json::kind::null) == seen();
    }
};

struct named_field
{
    std::string name;
    field_shape shape;
};

// Not thread-safe.
class sample_shape
{
public:
    // A record has columns; an object inside of it that has more names than this is a map.
    static constexpr std::size_t members_max = 64;
    static constexpr std::size_t record_fields_max = 400;
    static constexpr std::size_t fields_max = 5000; // of all objects

    sample_shape();
    sample_shape(const sample_shape&) = delete;
    sample_shape& operator=(const sample_shape&) = delete;
    ~sample_shape();

    // One JSON object that the reader of the daemon took; json::padding_bytes must follow it.
    void add(std::string_view record);

    [[nodiscard]] std::size_t samples() const noexcept { return root_.seen(); }
    [[nodiscard]] const field_shape& root() const noexcept { return root_; }
    // Whether fields of the record were left out: too many, or named like a value.
    [[nodiscard]] bool left_fields_out() const noexcept { return left_out_; }

private:
    class walk;

    std::unique_ptr<walk> walk_;
    value_judge judge_;
    field_shape root_;
    std::size_t fields_ = 0;
    bool left_out_ = false;
};

} // namespace sluice::daemon
