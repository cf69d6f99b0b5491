// Compiles one column. Included by the sources of compile.hpp alone.
#pragma once

#include "transform/columns/compile.hpp"

#include <fmt/format.h>

namespace sluice::transform {

class column_compiler
{
public:
    column_compiler(const config::column& from, pointer_set& pointers,
                    std::vector<mapping_error>& errors)
        : from_(from), pointers_(pointers), errors_(errors)
    {}

    [[nodiscard]] column_plan compile(std::string_view table);

private:
    // compile.cpp
    void compile_type();
    void compile_presence();
    void compile_mask(std::string_view table);
    void compile_default();
    [[nodiscard]] verdict make_default(std::string_view text, default_plan& into) const;
    [[nodiscard]] verdict check_default(const default_plan& made) const;

    // compile_source.cpp
    void compile_source();
    void compile_pointer(const config::json_pointer& pointer);
    void compile_metadata(const config::metadata_source& source);
    void expect_types(std::string_view source, std::initializer_list<column_type> types);

    // compile_parse.cpp
    void compile_parse();
    void add_verb(const config::parse_step& step);
    void add_reading(const config::parse_step& step, parse_plan::reading reading);
    void add_format(const std::string& pattern);
    [[nodiscard]] bool is_time() const noexcept;

    // compile_checks.cpp
    void compile_checks();
    void compile_length();
    void compile_bounds();
    void compile_bound(const std::optional<std::string>& text, const char* key,
                       std::optional<typed_value>& into);
    void compile_one_of();
    void compile_pattern();

    template <class... Args>
    void fail(std::string_view key, fmt::format_string<Args...> form, Args&&... args)
    {
        errors_.push_back({from_.line, from_.name, std::string(key),
                           fmt::format(form, std::forward<Args>(args)...)});
    }

    const config::column& from_;
    pointer_set& pointers_;
    std::vector<mapping_error>& errors_;
    column_plan plan_;
};

} // namespace sluice::transform
