// An answer of an HTTP server, as the client's parser reads it. The first byte tells in which
// pieces a chunked body comes: however it is cut, it must be read the same.
#include "fuzz/target.hpp"
#include "net/message_parser.hpp"

#include <algorithm>
#include <string>

namespace {

using namespace sluice;
using sluice::fuzz::require;

constexpr std::size_t body_bytes_max = 4096;

struct reading
{
    bool good = false;
    std::string body;
};

// The head is parsed anew for each reading: Beast's parser serves one message.
reading read_chunks(std::string_view head_bytes, std::string_view bytes, std::size_t piece)
{
    net::message_head head;
    net::message_parser<false> parser(head, body_bytes_max);
    error_code ec;
    parser.parse_head(head_bytes, ec);
    byte_buffer body;
    std::string unread;
    while (!parser.is_done()) {
        if (bytes.empty())
            return {};
        const std::size_t next = std::min(piece, bytes.size());
        unread += bytes.substr(0, next);
        bytes.remove_prefix(next);
        const std::size_t used = parser.parse_chunks(unread, body, ec);
        require(used <= unread.size(), "no more is used than there is");
        unread.erase(0, used);
        if (ec && ec != net::http::error::need_more)
            return {};
    }
    return {true, std::string(body.view())};
}

} // namespace

int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size)
{
    std::string_view input = fuzz::as_text(data, size);
    const std::size_t piece = static_cast<unsigned char>(fuzz::take_choice(input)) % 32 + 1;
    const std::size_t head_bytes = net::find_head(input, 0);
    if (head_bytes == 0)
        return 0;
    net::message_head head;
    net::message_parser<false> parser(head, body_bytes_max);
    error_code ec;
    parser.parse_head(input.substr(0, head_bytes), ec);
    if (ec)
        return 0;
    require(head.fields.size() <= net::header_fields_max, "no more fields than anyone needs");
    for (const auto& each : head.fields)
        require(each.value.find('\n') == std::string_view::npos &&
                    each.name.find('\n') == std::string_view::npos,
                "a field is one line");
    if (!parser.chunked() || parser.is_done())
        return 0;
    require(!parser.content_length(), "a chunked body tells its length by its chunks alone");
    const std::string_view rest = input.substr(head_bytes);
    const reading whole = read_chunks(input.substr(0, head_bytes), rest, rest.size());
    const reading cut = read_chunks(input.substr(0, head_bytes), rest, piece);
    require(whole.good == cut.good, "a body is good however it is cut");
    require(!whole.good || whole.body == cut.body, "a body is the same however it is cut");
    require(whole.body.size() <= body_bytes_max, "the limit holds");
    return 0;
}
