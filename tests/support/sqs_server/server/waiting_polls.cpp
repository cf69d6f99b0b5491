#include "sqs_server/server/waiting_polls.hpp"

namespace sluice::sqs_server {

waiting_polls::place::place(waiting_polls& among, const std::string& queue_name)
    : among_(among), line_(among.lines_.try_emplace(queue_name).first)
{
    line_->second.emplace_back(among.clock_);
    at_ = std::prev(line_->second.end());
    ++among_.size_;
}

waiting_polls::place::~place()
{
    --among_.size_;
    line_->second.erase(at_);
    if (line_->second.empty())
        among_.lines_.erase(line_);
    else
        line_->second.front().wake();
}

void waiting_polls::wake_first(std::string_view queue_name)
{
    if (const auto it = lines_.find(queue_name); it != lines_.end())
        it->second.front().wake();
}

void waiting_polls::wake_all()
{
    for (auto& [name, waiting] : lines_)
        for (sleeper& each : waiting)
            each.wake();
}

} // namespace sluice::sqs_server
