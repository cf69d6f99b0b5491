// Keeps the order of the message groups of a FIFO queue: says what may go to the workers, and what
// waits for the commit of that before it. Performs no I/O and reads no clock.
//
// SQS locks a group by its head: it hands out the first message that is left of a group and some of
// those behind it, and nothing more of the group until these are deleted or visible again. What
// stood before the head of a delivery has therefore ended. So the order holds, whoever dies and
// whatever is delivered again, if of each delivery no message is committed before those of its
// group that precede it there.
//
// In which order deletes arrive does not matter: they follow commits, and what comes again because
// its own delete was late is known to the ledger.
#pragma once

#include "core/delivery.hpp"

#include <cstdint>
#include <deque>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

namespace sluice::pipeline {

// The I/O thread's.
class group_order
{
public:
    // Messages of one delivery and one group that go into one batch: bit i stands for message i.
    struct portion
    {
        delivery* of = nullptr;
        std::uint16_t messages = 0;
        bool alone = false; // a suspect: those behind it wait for its commit

        friend bool operator==(const portion&, const portion&) = default;
    };

    // A delivery came, with these suspects. Returns what may go on now, at most one portion a
    // group.
    [[nodiscard]] std::vector<portion> arrive(delivery& full, std::uint16_t suspects);

    struct consequence
    {
        std::optional<portion> next;     // may go on now
        std::vector<receipt> left_alone; // never may: what they follow was not stored
    };
    // A message that went on was stored, or ended otherwise. Others, which were taken back, are
    // none of the machine's business.
    [[nodiscard]] consequence ended(receipt which, bool stored);

    // Takes back everything that waits.
    [[nodiscard]] std::vector<receipt> take_waiting();

    // Groups that have a message here.
    [[nodiscard]] std::size_t groups() const noexcept { return groups_.size(); }

private:
    struct group
    {
        portion at_work; // what is left of it
        bool failed = false;
        std::deque<portion> waiting; // as they came; those of one delivery stand together
    };
    struct hash
    {
        using is_transparent = void;
        std::size_t operator()(std::string_view text) const noexcept
        {
            return std::hash<std::string_view>{}(text);
        }
    };

    group& group_of(const message& which);
    static const portion& begin_next(group& of);

    std::unordered_map<std::string, group, hash, std::equal_to<>> groups_;
};

} // namespace sluice::pipeline
