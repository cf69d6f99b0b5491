#include "sample_pipeline.hpp"

#include "core/encoding.hpp"
#include "transform/json/reader.hpp"

#include <catch2/catch.hpp>
#include <fmt/format.h>
#include <openssl/evp.h>

#include <array>

namespace sluice::test {

using config::column_type;
using config::mask_kind;
using transform::column_array;

config::column column(std::string name, column_type type, std::vector<std::string> path)
{
    config::column out;
    out.name = std::move(name);
    out.type = type;
    out.from = config::json_pointer{std::move(path)};
    return out;
}

config::column metadata_column(std::string name, column_type type, config::metadata which,
                               std::string attribute)
{
    config::column out;
    out.name = std::move(name);
    out.type = type;
    out.from = config::metadata_source{which, std::move(attribute)};
    return out;
}

config::pipeline pipeline_of(std::vector<config::column> columns)
{
    config::pipeline out;
    out.name = "sample";
    out.sink.table = "sample";
    out.record.columns = std::move(columns);
    return out;
}

config::pipeline user_logins()
{
    const auto text = [](const char* name, const char* from, std::size_t length) {
        config::column out = column(name, column_type::text, {from});
        out.max_length = length;
        return out;
    };
    std::vector<config::column> columns = {
        text("user_id", "user_id", 128),
        text("device_type", "device_type", 32),
        text("masked_ip", "ip", 256),
        text("masked_device_id", "device_id", 256),
        text("locale", "locale", 32),
        column("app_version", column_type::integer),
        metadata_column("create_date", column_type::date, config::metadata::sent_at)};
    columns[0].required = true;
    columns[2].mask = columns[3].mask = mask_kind::seal;
    columns[5].parse = {{config::parse_verb::version_major, ""}};
    config::pipeline out = pipeline_of(std::move(columns));
    out.sink.table = "user_logins";
    return out;
}

std::shared_ptr<const transform::mapping> compiled(const config::pipeline& from)
{
    auto out = transform::mapping::compile(from);
    for (const auto& error : out.errors)
        UNSCOPED_INFO(error.column << " " << error.key << ": " << error.text);
    REQUIRE(out.errors.empty());
    REQUIRE(out.made != nullptr);
    return out.made;
}

std::vector<std::string> errors_of(const config::pipeline& from)
{
    const auto out = transform::mapping::compile(from);
    CHECK((out.made == nullptr) == !out.errors.empty());
    std::vector<std::string> texts;
    for (const auto& error : out.errors)
        texts.push_back(fmt::format("{} {}: {}", error.column, error.key, error.text));
    return texts;
}

std::string escaped(std::string_view text)
{
    std::string out;
    for (const char c : text) {
        if (c == '"' || c == '\\')
            out += fmt::format("\\{}", c);
        else if (static_cast<unsigned char>(c) < 0x20)
            out += fmt::format("\\u{:04x}", static_cast<unsigned>(c));
        else
            out += c;
    }
    return out;
}

std::string md5_of(std::string_view text)
{
    std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
    REQUIRE(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr) == 1);
    return to_hex(std::span(digest).first(16));
}

response::piece response::put(std::string_view text)
{
    const piece out{text_.size(), text.size()};
    text_ += text;
    return out;
}

void response::add(std::string_view body, const message_options& with)
{
    message_options options = with;
    if (!options.md5)
        options.md5 = md5_of(body);
    add_escaped(escaped(body), options);
}

void response::add_escaped(std::string_view token, const message_options& with)
{
    place here{};
    text_ += R"({"MessageId":")";
    here.id = put(with.id);
    text_ += R"(","ReceiptHandle":"AQEB/handle=","MD5OfBody":")";
    here.md5 = put(with.md5.value_or(""));
    text_ += R"(","Body":")";
    here.token = put(token);
    text_ += R"(","Attributes":{"MessageGroupId":")";
    here.group_id = put(with.group_id);
    text_ += R"("},"MessageAttributes":)";
    here.attributes = put(with.attributes);
    text_ += R"(,"MD5OfMessageAttributes":")";
    here.attributes_md5 = put(with.attributes_md5);
    text_ += "\"},";
    places_.push_back(here);
    options_.push_back(with);
}

delivery& response::get()
{
    text_ += "]}" + std::string(json::padding_bytes, '}');
    delivery_.buffer.append(text_);
    const std::string_view all = delivery_.buffer.view();
    for (std::size_t i = 0; i < places_.size(); ++i) {
        const auto view = [&all](piece of) { return all.substr(of.at, of.size); };
        const message_options& options = options_[i];
        message& out = delivery_.messages[i];
        out.id = view(places_[i].id);
        out.body_token = view(places_[i].token);
        out.body_md5 = view(places_[i].md5);
        out.group_id = view(places_[i].group_id);
        out.attributes = view(places_[i].attributes);
        out.attributes_md5 = view(places_[i].attributes_md5);
        out.sent_at = wall_time(std::chrono::milliseconds(options.sent_at_ms));
        out.receive_count = options.receive_count;
        delivery_.received_at = wall_time(std::chrono::milliseconds(options.received_at_ms));
    }
    delivery_.count = places_.size();
    return delivery_;
}

elements elements_of(column_array& array)
{
    transform::column_cursor cursor(array.finish());
    elements out;
    for (std::uint32_t i = 0; i < array.count(); ++i) {
        const auto element = cursor.next();
        out.push_back(element ? std::optional(std::string(*element)) : std::nullopt);
    }
    return out;
}

bench::bench(const config::pipeline& from, bool with_keys)
    : columns(compiled(from)), work(columns, with_keys ? &keys : nullptr)
{
    columns->shape(batch);
}

transform::outcome bench::add(std::string_view body, const message_options& with)
{
    auto& held = *responses_.emplace_back(std::make_unique<response>());
    held.add(body, with);
    return add(held.get());
}

transform::outcome bench::add(delivery& from, std::uint8_t index)
{
    return work.add({&from, index}, batch);
}

elements bench::row(std::size_t index)
{
    elements out;
    for (std::size_t i = 0; i < batch.columns.size(); ++i) {
        const auto& plan = columns->columns()[i];
        const auto all = elements_of(batch.columns[i]);
        REQUIRE(index < all.size());
        if (!all[index]) {
            out.emplace_back();
            continue;
        }
        const bool is_text = plan.is_array || plan.is_replaced_by_text();
        const column_type type = is_text ? column_type::text : plan.type;
        transform::typed_value value;
        REQUIRE(from_binary(type, *all[index], value));
        byte_buffer text;
        append_text(type, value, text);
        out.emplace_back(std::string(text.view()));
    }
    return out;
}

std::string bench::letter()
{
    if (batch.letter_entries.empty())
        return {};
    const std::size_t last = batch.letter_entries.size() - 1;
    const auto at = [last](column_array& array) { return elements_of(array)[last].value_or(""); };
    return fmt::format("{} {}: {}", at(batch.letters.reason), at(batch.letters.column_name),
                       at(batch.letters.detail));
}

std::string bench::all_bytes()
{
    batch.seal();
    std::string out;
    const auto add_array = [&out](column_array& array) { out += array.finish(); };
    for (column_array& each : batch.columns)
        add_array(each);
    auto& letters = batch.letters;
    for (column_array* const each :
         {&batch.row_keys, &batch.ledger_ids, &letters.key, &letters.message_id, &letters.reason,
          &letters.sqlstate, &letters.column_name, &letters.detail, &letters.body,
          &letters.body_sealed, &letters.attributes, &letters.receive_count, &letters.sent_at,
          &letters.received_at})
        add_array(*each);
    return out;
}

bench::result bench::once(std::string_view body, const message_options& with)
{
    clear();
    result out;
    if (add(body, with) == transform::outcome::row)
        out.row = row();
    else
        out.letter = letter();
    return out;
}

void bench::clear()
{
    batch.clear();
    responses_.clear();
}

} // namespace sluice::test
