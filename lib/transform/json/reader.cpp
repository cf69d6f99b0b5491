#include "transform/json/reader.hpp"

#include "transform/json/walk.hpp"

namespace sluice::json {

reader::reader(const path_trie& paths, options how) : walk_(std::make_unique<walk>(paths, how)) {}
reader::~reader() = default;
reader::reader(reader&& other) noexcept = default;

transform::verdict reader::read(std::string_view document)
{
    return walk_->read(document);
}

const value& reader::at(slot where) const noexcept
{
    return walk_->at(where);
}

std::span<const value> reader::elements(slot where) const noexcept
{
    return walk_->elements(where);
}

verdict reader::flaw_of(const value& container) const noexcept
{
    return walk_->flaw_of(container);
}

std::uint64_t reader::offset_of(const value& found) const noexcept
{
    return walk_->offset_of(found);
}

} // namespace sluice::json
