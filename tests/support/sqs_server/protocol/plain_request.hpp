// Requests of the operations that nobody calls often: a document, asked member by member.
#pragma once

#include "core/byte_buffer.hpp"
#include "sqs_server/model/settings.hpp"

#include <boost/json/object.hpp>

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::sqs_server {

class plain_request
{
public:
    // Throws refusal: SerializationException unless the body is one JSON object.
    explicit plain_request(std::string_view body);

    // Members of another type than asked for are refused; null and absent mean the same.
    [[nodiscard]] std::string text(std::string_view name) const; // refuses absent and empty
    [[nodiscard]] std::optional<std::string> optional_text(std::string_view name) const;
    [[nodiscard]] std::optional<std::int64_t> optional_integer(std::string_view name) const;
    [[nodiscard]] std::vector<std::string> texts(std::string_view name) const;
    [[nodiscard]] attribute_map text_map(std::string_view name) const;
    [[nodiscard]] bool has(std::string_view name) const;

private:
    [[nodiscard]] const boost::json::value* find(std::string_view name) const;

    boost::json::object members_;
};

// Appends the object as JSON text.
void append_json(byte_buffer& out, const boost::json::object& what);

[[nodiscard]] boost::json::object to_json(const attribute_map& from);

} // namespace sluice::sqs_server
