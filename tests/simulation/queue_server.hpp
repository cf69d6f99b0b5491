// SQS: the model of sluice-sqs behind its JSON protocol, on virtual time.
#pragma once

#include "simulation/world.hpp"
#include "source/sqs/request_counters.hpp"
#include "sqs_server/protocol/api.hpp"

#include <cstdint>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

namespace sluice::simulation {

struct queue_answer
{
    unsigned status = 200;
    std::string body;    // JSON
    std::string error{}; // the value of x-amzn-query-error
};

// Who waits for the answer to a request: on its own, should it die meanwhile.
struct queue_request
{
    sqs_server::operation what{};
    std::string body; // JSON
    sqs_server::call_faults faults;
    std::function<void(queue_answer)> answer;
    bool gone = false; // nobody reads the answer any more
};

class queue_server final : public sqs_server::observer
{
public:
    explicit queue_server(world& in);

    [[nodiscard]] const std::string& url() const noexcept { return url_; }

    // A request arrives. It is answered now, or, if it is a long poll, at the latest when its time
    // is up.
    void serve(const std::shared_ptr<queue_request>& request);

    // No message is left that was not deleted.
    [[nodiscard]] bool empty();
    [[nodiscard]] std::size_t sent() const noexcept { return sent_; }
    [[nodiscard]] std::size_t redriven() const noexcept { return redriven_; }
    [[nodiscard]] std::uint32_t receives_of(const sent_message& which) const;
    [[nodiscard]] bool was_deleted(const sent_message& which) const
    {
        return deleted_.contains(which.id);
    }
    // By PurgeQueue or DeleteQueue: its operator wants it so.
    [[nodiscard]] bool was_purged(const sent_message& which) const
    {
        return purged_.contains(which.id);
    }

    // When SQS dropped it, and for how long it had been kept; nothing if it never was.
    struct stay
    {
        wall_time from;
        wall_time to;
    };
    [[nodiscard]] std::optional<stay> expired(const sent_message& which) const;

    // While they last: nobody answers; every request is denied.
    bool unreachable = false;
    bool denies = false;
    bool blind = false; // receives find nothing: SQS looked elsewhere, or holds too many in flight
    void see_again();

    // What an operator does.
    void purge();
    void destroy();
    void create_anew();
    [[nodiscard]] bool is_there() const noexcept { return queue_ != nullptr; }

    // sqs_server::observer
    void happened(const sqs_server::event& what) override;
    void deliverable(const sqs_server::queue& where) override;

private:
    struct waiting_poll
    {
        std::shared_ptr<queue_request> request;
        sqs_server::receive_call call;
        steady_time deadline;
    };

    void send(std::size_t index);
    void give_back(std::size_t index);
    void come_back(std::size_t index);
    void plan_return(const std::string& id, wall_time now);
    void was_sent(std::size_t index, const sqs_server::message_id& id, wall_time sent_at);
    void wait(waiting_poll poll);
    // True if it was answered.
    bool try_answer(waiting_poll& poll);
    void serve_waiting();
    void look_again_later();
    void look_again_at(steady_time when);
    [[nodiscard]] sqs_server::call call_of(const queue_request& request) const;

    world& in_;
    dice luck_;
    sqs_server::account account_;
    sqs_server::api api_;
    sqs_server::random_source ids_;        // of messages that were not sent here
    sqs_server::attribute_map attributes_; // of the queue
    sqs_server::queue* queue_ = nullptr;   // null: deleted
    std::map<std::string, sqs_server::message_id, std::less<>> ids_by_text_;
    std::string name_;
    std::string url_;
    std::size_t sent_ = 0;
    std::size_t redriven_ = 0;
    std::list<waiting_poll> waiting_;
    steady_time next_look_ = never;
    std::map<std::string, std::uint32_t, std::less<>> receives_;
    std::set<std::string, std::less<>> deleted_;
    std::set<std::string, std::less<>> purged_;
    std::map<std::string, stay, std::less<>> expired_;
};

} // namespace sluice::simulation
