// The lines of a file as messages to be sent: one line, one body, unchanged.
#pragma once

#include "daemon/send/line_ids.hpp"

#include <cstdint>
#include <iosfwd>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace sluice::daemon {

struct refused_line
{
    std::uint64_t number;
    std::string why; // what is wrong; what to do
};

// What one call of SQS can take: at most ten lines, together no larger than one message may be. And
// the lines that were met on the way and cannot be sent.
struct line_batch
{
    std::vector<message_line> lines;
    std::vector<refused_line> refused;
    bool last = false;
};

inline constexpr std::size_t lines_per_batch_max = 10;
inline constexpr std::size_t refused_per_batch_max = 100;

// Why SQS would not take a body, or nothing. It need not be JSON: what becomes of a bad message is
// for the pipeline to show.
[[nodiscard]] std::optional<std::string> refusal_of(std::string_view body);

class message_lines
{
public:
    // The stream must outlive this object.
    explicit message_lines(std::istream& in, line_id_rules rules = {});

    // Blocks while the stream does.
    [[nodiscard]] line_batch next();

    // The number of the last line that next() took account of.
    [[nodiscard]] std::uint64_t lines_read() const noexcept
    {
        return waiting_ ? waiting_->number - 1 : lines_;
    }
    [[nodiscard]] std::uint64_t lines_empty() const noexcept { return empty_; }
    // Whether reading ended before the end of the file.
    [[nodiscard]] bool broken() const;

private:
    void look_at_next(line_batch& into);
    [[nodiscard]] bool read_line(std::string_view& line, bool& too_long);

    std::istream& in_;
    line_ids ids_;
    std::unique_ptr<char[]> buffer_;      // one line of the largest size
    std::optional<message_line> waiting_; // had no room in the batch before
    bool ended_ = false;
    std::uint64_t lines_ = 0;
    std::uint64_t empty_ = 0;
};

} // namespace sluice::daemon
