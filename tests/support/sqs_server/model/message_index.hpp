// The orders in which messages are kept. Each is a tree threaded through the messages themselves:
// nothing is allocated, and a message leaves in logarithmic time wherever it stands.
#pragma once

#include "sqs_server/model/message.hpp"

#include <boost/intrusive/list.hpp>
#include <boost/intrusive/set.hpp>

#include <tuple>

namespace sluice::sqs_server {

struct by_arrival
{
    bool operator()(const message& left, const message& right) const noexcept
    {
        return left.number < right.number;
    }
};

struct by_visible_time
{
    bool operator()(const message& left, const message& right) const noexcept
    {
        return std::tie(left.visible_at, left.number) < std::tie(right.visible_at, right.number);
    }
};

struct by_age
{
    bool operator()(const message& left, const message& right) const noexcept
    {
        return std::tie(left.kept_since, left.number) < std::tie(right.kept_since, right.number);
    }
};

template <message::set_hook message::* Hook, class Order>
using message_set =
    boost::intrusive::set<message, boost::intrusive::compare<Order>,
                          boost::intrusive::member_hook<message, message::set_hook, Hook>>;

using visible_set = message_set<&message::place_hook, by_arrival>;
using waiting_set = message_set<&message::place_hook, by_visible_time>;
using age_set = message_set<&message::age_hook, by_age>;
using group_list = boost::intrusive::list<
    message, boost::intrusive::member_hook<message, boost::intrusive::list_member_hook<>,
                                           &message::group_hook>>;

// Most messages come last in their order: try there first, which takes constant time.
template <class Set>
void insert_late(Set& into, message& what)
{
    into.insert(into.end(), what);
}

} // namespace sluice::sqs_server
