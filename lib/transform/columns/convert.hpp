// From JSON to a value of a column's type. What is taken:
//
//   type               text       number         true, false   object, array
//   text               yes        -              -             -
//   integer bigint     verb       whole numbers  -             -
//   numeric double     verb       yes            -             -
//   boolean            verb       -              yes           -
//   date timestamp[tz] yes        epoch_s, _ms   -             -
//   uuid inet bytea    yes        -              -             -
//   jsonb              yes        yes            yes           yes
//
// `verb`: with any `parse:`, a text is taken for what it says ("42", "true"). version_major,
// version_packed and format take text alone; epoch_s and epoch_ms a number, or its text. An array
// column takes an array whose elements are taken by this table, or null. A whole number may be
// written 2.0 or 2e0. Dates are YYYY-MM-DD; times follow ISO 8601, with a zone for timestamptz and
// without one for timestamp; bytea is base64, or hex behind \x.
#pragma once

#include "transform/columns/column_plan.hpp"
#include "transform/json/reader.hpp"

namespace sluice::transform {

// What a worker needs to convert values; its memory is used again for each. Not thread-safe.
struct workspace
{
    byte_buffer text;    // of a string, unescaped
    byte_buffer decoded; // of bytea
    byte_buffer literal; // of an element of an array
    typed_value value;
};

// A value and the document that it was found in: null for one that stood nowhere.
struct found_value
{
    const json::value& value;
    const json::reader* document = nullptr;
};

// `with_parse`: false for a default, which is a value already. The result is in `work.value`, and
// may view the document or the workspace.
[[nodiscard]] verdict convert(const column_plan& column, const found_value& from, bool with_parse,
                              workspace& work);

// The same, and then the checks of the column.
[[nodiscard]] verdict read_value(const column_plan& column, const found_value& from,
                                 bool with_parse, workspace& work);

} // namespace sluice::transform
