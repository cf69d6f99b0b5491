// Puts the value of one column into its place in the row: default, checks, mask, encoding.
#pragma once

#include "transform/column_array.hpp"
#include "transform/columns/column_plan.hpp"
#include "transform/columns/convert.hpp"
#include "transform/mask/sealer.hpp"
#include "transform/mask/tokenizer.hpp"

#include <optional>
#include <span>

namespace sluice::transform {

// One a column and worker; the plan, keyring and engine must outlive it. Not thread-safe.
class column_writer
{
public:
    // `keys` and `engine` may be null if the column needs no key. Throws crypto_error.
    column_writer(const column_plan& plan, const mask::keyring* keys, mask::seal_engine* engine);

    // Appends one element, or refuses; then `out` may hold a part of it, to be rewound.
    [[nodiscard]] verdict append(const found_value& from, workspace& work, column_array& out)
    {
        const json::value& value = from.value;
        const bool is_plain =
            takes_text_as_it_is_ && value.what == json::kind::string && !value.escaped;
        if (is_plain && value.text.size() <= length_max_)
            return append_plain(value.text, out);
        return append_any(from, work, out);
    }

    // The same for a time that did not come as text.
    [[nodiscard]] verdict append_time(wall_time at, workspace& work, column_array& out);

    [[nodiscard]] const column_plan& plan() const noexcept { return *plan_; }

private:
    [[nodiscard]] verdict append_plain(std::string_view text, column_array& out);
    [[nodiscard]] verdict append_any(const found_value& from, workspace& work, column_array& out);
    [[nodiscard]] verdict append_default(workspace& work, column_array& out);
    [[nodiscard]] verdict append_array(std::span<const json::value> elements, bool with_parse,
                                       workspace& work, column_array& out);
    [[nodiscard]] verdict store(const typed_value& value, column_array& out);
    [[nodiscard]] verdict store_masked(const typed_value& value, column_array& out);
    [[nodiscard]] verdict store_replaced(mask::content what, std::string_view clear,
                                         column_array& out);
    [[nodiscard]] verdict store_network(const typed_value& value, column_array& out);
    [[nodiscard]] verdict check_stored(std::size_t characters) const noexcept;

    const column_plan* plan_;
    // Most columns are text that is stored or masked as it stands, if it is short enough.
    bool takes_text_as_it_is_ = false;
    std::size_t length_max_ = 0; // in bytes: no text of so many has more characters
    std::optional<mask::sealer> sealer_;
    std::optional<mask::tokenizer> tokenizer_;
};

} // namespace sluice::transform
