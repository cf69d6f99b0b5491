// What a FIFO queue remembers for five minutes: which messages were sent, and which receives were
// answered.
#pragma once

#include "core/time.hpp"

#include <chrono>
#include <deque>
#include <string>
#include <unordered_map>
#include <utility>

namespace sluice::sqs_server {

inline constexpr std::chrono::minutes remembered_for{5};

// Remembers a value by its key from when it was put there, for remembered_for.
template <class Value>
class short_memory
{
public:
    // The value, if it is still remembered. Valid until the next call.
    [[nodiscard]] Value* find(const std::string& key, wall_time now)
    {
        while (!ends_.empty() && ends_.front().first <= now) {
            forget_if_ended(ends_.front());
            ends_.pop_front();
        }
        const auto it = values_.find(key);
        return it == values_.end() ? nullptr : &it->second.second;
    }

    void put(const std::string& key, Value value, wall_time now)
    {
        const wall_time end = now + remembered_for;
        values_.insert_or_assign(key, std::pair(end, std::move(value)));
        ends_.emplace_back(end, key);
    }

    void forget(const std::string& key) { values_.erase(key); }

    void clear()
    {
        values_.clear();
        ends_.clear();
    }

private:
    // A key that was put again since then lives on.
    void forget_if_ended(const std::pair<wall_time, std::string>& entry)
    {
        const auto it = values_.find(entry.second);
        if (it != values_.end() && it->second.first == entry.first)
            values_.erase(it);
    }

    std::unordered_map<std::string, std::pair<wall_time, Value>> values_;
    std::deque<std::pair<wall_time, std::string>> ends_;
};

} // namespace sluice::sqs_server
