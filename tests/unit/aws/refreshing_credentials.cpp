#include "aws/identity/refreshing_credentials.hpp"

#include "../net/client_rig.hpp"

#include <catch2/catch.hpp>

using namespace sluice;
using namespace std::chrono_literals;
using Catch::Matchers::Contains;

namespace {

// A source that answers when the test says so.
class slow_source final : public aws::credentials_source
{
public:
    struct control
    {
        explicit control(sluice::clock& time) : go(time) {}
        int asked = 0;
        bool held = false; // wait for `go`
        std::string error; // instead of keys
        std::optional<wall_time> expires_at;
        sleeper go;
    };

    explicit slow_source(control& by) : by_(by) {}

    awaitable<aws::credentials> fetch() override
    {
        const int number = ++by_.asked;
        if (by_.held)
            co_await by_.go.sleep();
        if (!by_.error.empty())
            throw aws::credentials_error(by_.error);
        co_return aws::credentials{.access_key_id = "A" + std::to_string(number),
                                   .secret_access_key = secret("s"),
                                   .session_token = secret("t"),
                                   .expires_at = by_.expires_at};
    }
    [[nodiscard]] std::string name() const override { return "the test"; }

private:
    control& by_;
};

struct rig : test::loop
{
    slow_source::control source{time};
    seeded_random random{1};
    aws::refreshing_credentials credentials{time, random, std::make_unique<slow_source>(source)};

    std::string get()
    {
        std::string id;
        play([&]() -> awaitable<void> {
            const auto got = co_await credentials.get();
            id = got->access_key_id;
        });
        return id;
    }
    void live(std::chrono::milliseconds span) { source.expires_at = time.wall_now() + span; }
};

} // namespace

TEST_CASE("refreshing_credentials: many who wait ask once")
{
    rig it;
    it.source.held = true;
    int served = 0;
    for (int i = 0; i < 10; ++i)
        it.start([&]() -> awaitable<void> {
            const auto got = co_await it.credentials.get();
            served += got->access_key_id == "A1" ? 1 : 0;
        });
    it.run_until([&] { return it.source.asked == 1; });
    CHECK(served == 0);
    it.source.go.wake();
    it.finish();
    CHECK(served == 10);
    CHECK(it.source.asked == 1);
}

TEST_CASE("refreshing_credentials: while one renews, the others go on with what there is")
{
    rig it;
    it.live(1h);
    CHECK(it.get() == "A1");
    CHECK(it.credentials.expires_at() == it.source.expires_at);
    it.pass(58min);
    it.live(1h);
    it.source.held = true;
    std::string first;
    it.start([&]() -> awaitable<void> {
        const auto got = co_await it.credentials.get();
        first = got->access_key_id;
    });
    it.run_until([&] { return it.source.asked == 2; });
    CHECK(it.get() == "A1");
    it.source.go.wake();
    it.finish();
    CHECK(first == "A2");
    CHECK(it.get() == "A2");
    CHECK(it.source.asked == 2);
}

TEST_CASE("refreshing_credentials: who asks and is cancelled leaves the question to the next")
{
    rig it;
    it.source.held = true;
    test::cancellable asking(it, [&]() -> awaitable<void> { co_await it.credentials.get(); });
    it.run_until([&] { return it.source.asked == 1; });
    std::string second;
    it.start([&]() -> awaitable<void> {
        const auto got = co_await it.credentials.get();
        second = got->access_key_id;
    });
    it.run_until([&] { return it.io.poll() == 0; });
    it.source.held = false;
    asking.cancel();
    it.finish();
    CHECK(asking.ended);
    CHECK(asking.ec == asio::error::operation_aborted);
    CHECK(second == "A2");
}

TEST_CASE("refreshing_credentials: an error is given to all for a while, and then asked about anew")
{
    rig it;
    it.source.error = "it is down";
    CHECK_THROWS_WITH(it.get(), Contains("the test") && Contains("it is down"));
    CHECK_THROWS_AS(it.get(), aws::credentials_error);
    CHECK(it.source.asked == 1);
    it.pass(10s);
    it.source.error.clear();
    CHECK(it.get() == "A2");
}

TEST_CASE("refreshing_credentials: a refusal brings others, but only of those in use")
{
    rig it;
    it.live(6h);
    CHECK(it.get() == "A1");
    aws::credentials_ptr old;
    it.play([&]() -> awaitable<void> { old = co_await it.credentials.get(); });
    it.pass(1min);
    it.credentials.refuse(old);
    CHECK(it.get() == "A2");
    it.pass(1min);
    it.credentials.refuse(old); // late: somebody was quicker
    CHECK(it.get() == "A2");
}
