#include "daemon/send/line_order.hpp"

#include "source/sqs/client.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sluice::daemon {

void line_order::add(std::vector<message_line> lines)
{
    for (message_line& each : lines) {
        ++waiting_;
        waiting_bytes_ += each.body.size();
        if (!keeps_groups_) {
            alone_.push_back(std::move(each));
            continue;
        }
        const auto [group, is_new] = groups_.try_emplace(each.group_id);
        group->second.push_back(std::move(each));
        if (is_new)
            ready_.push_back(&group->second);
    }
}

std::vector<message_line> line_order::take()
{
    std::vector<message_line> out;
    std::size_t bytes = 0;
    while (any_ready() && out.size() < lines_per_batch_max) {
        lane& from = first_ready();
        if (bytes + from.front().body.size() > sqs::send_bytes_max)
            break;
        bytes += from.front().body.size();
        out.push_back(std::move(from.front()));
        from.pop_front();
        if (keeps_groups_)
            ready_.pop_front();
    }
    waiting_ -= out.size();
    waiting_bytes_ -= bytes;
    return out;
}

void line_order::ended(const message_line& line)
{
    if (!keeps_groups_)
        return;
    const auto group = groups_.find(line.group_id);
    if (group->second.empty())
        groups_.erase(group);
    else
        ready_.push_back(&group->second);
}

std::vector<message_line> line_order::take_rest()
{
    std::vector<message_line> out(std::make_move_iterator(alone_.begin()),
                                  std::make_move_iterator(alone_.end()));
    alone_.clear();
    ready_.clear();
    for (auto& [group, lines] : groups_)
        std::move(lines.begin(), lines.end(), std::back_inserter(out));
    groups_.clear();
    std::ranges::sort(out, {}, &message_line::number);
    waiting_ = 0;
    waiting_bytes_ = 0;
    return out;
}

} // namespace sluice::daemon
