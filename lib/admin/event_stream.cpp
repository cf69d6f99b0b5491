#include "admin/event_stream.hpp"

#include <memory>

namespace sluice::admin {

// Has a place as long as it lives.
class event_stream::reader
{
public:
    explicit reader(event_stream& of) : of_(of), rest_(of.clock_) { ++of_.readers_; }
    reader(const reader&) = delete;
    reader& operator=(const reader&) = delete;
    ~reader() { --of_.readers_; }

    awaitable<bool> next(byte_buffer& into)
    {
        if (begun_)
            co_await rest_.sleep_for(interval);
        else
            into.append("retry: 2000\n"); // milliseconds, for a reader that lost its connection
        begun_ = true;
        into.append("event: status\ndata: ");
        into.append(of_.news_());
        into.append("\n\n");
        co_return true;
    }

private:
    event_stream& of_;
    sleeper rest_;
    bool begun_ = false;
};

std::optional<net::next_piece> event_stream::join()
{
    if (readers_ == readers_max)
        return std::nullopt;
    return [one = std::make_shared<reader>(*this)](byte_buffer& into) { return one->next(into); };
}

} // namespace sluice::admin
