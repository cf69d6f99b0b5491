#include "measure.hpp"

#include <stdexcept>
#include <string>

namespace sluice::micro {

void check(bool holds, const char* what)
{
    if (!holds)
        throw std::runtime_error(std::string("does not hold: ") + what);
}

per_item::~per_item()
{
    const auto handled = static_cast<double>(state_.iterations()) * static_cast<double>(items_);
    state_.counters["allocations"] = static_cast<double>(allocations() - before_) / handled;
    state_.SetItemsProcessed(static_cast<std::int64_t>(handled));
}

} // namespace sluice::micro
