#include "daemon/send/message_lines.hpp"

#include "source/sqs/client.hpp"

#include <catch2/catch.hpp>

#include <sstream>
#include <string>
#include <vector>

using namespace sluice::daemon;
using sluice::sqs::send_bytes_max;

namespace {

struct all_of_it
{
    std::vector<std::vector<message_line>> batches;
    std::vector<refused_line> refused;
    std::uint64_t empty = 0;
    std::uint64_t read = 0;
};

all_of_it read_all(const std::string& text)
{
    std::istringstream in(text);
    message_lines lines(in);
    all_of_it out;
    for (bool last = false; !last;) {
        line_batch batch = lines.next();
        last = batch.last;
        if (!batch.lines.empty())
            out.batches.push_back(std::move(batch.lines));
        for (refused_line& each : batch.refused)
            out.refused.push_back(std::move(each));
    }
    out.empty = lines.lines_empty();
    out.read = lines.lines_read();
    CHECK_FALSE(lines.broken());
    return out;
}

std::vector<std::string> bodies_of(const all_of_it& from)
{
    std::vector<std::string> out;
    for (const auto& batch : from.batches)
        for (const message_line& each : batch)
            out.push_back(each.body);
    return out;
}

} // namespace

TEST_CASE("message lines: a line is a message, unchanged, and batches hold ten")
{
    std::string text;
    for (int i = 1; i <= 23; ++i)
        text += "line " + std::to_string(i) + " \t{\n";
    const all_of_it got = read_all(text);
    REQUIRE(got.batches.size() == 3);
    CHECK(got.batches[0].size() == 10);
    CHECK(got.batches[1].size() == 10);
    CHECK(got.batches[2].size() == 3);
    CHECK(got.batches[0][0].body == "line 1 \t{");
    CHECK(got.batches[2][2].body == "line 23 \t{");
    CHECK(got.batches[2][2].number == 23);
    CHECK(got.read == 23);
    CHECK(got.refused.empty());
}

TEST_CASE("message lines: the last line needs no line break, and a carriage return is kept")
{
    CHECK(bodies_of(read_all("a\nb")) == std::vector<std::string>{"a", "b"});
    CHECK(bodies_of(read_all("a\r\nb\r\n")) == std::vector<std::string>{"a\r", "b\r"});
    CHECK(bodies_of(read_all("")).empty());
    CHECK(read_all("").read == 0);
}

TEST_CASE("message lines: empty lines are left out and counted, with their numbers kept")
{
    const all_of_it got = read_all("\n\r\na\n\n b\n\n");
    CHECK(bodies_of(got) == std::vector<std::string>{"a", " b"});
    CHECK(got.empty == 4);
    CHECK(got.batches[0][0].number == 3);
    CHECK(got.batches[0][1].number == 5);
}

TEST_CASE("message lines: the longest message passes, one byte more is refused, and so is any more")
{
    const std::string longest(send_bytes_max, 'a');
    for (const std::size_t more :
         {std::size_t{1}, std::size_t{2}, std::size_t{3}, send_bytes_max}) {
        INFO(more);
        for (const char* const end : {"\n", ""}) {
            const all_of_it got = read_all(longest + "\n" + longest + std::string(more, 'b') +
                                           "\nc\n" + longest + end);
            CHECK(bodies_of(got) == std::vector<std::string>{longest, "c", longest});
            REQUIRE(got.refused.size() == 1);
            CHECK(got.refused[0].number == 2);
            CHECK(got.refused[0].why.starts_with("is longer than 1048576 bytes"));
            CHECK(got.read == 4);
        }
    }
    const all_of_it endless = read_all(std::string(2 * send_bytes_max, 'a'));
    CHECK(endless.batches.empty());
    CHECK(endless.refused.size() == 1);
}

TEST_CASE("message lines: the messages of a batch are together no larger than one may be")
{
    const std::string half(send_bytes_max / 2, 'a');
    const all_of_it got = read_all(half + "\n" + half + "\n" + half + "b\n" + half + "\nc\n");
    REQUIRE(got.batches.size() == 3);
    CHECK(got.batches[0].size() == 2);
    CHECK(got.batches[1].size() == 1);
    CHECK(got.batches[2].size() == 2);
    CHECK(got.batches[2][1].number == 5);
}

TEST_CASE("message lines: what SQS does not take is refused by line and byte")
{
    const auto why = [](std::string_view body) { return refusal_of(body).value_or("taken"); };
    CHECK(why("not JSON { at all \t\r") == "taken");
    CHECK(why("\x7f \xc2\x80 \xef\xbf\xbd \xf4\x8f\xbf\xbf") == "taken");
    CHECK(why(std::string_view("a\0b", 3)).starts_with("has a character at byte 2 "));
    CHECK(why("\x1f").starts_with("has a character at byte 1 "));
    CHECK(why("ab\xef\xbf\xbe").starts_with("has a character at byte 3 "));
    CHECK(why("\xef\xbf\xbf").starts_with("has a character at byte 1 "));
    CHECK(why("\xff").starts_with("is no UTF-8"));
    CHECK(why("\xed\xa0\x80").starts_with("is no UTF-8")); // half of a surrogate pair
    CHECK(why("\xc3").starts_with("is no UTF-8"));
}

TEST_CASE("message lines: a file of bad lines alone costs no memory, since they come in parts")
{
    std::string text;
    for (std::size_t i = 0; i < 3 * refused_per_batch_max; ++i)
        text += "\x01\n";
    std::istringstream in(text);
    message_lines lines(in);
    const line_batch first = lines.next();
    CHECK(first.lines.empty());
    CHECK(first.refused.size() == refused_per_batch_max);
    CHECK_FALSE(first.last);
    CHECK(read_all(text).refused.size() == 3 * refused_per_batch_max);
}

TEST_CASE("message lines: a line that waits for its batch does not count as read")
{
    const std::string large(send_bytes_max, 'a');
    std::istringstream in("a\n" + large + "\n");
    message_lines lines(in);
    CHECK(lines.next().lines.size() == 1);
    CHECK(lines.lines_read() == 1);
    const line_batch second = lines.next();
    CHECK(second.lines.size() == 1);
    CHECK(second.last);
    CHECK(lines.lines_read() == 2);
}
