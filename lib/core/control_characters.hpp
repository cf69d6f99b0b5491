// Characters that a terminal obeys instead of showing them. Texts of strangers (messages, servers,
// files) pass through here on their way to a terminal or a log.
#pragma once

#include <string>
#include <string_view>

namespace sluice {

// How many bytes of a control character the text begins with: C0 and DEL have one; C1 in UTF-8 has
// two, and there are terminals for which U+009B is as good as ESC [. 0: the text is empty or begins
// with something else.
[[nodiscard]] std::size_t control_bytes(std::string_view text) noexcept;

[[nodiscard]] bool has_control_character(std::string_view text) noexcept;

// With each byte of a control character as \xNN.
[[nodiscard]] std::string printable(std::string_view text);

// With a blank in place of each control character, so that one event cannot look like two.
[[nodiscard]] std::string one_line(std::string_view text);

// The same JSON, which has no line breaks outside of its texts, with \u00NN for the control
// characters that JSON may hold unescaped.
[[nodiscard]] std::string printable_json(std::string_view json);

} // namespace sluice
