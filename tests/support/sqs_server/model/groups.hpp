// The groups that MessageGroupId names, as long as they have messages.
#pragma once

#include "sqs_server/model/message_index.hpp"

#include <boost/intrusive/set.hpp>

#include <cstdint>
#include <string>
#include <unordered_map>

namespace sluice::sqs_server {

struct message_group
{
    std::string id;
    std::size_t members = 0;
    std::uint64_t first = 0; // the number of its first message to deliver, while it is ready
    boost::intrusive::set_member_hook<> ready_hook;

    [[nodiscard]] bool ready() const noexcept { return ready_hook.is_linked(); }
};

struct by_first
{
    bool operator()(const message_group& left, const message_group& right) const noexcept
    {
        return left.first < right.first;
    }
};

// The groups that have a message to deliver; the one whose message came first stands first.
using ready_set = boost::intrusive::set<
    message_group, boost::intrusive::compare<by_first>,
    boost::intrusive::member_hook<message_group, boost::intrusive::set_member_hook<>,
                                  &message_group::ready_hook>>;

// Owns the groups of a queue. Group is a message_group with what its order needs besides.
template <class Group>
class group_map
{
public:
    // Finds or makes the group of a message, and counts the message in.
    Group& join(message& what)
    {
        Group& group = groups_[what.group_id()];
        if (group.members++ == 0)
            group.id = what.group_id();
        what.group = &group;
        return group;
    }

    // Counts a message out. True if its group is gone with it.
    bool leave(message& what)
    {
        message_group& group = *what.group;
        what.group = nullptr;
        if (--group.members != 0)
            return false;
        if (group.ready())
            ready_.erase(ready_.iterator_to(group));
        groups_.erase(std::string(group.id));
        return true;
    }

    // The group's first message to deliver is now `first`, or none.
    void set_first(message_group& group, const message* first)
    {
        if (group.ready()) {
            if (first != nullptr && first->number == group.first)
                return;
            ready_.erase(ready_.iterator_to(group));
        }
        if (first != nullptr) {
            group.first = first->number;
            ready_.insert(group);
        }
    }

    [[nodiscard]] ready_set& ready() noexcept { return ready_; }

private:
    std::unordered_map<std::string, Group> groups_;
    ready_set ready_; // declared last: it lets go of the groups before they die
};

} // namespace sluice::sqs_server
