// The journal: one line of JSON for each thing that happens to a message. Checkers compare it with
// what a consumer did.
#pragma once

#include "core/byte_buffer.hpp"
#include "sqs_server/model/event.hpp"

#include <cstdio>
#include <memory>
#include <string>
#include <string_view>

namespace sluice::sqs_server {

// "received": the name of an event in the journal and in the statistics.
[[nodiscard]] std::string_view to_string(event_kind kind) noexcept;

// Appends the line of an event, with the first characters of its handle, which tell handles apart:
// {"time":1768469400000,"event":"received","queue":"q","id":"…","receive":1,"handle":"AQEB…",
//  "visible_at":1768469430000}
void append_line(byte_buffer& out, const event& what);

// Not thread-safe.
class journal
{
public:
    // Begins the file anew; throws system_error if it cannot be written.
    explicit journal(const std::string& path);
    journal(const journal&) = delete;
    journal& operator=(const journal&) = delete;
    ~journal(); // flushes

    // Never throws: it is called in the middle of what happens. A failure waits for flush().
    void write(const event& what);
    // Throws system_error if the file did not take all.
    void flush();

private:
    struct closer
    {
        void operator()(std::FILE* file) const noexcept { std::fclose(file); }
    };

    void pass_on();

    std::string path_;
    std::unique_ptr<std::FILE, closer> file_;
    byte_buffer lines_;
    int failure_ = 0; // errno of the first write that failed
};

} // namespace sluice::sqs_server
