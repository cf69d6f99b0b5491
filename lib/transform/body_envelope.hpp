// Takes the record out of what a body wraps it in: a notification of SNS, base64 of gzip. Bodies
// that are records themselves never come here.
#pragma once

#include "config/settings.hpp"
#include "core/byte_buffer.hpp"
#include "transform/json/path_trie.hpp"
#include "transform/json/reader.hpp"
#include "transform/refusal.hpp"

#include <memory>
#include <optional>
#include <string_view>

struct z_stream_s;

namespace sluice::transform {

// Not thread-safe. One a worker.
class body_envelope
{
public:
    // What a packed record may grow to. JSON packs well, a bomb packs too well.
    static constexpr std::size_t unpacked_bytes_max = std::size_t{8} << 20;
    static constexpr std::size_t unpacked_ratio_max = 100; // to what is packed
    // Below this the ratio says nothing: a few hundred equal bytes are no bomb.
    static constexpr std::size_t unpacked_bytes_free = std::size_t{64} << 10;
    // The memory of a larger record is given back before the next one.
    static constexpr std::size_t unpacked_bytes_kept = std::size_t{1} << 20;

    body_envelope(config::body_form form, std::size_t depth_max);
    body_envelope(const body_envelope&) = delete;
    body_envelope& operator=(const body_envelope&) = delete;
    ~body_envelope();

    // Finds the record; what it refuses is a dead letter. json::padding_bytes must follow the
    // body. What it found is valid until the next call, and as long as the body is.
    [[nodiscard]] verdict open(std::string_view body);

    // As JSON text; json::padding_bytes follow.
    [[nodiscard]] std::string_view record() const noexcept { return record_; }
    // MessageAttributes of a notification, the JSON object as it stood; empty if none.
    [[nodiscard]] std::string_view attributes() const noexcept { return attributes_; }

private:
    // The members of a notification that count.
    struct notification
    {
        explicit notification(std::size_t depth_max);

        json::path_trie paths; // before its reader
        json::slot type;
        json::slot message;
        json::slot attributes;
        json::reader reader;
    };
    struct stream_deleter
    {
        void operator()(z_stream_s* stream) const noexcept;
    };

    [[nodiscard]] verdict open_notification(std::string_view body);
    [[nodiscard]] verdict unpack();
    [[nodiscard]] verdict inflate_all(std::string_view packed);

    std::optional<notification> notification_;           // of format: sns_json
    std::unique_ptr<z_stream_s, stream_deleter> stream_; // of encoding: base64+gzip
    byte_buffer message_;                                // of a notification, unescaped
    byte_buffer unpacked_;
    std::string_view record_;
    std::string_view attributes_;
};

} // namespace sluice::transform
