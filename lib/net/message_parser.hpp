// Beast's strict HTTP/1.1 parser, fed from our own buffers: header fields stay views, body bytes go
// to a byte_buffer.
#pragma once

#include "core/byte_buffer.hpp"
#include "net/errc.hpp"
#include "net/http_field.hpp"

#include <boost/beast/http/basic_parser.hpp>

#include <functional>
#include <limits>
#include <string_view>
#include <vector>

namespace sluice::net {

inline constexpr std::size_t header_fields_max = 100;

namespace http = boost::beast::http;

// The first line and the fields. Reused from message to message, so that it stops allocating.
struct message_head
{
    std::string_view method; // of a request
    std::string_view target; // of a request
    unsigned status = 0;     // of a response
    int version = 11;        // 10 or 11
    std::vector<http_field> fields;

    [[nodiscard]] std::string_view field(std::string_view name) const noexcept
    {
        return find_field(fields, name);
    }
};

// The size of the head that `bytes` begin with, including its empty line; 0 if it is not complete.
[[nodiscard]] inline std::size_t find_head(std::string_view bytes, std::size_t seen) noexcept
{
    constexpr std::string_view end_mark = "\r\n\r\n";
    const std::size_t from = seen < end_mark.size() ? 0 : seen - end_mark.size() + 1;
    const std::size_t at = bytes.find(end_mark, from);
    return at == std::string_view::npos ? 0 : at + end_mark.size();
}

// Parses one message. Beast cannot reuse a parser: keep it in an optional.
template <bool IsRequest>
class message_parser final : public http::basic_parser<IsRequest>
{
    using base = http::basic_parser<IsRequest>;
    using text = boost::beast::string_view;

public:
    message_parser(message_head& head, std::size_t body_bytes_max)
        : head_(head), body_bytes_max_(body_bytes_max)
    {
        base::header_limit(std::numeric_limits<std::uint32_t>::max()); // the caller has the limit
        base::body_limit(body_bytes_max);
        head_.fields.clear();
    }

    // Parses a whole head, as find_head measured it; the views in message_head point into it.
    void parse_head(std::string_view bytes, error_code& ec)
    {
        bytes_ = bytes;
        base::eager(false);
        base::put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
        // The start line counts as progress of its own for Beast, the fields as another.
        if (!ec && !base::is_header_done())
            ec = http::error::bad_line_ending;
    }

    // Parses bytes of a chunked body, appends what they carry to `into`, and returns how many of
    // them were used. ec is set to need_more at the end of a piece.
    std::size_t parse_chunks(std::string_view bytes, byte_buffer& into, error_code& ec)
    {
        // At least the last chunk is still to come, so it does no harm to wait for its size; Beast
        // 1.81 asserts that a last chunk which came in pieces is that long.
        constexpr std::string_view last_chunk = "0\r\n\r\n";
        if (bytes.size() < last_chunk.size()) {
            ec = http::error::need_more;
            return 0;
        }
        body_ = &into;
        base::eager(true);
        return base::put(boost::asio::const_buffer(bytes.data(), bytes.size()), ec);
    }

    [[nodiscard]] std::size_t body_bytes_max() const noexcept { return body_bytes_max_; }

private:
    void on_request_impl(http::verb, text method, text target, int version, error_code&) override
    {
        head_.version = version;
        head_.method = {method.data(), method.size()};
        head_.target = {target.data(), target.size()};
    }

    void on_response_impl(int status, text, int version, error_code&) override
    {
        head_.version = version;
        head_.status = static_cast<unsigned>(status);
    }

    void on_field_impl(http::field id, text name, text value, error_code& ec) override
    {
        if (head_done_) // a trailer: nobody asked for it
            return;
        const std::string_view view(value.data(), value.size());
        if (head_.fields.size() == header_fields_max)
            ec = http::error::header_limit;
        else if (id == http::field::transfer_encoding && !equal_names(view, "chunked"))
            ec = http::error::bad_transfer_encoding; // whoever guesses the end can be tricked
        else if (!view.empty() && !within(view, bytes_))
            ec = http::error::bad_obs_fold; // folded: a copy that does not outlive this call
        else
            head_.fields.push_back({{name.data(), name.size()}, view});
    }

    void on_header_impl(error_code&) override { head_done_ = true; }
    void on_body_init_impl(const boost::optional<std::uint64_t>&, error_code&) override {}
    std::size_t on_body_impl(text body, error_code&) override { return body.size(); }
    void on_chunk_header_impl(std::uint64_t, text, error_code&) override {}

    std::size_t on_chunk_body_impl(std::uint64_t, text body, error_code&) override
    {
        body_->append({body.data(), body.size()});
        return body.size();
    }

    void on_finish_impl(error_code&) override {}

    static bool within(std::string_view part, std::string_view whole) noexcept
    {
        const std::less<> before; // unlike <, defined for pointers into different objects
        return !before(part.data(), whole.data()) &&
               before(part.data(), whole.data() + whole.size());
    }

    message_head& head_;
    std::string_view bytes_;
    byte_buffer* body_ = nullptr;
    std::size_t body_bytes_max_;
    bool head_done_ = false;
};

} // namespace sluice::net
