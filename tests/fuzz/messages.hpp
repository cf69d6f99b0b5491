// Messages as SQS delivers them, out of the bytes of a fuzzer.
#pragma once

#include "config/load.hpp"
#include "core/delivery.hpp"
#include "core/encoding.hpp"
#include "fuzz/target.hpp"
#include "transform/column_array.hpp"
#include "transform/column_cursor.hpp"
#include "transform/json/reader.hpp"
#include "transform/mapping.hpp"

#include <openssl/evp.h>

#include <array>
#include <memory>
#include <optional>
#include <string>

namespace sluice::fuzz {

// The bodies of the corpus hold it; where personal data must not be in clear, it must not be.
inline constexpr std::string_view canary = "canary-7391-pii";

// The mapping of the one pipeline of a configuration that is good.
inline std::shared_ptr<const transform::mapping> compiled(const std::string& configuration)
{
    const auto got = config::load_text(configuration, "f.yaml", config::references::leave);
    for (const auto& each : got.findings)
        std::fprintf(stderr, "%s\n", config::to_string("f.yaml", each).c_str());
    require(got.ok(), "the configuration is good");
    auto out = transform::mapping::compile(got.value.pipelines.at(0));
    require(out.made != nullptr, "the mapping is good");
    return out.made;
}

inline std::string md5_of(std::string_view text)
{
    std::array<unsigned char, 16> digest{};
    require(EVP_Digest(text.data(), text.size(), digest.data(), nullptr, EVP_md5(), nullptr) == 1,
            "MD5 is there");
    return to_hex(digest);
}

inline std::string escaped(std::string_view body)
{
    std::string out;
    append_json_string(out, body);
    return out.substr(1, out.size() - 2);
}

struct message_parts
{
    std::string id;
    std::string token; // the body as it stands in the response
    std::string md5;
    std::string attributes;
};

// The first byte chooses how the body comes: 'e' as it stands in the response, escaped; 'a' with
// message attributes, which are the first line; else as it was sent.
inline message_parts parts_of(std::string_view input)
{
    const char choice = take_choice(input);
    if (choice == 'e') {
        // Not what could end the string: the envelope would have ended it there.
        std::string token(input);
        std::erase(token, '"');
        return {"m-1", std::move(token), {}, {}};
    }
    std::string attributes;
    if (choice == 'a')
        attributes = take_line(input);
    return {"m-1", escaped(input), md5_of(input), std::move(attributes)};
}

// One message in a response of its own.
inline void fill(delivery& out, const message_parts& from)
{
    out.buffer.clear();
    out.buffer.append(from.id + '"' + from.token + '"' + from.md5 + '"' + from.attributes);
    out.buffer.append(std::string(json::padding_bytes, '"'));
    std::string_view rest = out.buffer.view();
    const auto take = [&rest](std::size_t bytes) {
        const std::string_view taken = rest.substr(0, bytes);
        rest.remove_prefix(bytes + 1);
        return taken;
    };
    message& one = out.messages[0];
    one = {};
    one.id = take(from.id.size());
    one.body_token = take(from.token.size());
    one.body_md5 = take(from.md5.size());
    one.attributes = take(from.attributes.size());
    one.sent_at = wall_time(std::chrono::milliseconds(1763640000123));
    one.receive_count = 1;
    out.received_at = wall_time(std::chrono::milliseconds(1763640001456));
    out.count = 1;
}

// An element of a finished array; nothing if it is null.
inline std::optional<std::string> element(transform::column_array& of, std::size_t index)
{
    transform::column_cursor cursor(of.finish());
    for (std::size_t skipped = 0; skipped < index; ++skipped)
        static_cast<void>(cursor.next());
    const auto found = cursor.next();
    return found ? std::optional(std::string(*found)) : std::nullopt;
}

} // namespace sluice::fuzz
