// Requests read in one pass with simdjson, for the operations that must be lean. Whatever simdjson
// cannot read ends the request as simdjson_error, which the api answers as SerializationException.
#pragma once

#include "core/byte_buffer.hpp"

#include <simdjson.h>

#include <cstdint>
#include <string_view>

namespace sluice::sqs_server {

using json_value = simdjson::ondemand::value;
using json_object = simdjson::ondemand::object;

// Calls on_field(name, value) for each field that is not null: null and absent mean the same.
template <class OnField>
void for_each_field(json_object object, OnField&& on_field)
{
    for (auto field : object) {
        const std::string_view name = field.unescaped_key();
        json_value value = field.value();
        if (!value.is_null())
            on_field(name, value);
    }
}

// Calls on_element(value) for each element of an array.
template <class OnElement>
void for_each_element(json_value array, OnElement&& on_element)
{
    for (auto element : array.get_array())
        on_element(json_value(element.value()));
}

// Owns the memory that views into a request live in, until the next request is read.
// Not thread-safe.
class request_reader
{
public:
    // Calls on_field for each field of the request's one object.
    template <class OnField>
    void read(std::string_view body, OnField&& on_field)
    {
        padded_.clear();
        padded_.reserve(body.size() + simdjson::SIMDJSON_PADDING);
        padded_.append(body);
        simdjson::ondemand::document document =
            parser_.iterate(padded_.data(), padded_.size(), padded_.capacity());
        for_each_field(document.get_object(), on_field);
        if (!document.current_location().error()) // something stands behind the object
            throw simdjson::simdjson_error(simdjson::TAPE_ERROR);
    }

private:
    byte_buffer padded_;
    simdjson::ondemand::parser parser_;
};

} // namespace sluice::sqs_server
