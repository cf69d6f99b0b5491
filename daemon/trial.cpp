#include "daemon/trial.hpp"

#include "core/byte_buffer.hpp"
#include "transform/json/reader.hpp"

#include <cassert>
#include <chrono>
#include <utility>

namespace sluice::daemon {
namespace {

constexpr wall_time sent_at = std::chrono::sys_days(std::chrono::year(2000) / 1 / 1);
constexpr std::string_view message_id = "00000000-0000-4000-8000-000000000000";

// The layout of a column_array: a head, then the only element with its length before it.
constexpr std::size_t head_bytes = 20;
constexpr std::uint32_t null_length = 0xffffffff;

trial_value only_element(std::string_view array)
{
    assert(array.size() >= head_bytes + sizeof(std::uint32_t));
    const std::uint32_t length = load_u32(array.data() + head_bytes);
    if (length == null_length)
        return std::nullopt;
    return std::string(array.substr(head_bytes + sizeof(std::uint32_t), length));
}

// An open body: it did not come escaped in a response.
void put_message(delivery& into, std::string_view body, std::string_view attributes)
{
    const std::string padding(json::padding_bytes, '\0');
    for (const std::string_view part : {body, std::string_view(padding), attributes})
        into.buffer.append(part);
    into.buffer.append(padding);
    into.count = 1;
    into.received_at = sent_at;
    message& only = into.messages.front();
    only.id = message_id;
    only.body = into.buffer.view().substr(0, body.size());
    only.attributes = into.buffer.view().substr(body.size() + padding.size(), attributes.size());
    only.sent_at = sent_at;
    only.receive_count = 1;
}

} // namespace

trial::trial(std::shared_ptr<const transform::mapping> columns, const mask::keyring& keys)
    : transformer_(std::move(columns), &keys)
{
    transformer_.columns().shape(batch_);
}

trial_result trial::run(std::string_view body, std::string_view attributes)
{
    delivery carrier;
    put_message(carrier, body, attributes);
    batch_.clear();
    const auto became = transformer_.add({&carrier, 0}, batch_);

    trial_result out;
    if (became == transform::outcome::row) {
        for (transform::column_array& column : batch_.columns)
            out.values.push_back(only_element(column.finish()));
        return out;
    }
    assert(became == transform::outcome::dead_letter);
    const auto& entry = batch_.letter_entries.front();
    out.letter = {std::string(to_string(entry.why)),
                  std::string(transformer_.columns().column_name(entry.column)),
                  only_element(batch_.letters.detail.finish()).value_or("")};
    return out;
}

} // namespace sluice::daemon
