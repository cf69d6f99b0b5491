// The mapping of a pipeline: its columns, compiled, and what they ask of a message. Immutable;
// shared by all workers and by whoever writes the SQL.
#pragma once

#include "config/settings.hpp"
#include "transform/columns/column_plan.hpp"
#include "transform/columns/compile.hpp"
#include "transform/json/reader.hpp"
#include "transform/row_batch.hpp"

#include <memory>
#include <string_view>
#include <vector>

namespace sluice::transform {

class mapping
{
public:
    struct compiled
    {
        std::shared_ptr<const mapping> made; // null if there are errors
        std::vector<mapping_error> errors;   // all of them, in the order of the columns
    };

    // Looks at the record, the target's name and the limits alone.
    [[nodiscard]] static compiled compile(const config::pipeline& from);

    [[nodiscard]] const std::vector<column_plan>& columns() const noexcept { return columns_; }
    // "" for -1, which stands for no column.
    [[nodiscard]] std::string_view column_name(std::int16_t index) const noexcept;

    [[nodiscard]] const json::path_trie& body_paths() const noexcept { return pointers_.body; }
    [[nodiscard]] const json::path_trie& attribute_paths() const noexcept
    {
        return pointers_.attributes;
    }
    [[nodiscard]] bool uses_attributes() const noexcept { return pointers_.uses_attributes; }
    // Whether those of the queue are used, and not those that a notification holds.
    [[nodiscard]] bool uses_queue_attributes() const noexcept
    {
        return pointers_.uses_attributes && !pointers_.of_notification;
    }
    [[nodiscard]] const config::body_form& form() const noexcept { return form_; }
    [[nodiscard]] json::reader::options reading() const noexcept { return reading_; }

    // Whether a column is sealed or tokenized.
    [[nodiscard]] bool needs_keyring() const noexcept;
    // Whether a column is masked in any way.
    [[nodiscard]] bool masks() const noexcept;

    // Gives a batch its columns, unless it has them already.
    void shape(row_batch& batch) const;

private:
    mapping() = default;
    void compile_columns(const config::pipeline& from, std::vector<mapping_error>& errors);

    std::vector<column_plan> columns_;
    config::body_form form_;
    pointer_set pointers_;
    json::reader::options reading_;
};

} // namespace sluice::transform
