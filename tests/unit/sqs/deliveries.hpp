// Deliveries for tests of machines that never look into a message.
#pragma once

#include "core/delivery.hpp"

#include <memory>
#include <string>
#include <vector>

namespace sluice::test {

class deliveries
{
public:
    delivery& make(std::size_t count)
    {
        auto made = std::make_unique<delivery>();
        made->count = made->open = count;
        made->state.fill(custody::in_work);
        for (std::size_t i = 0; i < count; ++i) {
            names_.push_back(
                std::make_unique<std::string>("handle-" + std::to_string(names_.size())));
            made->messages[i].receipt_handle = *names_.back();
            made->messages[i].id = *names_.back();
        }
        made_.push_back(std::move(made));
        return *made_.back();
    }

    receipt one() { return {&make(1), 0}; }

private:
    std::vector<std::unique_ptr<std::string>> names_;
    std::vector<std::unique_ptr<delivery>> made_;
};

} // namespace sluice::test
