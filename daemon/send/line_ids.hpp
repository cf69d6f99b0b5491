// The message group and the deduplication id of each line that is sent.
#pragma once

#include "aws/hash.hpp"
#include "config/settings.hpp"
#include "transform/json/reader.hpp"

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sluice::daemon {

struct message_line
{
    std::uint64_t number; // from 1
    std::string body;
    std::string group_id = {};         // empty: none
    std::string deduplication_id = {}; // empty: none
};

// What makes two lines the same message to a FIFO queue, within five minutes.
enum class same_message
{
    never_told, // no id is sent
    line,       // nothing but the same line of the same run: sent again, it is not doubled
    content,    // the same text
    value,      // the same value at a place in the line
};

struct line_id_rules
{
    std::string group_id = {};                           // of every line; empty: none
    std::optional<config::json_pointer> group_from = {}; // else: where a line has it
    same_message same = same_message::never_told;
    std::optional<config::json_pointer> same_value_from = {}; // of same_message::value
    std::string run = {};                                     // an id no other run has
};

// Whether SQS takes the text as a MessageGroupId or MessageDeduplicationId.
[[nodiscard]] bool is_message_id_text(std::string_view text) noexcept;

// Not thread-safe.
class line_ids
{
public:
    explicit line_ids(line_id_rules rules);

    // Gives a line its ids; or says why it has none, and what to do.
    [[nodiscard]] std::optional<std::string> give(message_line& to);

private:
    struct wanted
    {
        sluice::json::slot slot = sluice::json::no_slot;
        std::string pointer; // as it is written
    };

    [[nodiscard]] std::optional<std::string> read(message_line& from, std::string& group,
                                                  std::string& same);
    [[nodiscard]] std::optional<std::string> value_at(const wanted& where, std::string& out) const;

    line_id_rules rules_;
    sluice::json::path_trie paths_; // before its reader
    wanted group_;
    wanted same_;
    std::optional<sluice::json::reader> reader_; // none: no id stands in the lines
    aws::sha256 sha256_;
};

} // namespace sluice::daemon
