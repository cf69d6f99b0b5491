// Settings, messages and batches to try the transform on.
#pragma once

#include "config/settings.hpp"
#include "core/delivery.hpp"
#include "transform/column_cursor.hpp"
#include "transform/mapping.hpp"
#include "transform/mask/keyring.hpp"
#include "transform/row_batch.hpp"
#include "transform/transformer.hpp"

#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::test {

// A column that takes the member of its own name.
[[nodiscard]] config::column column(std::string name, config::column_type type,
                                    std::vector<std::string> path);
[[nodiscard]] inline config::column column(const std::string& name, config::column_type type)
{
    return column(name, type, {name});
}
[[nodiscard]] config::column metadata_column(std::string name, config::column_type type,
                                             config::metadata which, std::string attribute = {});

// The pipeline of deploy/examples: seven columns of user_logins, two of them sealed.
[[nodiscard]] config::pipeline user_logins();

[[nodiscard]] config::pipeline pipeline_of(std::vector<config::column> columns);

// The compiled mapping; fails the test if there are errors.
[[nodiscard]] std::shared_ptr<const transform::mapping> compiled(const config::pipeline& from);

// The errors, each as "column key: text".
[[nodiscard]] std::vector<std::string> errors_of(const config::pipeline& from);

struct message_options
{
    std::string id = "0f3c8a52-7d5e-4b1c-9a57-1c2d3e4f5a6b";
    std::string group_id;
    std::string attributes;
    std::uint32_t receive_count = 1;
    std::int64_t sent_at_ms = 1763640000123;     // 2025-11-20 12:00:00.123
    std::int64_t received_at_ms = 1763640001000; // one second later, about
    std::optional<std::string> md5 = {};         // nothing: the right one
    std::string attributes_md5 = {};             // empty: none
};

// Messages as they stand in a response: bodies escaped, other JSON around them.
class response
{
public:
    response() = default;
    explicit response(std::initializer_list<std::string_view> bodies)
    {
        for (const std::string_view body : bodies)
            add(body);
    }

    // Takes a body as the sender gave it.
    void add(std::string_view body, const message_options& with = {});
    // Takes it as it stands in the response.
    void add_escaped(std::string_view token, const message_options& with = {});

    // After the last add; stays here.
    [[nodiscard]] delivery& get();

private:
    struct piece
    {
        std::size_t at;
        std::size_t size;
    };
    struct place
    {
        piece id, token, md5, group_id, attributes, attributes_md5;
    };

    [[nodiscard]] piece put(std::string_view text);

    std::string text_ = R"({"Messages":[)";
    std::vector<place> places_;
    std::vector<message_options> options_;
    delivery delivery_;
};

[[nodiscard]] std::string escaped(std::string_view text);
[[nodiscard]] std::string md5_of(std::string_view text);

// The elements of an array, null as nothing.
using elements = std::vector<std::optional<std::string>>;
[[nodiscard]] elements elements_of(transform::column_array& array);

// A transformer with a batch.
class bench
{
public:
    explicit bench(const config::pipeline& from, bool with_keys = true);

    transform::outcome add(std::string_view body, const message_options& with = {});
    transform::outcome add(delivery& from, std::uint8_t index = 0);

    // What the first row holds, as PostgreSQL would show it.
    [[nodiscard]] elements row(std::size_t index = 0);
    // "reason column: detail" of the last dead letter; empty if there is none.
    [[nodiscard]] std::string letter();
    // All bytes that would leave the process.
    [[nodiscard]] std::string all_bytes();

    // One body, a new batch: its row, or its letter.
    struct result
    {
        elements row;
        std::string letter;
    };
    [[nodiscard]] result once(std::string_view body, const message_options& with = {});

    void clear();

    std::shared_ptr<const transform::mapping> columns;
    mask::keyring keys = mask::keyring::ephemeral();
    transform::transformer work;
    transform::row_batch batch;

private:
    std::vector<std::unique_ptr<response>> responses_;
};

} // namespace sluice::test
