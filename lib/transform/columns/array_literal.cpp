#include "transform/columns/array_literal.hpp"

namespace sluice::transform {

void array_literal::separate()
{
    if (!empty_)
        out_.push_back(',');
    empty_ = false;
}

void array_literal::add_null()
{
    separate();
    out_.append("NULL");
}

void array_literal::add(column_type type, const typed_value& element, byte_buffer& scratch)
{
    separate();
    scratch.clear();
    append_text(type, element, scratch);
    // In quotes every character stands for itself but these two.
    out_.push_back('"');
    for (const char character : scratch.view()) {
        if (character == '"' || character == '\\')
            out_.push_back('\\');
        out_.push_back(character);
    }
    out_.push_back('"');
}

} // namespace sluice::transform
