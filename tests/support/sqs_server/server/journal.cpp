#include "sqs_server/server/journal.hpp"

#include "core/error.hpp"
#include "core/log.hpp"
#include "sqs_server/model/queue.hpp"
#include "sqs_server/protocol/json_text.hpp"

#include <array>
#include <cerrno>

namespace sluice::sqs_server {
namespace {

constexpr std::size_t buffered_bytes_max = 256 * 1024;

// In the order of the enumerators.
constexpr std::array<std::string_view, event_kind_count> names = {
    "sent",
    "deduplicated",
    "received",
    "repeated",
    "deleted",
    "delete_ignored",
    "visibility_changed",
    "visibility_ignored",
    "redriven",
    "moved",
    "expired",
    "purged",
};

void append_id(byte_buffer& out, std::string_view name, const message_id& id)
{
    std::array<char, message_id::characters> text;
    id.write(text.data());
    append_all(out, ",\"", name, "\":\"", std::string_view(text.data(), text.size()), "\"");
}

void append_time(byte_buffer& out, std::string_view name, wall_time when)
{
    append_all(out, "\"", name, "\":");
    append_number(out, static_cast<std::uint64_t>(when.time_since_epoch().count()));
}

[[noreturn]] void fail(const std::string& path, int code)
{
    throw system_error(code, boost::system::system_category(), "cannot write the journal " + path);
}

} // namespace

std::string_view to_string(event_kind kind) noexcept
{
    return names[static_cast<std::size_t>(kind)];
}

void append_line(byte_buffer& out, const event& what)
{
    out.push_back('{');
    append_time(out, "time", what.at);
    append_all(out, ",\"event\":\"", to_string(what.kind), "\",\"queue\":\"", what.where->name(),
               "\"");
    append_id(out, "id", what.id);
    if (what.by.receive != 0) {
        out.append(",\"receive\":");
        append_number(out, what.by.receive);
        std::array<char, handle_characters> handle;
        write_handle(what.by, handle.data());
        append_all(out, ",\"handle\":\"", std::string_view(handle.data(), handle_key_characters),
                   "\"");
    }
    if (what.visible_at != wall_time{}) {
        out.push_back(',');
        append_time(out, "visible_at", what.visible_at);
    }
    if (what.target != nullptr)
        append_all(out, ",\"target\":\"", what.target->name(), "\"");
    if (what.kind == event_kind::moved)
        append_id(out, "target_id", what.target_id);
    out.append("}\n");
}

journal::journal(const std::string& path) : path_(path), file_(std::fopen(path.c_str(), "wbe"))
{
    if (!file_)
        fail(path_, errno);
    std::setvbuf(file_.get(), nullptr, _IONBF, 0); // lines_ is the buffer
}

journal::~journal()
{
    try {
        flush();
    } catch (const system_error& error) { // nobody is left to tell but the log
        log::error("journal", "{}", error.what());
    }
}

void journal::write(const event& what)
{
    append_line(lines_, what);
    if (lines_.size() >= buffered_bytes_max)
        pass_on();
}

void journal::pass_on()
{
    if (std::fwrite(lines_.data(), 1, lines_.size(), file_.get()) != lines_.size() && failure_ == 0)
        failure_ = errno;
    lines_.clear();
}

void journal::flush()
{
    pass_on();
    if (failure_ != 0)
        fail(path_, failure_);
}

} // namespace sluice::sqs_server
