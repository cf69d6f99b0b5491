// Where the messages of one queue lie. A message never moves, so that sets can thread through it
// and a handle finds it at once.
#pragma once

#include "sqs_server/model/message.hpp"

#include <deque>
#include <utility>
#include <vector>

namespace sluice::sqs_server {

class message_store
{
public:
    // A place for a new message, numbered after all before it.
    [[nodiscard]] message& add(message_load load)
    {
        if (free_.empty()) {
            free_.push_back(static_cast<std::uint32_t>(slots_.size()));
            slots_.emplace_back();
        }
        message& added = slots_[free_.back()];
        static_cast<message_load&>(added) = std::move(load);
        added.slot = free_.back();
        added.number = ++last_number_;
        added.owes = echo::none;
        added.deleted = false;
        free_.pop_back();
        return added;
    }

    // Gives the place back. The message must stand in no set any more.
    [[nodiscard]] message_load remove(message& what)
    {
        what.number = 0;
        free_.push_back(what.slot);
        return std::exchange(static_cast<message_load&>(what), message_load{});
    }

    // The message that was handed out with this receipt, if the queue still has it.
    [[nodiscard]] message* find(const receipt& by) noexcept
    {
        if (by.slot >= slots_.size() || slots_[by.slot].number != by.number || by.number == 0)
            return nullptr;
        return &slots_[by.slot];
    }

private:
    std::deque<message> slots_;
    std::vector<std::uint32_t> free_;
    std::uint64_t last_number_ = 0;
};

} // namespace sluice::sqs_server
