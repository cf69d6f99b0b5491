#include "admin/stored_json.hpp"

#include "core/control_characters.hpp"

#include <boost/json/array.hpp>
#include <boost/json/object.hpp>
#include <boost/json/serialize.hpp>

namespace sluice::admin {
namespace {

namespace json = boost::json;

json::string name_of(std::string_view from)
{
    return json::string(from.data(), from.size());
}

json::value or_null(const std::optional<std::string>& from)
{
    return from ? json::value(*from) : json::value(nullptr);
}

json::object object_of(const postgres::letter& of)
{
    return {{"id", of.id},
            {"message_id", of.message_id},
            {"reason", of.reason},
            {"sqlstate", or_null(of.sqlstate)},
            {"column", or_null(of.column)},
            {"detail", or_null(of.detail)},
            {"receive_count", of.receive_count},
            {"sent_at_ms", of.sent_at.time_since_epoch().count()},
            {"received_at_ms", of.received_at.time_since_epoch().count()},
            {"stored_at_ms", of.stored_at.time_since_epoch().count()},
            {"state", of.state},
            {"config_hash", of.config_hash}};
}

} // namespace

std::string latest_json(std::string_view pipeline, const postgres::stored_rows& from)
{
    json::array columns;
    for (const std::string& each : from.columns)
        columns.emplace_back(each);
    json::array rows;
    for (const postgres::row& each : from.values) {
        json::array values;
        for (const std::optional<std::string>& value : each)
            values.push_back(or_null(value));
        rows.push_back(std::move(values));
    }
    json::object out;
    out["pipeline"] = name_of(pipeline);
    out["table"] = from.table;
    out["columns"] = std::move(columns);
    out["rows"] = std::move(rows);
    return printable_json(json::serialize(out));
}

std::string letters_json(std::string_view pipeline, const std::vector<postgres::letter>& from)
{
    json::array letters;
    for (const postgres::letter& each : from)
        letters.push_back(object_of(each));
    json::object out;
    out["pipeline"] = name_of(pipeline);
    out["letters"] = std::move(letters);
    return printable_json(json::serialize(out));
}

} // namespace sluice::admin
