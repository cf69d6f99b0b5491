#include "daemon/send/send_report.hpp"

#include <catch2/catch.hpp>

#include <sstream>

using namespace sluice::daemon;

TEST_CASE("send report: line numbers that follow each other are told as a range")
{
    CHECK(ranges_of({}).empty());
    CHECK(ranges_of({7}) == "7");
    CHECK(ranges_of({3, 1, 2}) == "1-3");
    CHECK(ranges_of({31, 32, 1, 2, 3, 21}) == "1-3, 21, 31-32");
}

TEST_CASE("send report: messages are one line each, and progress is for terminals")
{
    std::istringstream in;
    std::ostringstream out;
    std::ostringstream err;
    console terminal{in, out, err};
    send_report report("a\nb.jsonl", terminal);
    report.progress({.sent = 10});
    CHECK(err.str().empty());

    report.refused(3, "is bad; mend it");
    report.stopped({11, 12}, 40);
    report.broken(50);
    CHECK(err.str() ==
          "a\\x0ab.jsonl:3: is bad; mend it\n"
          "a\\x0ab.jsonl: lines 11-12 were perhaps not sent, and nothing behind line 40; send "
          "those again\n"
          "a\\x0ab.jsonl: cannot be read behind line 50; send the rest from a file that can\n");
    CHECK(out.str().empty());
    report.summary({.sent = 8, .not_sent = 2}, 1);
    CHECK(out.str() == "sent 8, not sent 2, empty lines left out 1\n");
}
