#include "source/sqs/crew.hpp"

namespace sluice::sqs {

crew::crew(asio::any_io_executor executor, clock& time, std::size_t members_max, work one_call)
    : clock_(time),
      members_max_(members_max),
      one_call_(std::move(one_call)),
      members_(std::move(executor), time)
{}

void crew::call()
{
    if (!resting_.empty()) {
        sleeper* const next = resting_.back(); // the one whose connection is warmest
        resting_.pop_back();
        next->wake();
    } else if (members_.size() < members_max_ && !dismissed_) {
        members_.spawn([this] { return serve(); });
    }
}

awaitable<void> crew::serve()
{
    sleeper rest(clock_);
    for (;;) {
        for (bool more = true; more;)
            more = co_await one_call_();
        if (dismissed_)
            co_return;
        resting_.push_back(&rest);
        try {
            co_await rest.sleep();
        } catch (...) { // cancelled while resting: nobody may wake a sleeper that is gone
            resting_.remove(&rest);
            throw;
        }
    }
}

void crew::cancel()
{
    members_.cancel();
}

awaitable<void> crew::dismiss()
{
    dismissed_ = true;
    while (!resting_.empty())
        call();
    co_await members_.join();
}

} // namespace sluice::sqs
