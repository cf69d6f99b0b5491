#include "transform/json/reader.hpp"

#include "transform/json/walk.hpp"

namespace sluice::json {

reader::reader(const path_trie& paths, options how)
    : walk_(std::make_unique<walk>(paths, how, found_))
{
    found_.values.resize(paths.slots());
    found_.elements.resize(paths.slots());
}

reader::~reader() = default;

transform::verdict reader::read(std::string_view document)
{
    return walk_->read(document);
}

std::uint64_t reader::offset_of(const value& found) const noexcept
{
    const auto offset = static_cast<std::uint64_t>(found.text.data() - found_.document.data());
    return found.what == kind::string ? offset - 1 : offset; // its quote
}

} // namespace sluice::json
