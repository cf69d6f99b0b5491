// The form that prints: every key with its default as YAML, and behind it what the key means and
// what may stand there. A key without a default is commented out, unless it must be given.
#pragma once

#include "config/form.hpp"

#include <string>
#include <string_view>

namespace sluice::config {

class printing_form final : public form
{
public:
    void key(std::string_view name, const field& value, const notes& about) override;
    void section(std::string_view name, const notes& about, const keys& inside) override;
    void section_or_off(std::string_view name, const notes& about, bool& on,
                        const keys& inside) override;
    void each(std::string_view name, const notes& about, const named_keys& inside) override;
    void list(std::string_view name, const notes& about, const keys& inside) override;
    [[nodiscard]] int line() const noexcept override { return 0; }
    void refuse(const problem&) override {} // defaults have no mistakes: a test loads them

    [[nodiscard]] const std::string& text() const noexcept { return text_; }

private:
    void print(const std::string& yaml, const std::string& comment);
    void print_above(const std::string& indent, std::string_view comment);

    std::string text_;
    std::size_t depth_ = 0;
};

} // namespace sluice::config
