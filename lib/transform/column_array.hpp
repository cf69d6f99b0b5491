// One column of a batch as a PostgreSQL array in binary form, built in place element by element.
// Layout (PostgreSQL source, array_recv): int32 dimensions = 1, int32 has_null, oid of the element
// type, int32 count, int32 lower bound = 1; then for each element int32 length (-1: null), bytes.
#pragma once

#include "core/byte_buffer.hpp"

#include <cstdint>
#include <string_view>

namespace sluice::transform {

// The element types that columns are sent as (PostgreSQL: pg_type.dat).
enum class oid : std::uint32_t
{
    boolean = 16,
    bytea = 17,
    int8 = 20,
    int4 = 23,
    text = 25,
    float8 = 701,
    inet = 869,
    date = 1082,
    timestamp = 1114,
    timestamptz = 1184,
    numeric = 1700,
    uuid = 2950,
    jsonb = 3802,
};

// Not thread-safe. Keeps its memory on clear().
class column_array
{
public:
    // A place to come back to when a later column of the same row is refused.
    struct mark
    {
        std::size_t bytes;
        std::uint32_t count;
        bool has_null;
    };

    explicit column_array(oid element) : element_(element) { clear(); }

    void clear()
    {
        out_.clear();
        out_.extend(header_bytes);
        count_ = 0;
        has_null_ = false;
    }

    void append_null()
    {
        out_.append_u32(0xffffffff);
        has_null_ = true;
        ++count_;
    }

    void append(std::string_view element)
    {
        out_.append_u32(static_cast<std::uint32_t>(element.size()));
        out_.append(element);
        ++count_;
    }

    // An element whose length is not known beforehand: begin, write to the buffer, end.
    byte_buffer& begin_element()
    {
        element_at_ = out_.size();
        out_.extend(sizeof(std::uint32_t));
        return out_;
    }
    void end_element()
    {
        const std::size_t length = out_.size() - element_at_ - sizeof(std::uint32_t);
        store_u32(out_.data() + element_at_, static_cast<std::uint32_t>(length));
        ++count_;
    }

    [[nodiscard]] mark position() const noexcept { return {out_.size(), count_, has_null_}; }
    void rewind(mark to) noexcept
    {
        out_.truncate(to.bytes);
        count_ = to.count;
        has_null_ = to.has_null;
    }

    // The parameter as libpq takes it; valid until the next change.
    [[nodiscard]] std::string_view finish();

    [[nodiscard]] oid element() const noexcept { return element_; }
    [[nodiscard]] std::uint32_t count() const noexcept { return count_; }
    [[nodiscard]] std::size_t bytes() const noexcept { return out_.size(); }
    [[nodiscard]] std::size_t capacity() const noexcept { return out_.capacity(); }

private:
    static constexpr std::size_t header_bytes = 20;

    byte_buffer out_;
    oid element_;
    std::uint32_t count_ = 0;
    std::size_t element_at_ = 0;
    bool has_null_ = false;
};

} // namespace sluice::transform
