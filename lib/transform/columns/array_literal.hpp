// An array as the text that PostgreSQL's array_in reads: {"a","b\"c",NULL}. Arrays of a batch go as
// text, since unnest would flatten them.
#pragma once

#include "core/byte_buffer.hpp"
#include "transform/columns/typed_value.hpp"

namespace sluice::transform {

// Writes one array into a buffer of somebody else's.
class array_literal
{
public:
    explicit array_literal(byte_buffer& out) : out_(out) { out_.push_back('{'); }

    void add_null();
    // `scratch` takes the text of the element.
    void add(column_type type, const typed_value& element, byte_buffer& scratch);
    void end() { out_.push_back('}'); }

private:
    void separate();

    byte_buffer& out_;
    bool empty_ = true;
};

} // namespace sluice::transform
