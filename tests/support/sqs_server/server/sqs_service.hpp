// The local SQS server as a handler of HTTP requests: the protocol, and around it what the options
// ask for: latency, faults, signatures, the journal.
#pragma once

#include "core/clock.hpp"
#include "net/http_message.hpp"
#include "sqs_server/protocol/api.hpp"
#include "sqs_server/server/faults.hpp"
#include "sqs_server/server/journal.hpp"
#include "sqs_server/server/statistics.hpp"
#include "sqs_server/server/waiting_polls.hpp"

#include <array>
#include <bitset>
#include <chrono>
#include <functional>
#include <optional>
#include <string>

namespace sluice::sqs_server {

struct service_options
{
    account_options account;
    std::array<std::chrono::milliseconds, operation_count> latency{}; // before every answer
    std::optional<fault_settings> faults;
    std::string journal;                 // a path; empty: none
    bool tls = false;                    // only for the scheme of queue URLs
    std::bitset<operation_count> denied; // as a policy denies them: to whoever asks
    // Throws refusal for a request that may not come in; none: every request may.
    std::function<void(const net::http_request&, wall_time now)> admit;
};

// Not thread-safe.
class sqs_service final : private observer
{
public:
    sqs_service(clock& time, service_options options);

    [[nodiscard]] account& queues() noexcept { return account_; }
    // How many long polls wait.
    [[nodiscard]] std::size_t waiting() const noexcept { return polls_.size(); }

    // The handler of the HTTP server.
    awaitable<void> handle(const net::http_request& request, net::http_response& response);

    // What goes on without requests: move tasks, retention, the journal. Ends by cancellation, or
    // by an exception if the journal cannot be written.
    awaitable<void> run();

    void flush_journal();

private:
    void happened(const event& what) override;
    void deliverable(const queue& where) override;

    void answer_get(const net::http_request& request, net::http_response& response);
    [[nodiscard]] std::optional<operation> admit(const net::http_request& request, reply& out);
    awaitable<void> answer(const net::http_request& request, net::http_response& response,
                           operation what, reply& out);
    awaitable<void> perform(const net::http_request& request, call in, reply& out);
    awaitable<void> wait_for_messages(const net::http_request& request, const receive_call& what,
                                      call in, reply& out);
    void finish(const reply& from, net::http_response& response);

    clock& clock_;
    service_options options_;
    std::optional<journal> journal_;
    std::optional<fault_injector> faults_;
    statistics statistics_;
    waiting_polls polls_;
    random_source request_ids_;
    sleeper chores_;
    account account_;
    api api_{account_};
};

} // namespace sluice::sqs_server
