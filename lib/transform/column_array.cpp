#include "transform/column_array.hpp"

namespace sluice::transform {

std::string_view column_array::finish()
{
    // An empty array has no dimension: PostgreSQL refuses a dimension of no elements.
    if (count_ == 0) {
        store_u32(out_.data(), 0);
        store_u32(out_.data() + 4, 0);
        store_u32(out_.data() + 8, static_cast<std::uint32_t>(element_));
        return out_.view().substr(0, 12);
    }
    store_u32(out_.data(), 1);
    store_u32(out_.data() + 4, has_null_ ? 1 : 0);
    store_u32(out_.data() + 8, static_cast<std::uint32_t>(element_));
    store_u32(out_.data() + 12, count_);
    store_u32(out_.data() + 16, 1);
    return out_.view();
}

} // namespace sluice::transform
