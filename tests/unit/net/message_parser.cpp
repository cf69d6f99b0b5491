#include "net/message_parser.hpp"

#include <catch2/catch.hpp>

#include <string>

using namespace sluice;

namespace {

error_code parse_request(const std::string& bytes, net::message_head& head)
{
    net::message_parser<true> parser(head, 1000);
    error_code ec;
    parser.parse_head(bytes, ec);
    return ec;
}

// Feeds a chunked body in pieces of `piece` bytes, as a slow peer would send it.
std::pair<error_code, std::string> parse_chunks(std::string_view bytes, std::size_t piece)
{
    net::message_head head;
    net::message_parser<false> parser(head, 1000);
    error_code ec;
    const std::string head_bytes = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n";
    parser.parse_head(head_bytes, ec);
    REQUIRE(!ec);
    byte_buffer body;
    std::string unread;
    while (!parser.is_done()) {
        if (bytes.empty())
            return {net::errc::closed, std::string(body.view())};
        unread += bytes.substr(0, piece);
        bytes.remove_prefix(std::min(piece, bytes.size()));
        unread.erase(0, parser.parse_chunks(unread, body, ec));
        if (ec && ec != net::http::error::need_more)
            return {ec, std::string(body.view())};
    }
    return {{}, std::string(body.view())};
}

} // namespace

TEST_CASE("find_head: finds the end of a head wherever the pieces were cut")
{
    const std::string head = "GET / HTTP/1.1\r\nA: b\r\n\r\n";
    const std::string bytes = head + "body\r\n\r\n";
    for (std::size_t cut = 0; cut < head.size(); ++cut) {
        CHECK(net::find_head(bytes.substr(0, cut), 0) == 0);
        CHECK(net::find_head(bytes, cut) == head.size());
    }
}

TEST_CASE("message_parser: the head of a request is read as views, whatever the case of names")
{
    const std::string bytes = "POST /a?b=c HTTP/1.1\r\nHost: h:1\r\nx-AMZ-target:  T.Op \r\n"
                              "Empty:\r\nContent-Length: 3\r\n\r\n";
    net::message_head head;
    REQUIRE(!parse_request(bytes, head));
    CHECK(head.method == "POST");
    CHECK(head.target == "/a?b=c");
    CHECK(head.version == 11);
    CHECK(head.field("host") == "h:1");
    CHECK(head.field("X-Amz-Target") == "T.Op");
    CHECK(head.field("empty").empty());
    CHECK(head.field("absent").empty());
    CHECK(head.fields.size() == 4);
    CHECK(head.target.data() == bytes.data() + 5);
}

TEST_CASE("message_parser: a head that could be read in two ways is refused")
{
    for (const char* const fields :
         {"Content-Length: 3\r\nContent-Length: 4\r\n", "Content-Length: -1\r\n",
          "Content-Length: 3\r\nTransfer-Encoding: chunked\r\n", "Content-Length: 3x\r\n",
          "Transfer-Encoding: chunked\r\nContent-Length: 3\r\n", "Content-Length: 1, 2\r\n",
          "Transfer-Encoding: gzip, chunked\r\n", "Transfer-Encoding: chunked, identity\r\n",
          "Transfer-Encoding: xchunked\r\n", "Content-Length: 99999999999999999999999\r\n",
          "Folded: one\r\n two\r\n", "No colon\r\n", "Space : before\r\n", " Leading: space\r\n",
          "Bare: line feed\n", "Null: a\0b\r\n", "Content-Length: 1001\r\n"}) {
        CAPTURE(fields);
        net::message_head head;
        CHECK(parse_request("GET / HTTP/1.1\r\n" + std::string(fields) + "\r\n", head));
    }
}

TEST_CASE("message_parser: a broken first line is refused")
{
    for (const char* const line :
         {"", "GET", "GET /", "GET / HTTP/2.0", "GET / HTTP/1", "GET / HTTP/1.12",
          "GET  / HTTP/1.1", "G(T / HTTP/1.1", "GET /a b HTTP/1.1", "\x16\x03\x01"}) {
        CAPTURE(line);
        net::message_head head;
        CHECK(parse_request(std::string(line) + "\r\nHost: h\r\n\r\n", head));
    }
}

TEST_CASE("message_parser: more fields than anyone needs are refused")
{
    std::string bytes = "GET / HTTP/1.1\r\n";
    for (std::size_t i = 0; i < net::header_fields_max; ++i)
        bytes += "A: b\r\n";
    net::message_head head;
    CHECK(!parse_request(bytes + "\r\n", head));
    CHECK(parse_request(bytes + "A: b\r\n\r\n", head) == net::http::error::header_limit);
}

TEST_CASE("message_parser: chunks are joined, however they are cut")
{
    const std::string_view bytes =
        "4\r\nwiki\r\nA;x=\"y\"\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n";
    for (std::size_t piece = 1; piece <= bytes.size(); ++piece) {
        CAPTURE(piece);
        const auto [ec, body] = parse_chunks(bytes, piece);
        CHECK(!ec);
        CHECK(body == "wiki0123456789");
    }
}

TEST_CASE("message_parser: broken chunks are an error, however they are cut")
{
    for (const std::string_view bytes :
         {"x\r\n", "-1\r\nwiki\r\n0\r\n\r\n", "4\r\nwikipedia\r\n0\r\n\r\n", "4\nwiki\r\n0\r\n\r\n",
          "FFFFFFFFFFFFFFFFF\r\n", "3e9\r\n", "1;\r\na\r\n", "4\r\nwiki\r\n0\r\n", "4\r\nwi", "",
          "0\r\nContent-Length: 4\r\n\r\n"}) {
        for (std::size_t piece = 1; piece <= bytes.size() + 1; ++piece) {
            CAPTURE(bytes, piece);
            CHECK(parse_chunks(bytes, piece).first);
        }
    }
}
