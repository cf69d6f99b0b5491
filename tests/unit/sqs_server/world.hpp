// A small account with a clock that the test turns, and shorthands for what consumers do.
#pragma once

#include "sqs_server/model/account.hpp"
#include "sqs_server/model/refusal.hpp"

#include <catch2/catch.hpp>

#include <algorithm>
#include <optional>
#include <string>
#include <vector>

namespace sluice::sqs_server {

using std::chrono::hours;
using std::chrono::milliseconds;
using std::chrono::minutes;

// A received message, as a consumer keeps it.
struct held
{
    std::string body;
    message_id id;
    receipt by;
    wall_time sent_at;
    wall_time first_received_at;
    std::string source_arn;
    std::uint64_t number;
};

struct send_with
{
    std::string group = {};
    std::string deduplication = {};
    std::optional<seconds> delay = {};
};

struct receive_with
{
    std::size_t most = 10;
    std::optional<seconds> visibility = {};
    std::string attempt = {};
    bool long_poll = false;
};

class world final : public observer
{
public:
    explicit world(queue_behaviour behaviour = {}, std::uint64_t seed = 1)
        : box({.seed = seed, .behaviour = behaviour}, *this)
    {}

    void happened(const event& what) override { events.push_back(what); }
    void deliverable(const queue&) override { ++deliverable_calls; }

    queue& make(const std::string& name, attribute_map attributes = {})
    {
        if (name.ends_with(".fifo"))
            attributes["FifoQueue"] = "true";
        return box.create(name, attributes, {}, now);
    }

    sent_message send(queue& to, const std::string& body, send_with with = {})
    {
        new_message given;
        given.text = body;
        given.body = body;
        given.delay = with.delay;
        if (!with.group.empty() || to.settings().fifo) {
            given.details = std::make_unique<message_details>();
            given.details->group_id = with.group;
            given.details->deduplication_id =
                with.deduplication.empty() && !to.settings().content_deduplication
                    ? "d" + std::to_string(++last_deduplication_)
                    : with.deduplication;
        }
        return to.send(std::move(given), now);
    }

    std::vector<held> receive(queue& from, receive_with with = {})
    {
        std::vector<received_message> got;
        box.receive(from,
                    {.messages_max = with.most,
                     .visibility = with.visibility,
                     .long_poll = with.long_poll,
                     .attempt_id = with.attempt},
                    now, got);
        std::vector<held> out;
        for (const received_message& each : got)
            out.push_back({each.what->text, each.what->id, each.by, each.what->sent_at,
                           each.what->first_received_at,
                           each.what->details ? each.what->details->source_arn : "",
                           each.what->number});
        return out;
    }

    // Receives one message that must be there.
    held take(queue& from, receive_with with = {.most = 1})
    {
        const std::vector<held> got = receive(from, with);
        REQUIRE(got.size() == 1);
        return got.front();
    }

    void pass(milliseconds time) { now += time; }

    [[nodiscard]] std::size_t count(event_kind kind) const
    {
        return static_cast<std::size_t>(std::ranges::count(events, kind, &event::kind));
    }

    wall_time now{milliseconds(1'768'469'400'000)};
    std::vector<event> events;
    std::size_t deliverable_calls = 0;
    account box;

private:
    std::size_t last_deduplication_ = 0;
};

inline std::string bodies(const std::vector<held>& of)
{
    std::string out;
    for (const held& each : of)
        out += (out.empty() ? "" : " ") + each.body;
    return out;
}

// The refusal that `call` ends with; the test fails if there is none.
template <class Call>
refusal refused(Call&& call)
{
    try {
        call();
    } catch (const refusal& caught) {
        return caught;
    }
    FAIL("the call was not refused");
    throw std::logic_error("not reached");
}

} // namespace sluice::sqs_server
