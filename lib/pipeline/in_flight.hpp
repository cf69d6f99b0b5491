// Everything between its receive and its end: owns the deliveries, holds what they cost, and
// counts how each message ended.
#pragma once

#include "core/condition.hpp"
#include "pipeline/breaker.hpp"
#include "pipeline/budget.hpp"
#include "pipeline/counters.hpp"
#include "pipeline/intake_gate.hpp"
#include "pipeline/response_size.hpp"
#include "source/sqs/custodian.hpp"

#include <memory>
#include <vector>

namespace sluice::pipeline {

// Not thread-safe: the I/O thread's.
class in_flight final : public sqs::custodian
{
public:
    in_flight(clock& time, amount limit, const breaker& gate, intake_gate& to, counters& count);
    ~in_flight() override;

    // sqs::custodian
    awaitable<std::unique_ptr<delivery>> admit() override;
    awaitable<bool> enlarge(delivery& of, std::size_t body_bytes, steady_time deadline) override;
    void accept(std::unique_ptr<delivery> full) override;
    void give_back(std::unique_ptr<delivery> empty) override;
    void pin(delivery& of) override;
    void unpin(delivery& of) override;
    void deleted(receipt which) override;

    // The message's row or dead letter is durable, or was found so: its delete is due.
    void committed(receipt which, record_result how);
    // The message ends here without having been stored, and so do those that wait for it.
    void ended(receipt which, record_result how);

    // At the end of a drain: what is still in work is lost. A worker may yet be inside one of its
    // deliveries, so they stay as they are until this object dies, which is after the workers.
    void give_up();

    // The breaker changed: polls may begin, or may not.
    void gate_changed();
    // No poll will begin any more.
    void close();

    [[nodiscard]] std::size_t messages() const noexcept { return messages_; }
    [[nodiscard]] const budget& use() const noexcept { return budget_; }

    // Messages that are neither stored nor given up.
    [[nodiscard]] std::vector<receipt> in_work() const;

private:
    [[nodiscard]] std::unique_ptr<delivery> make_delivery();
    void end_uncommitted(receipt which, record_result how);
    void end_message(receipt which);
    void recycle_if_over(delivery& of);
    void recycle(std::unique_ptr<delivery> over);

    const breaker& gate_;
    intake_gate& intake_;
    counters& count_;
    budget budget_;
    response_size size_;
    condition gate_opened_;
    bool closed_ = false;
    bool given_up_ = false; // nothing is recycled any more
    std::size_t messages_ = 0;
    std::vector<std::unique_ptr<delivery>> held_; // each knows its place
    std::vector<std::unique_ptr<delivery>> free_;
};

} // namespace sluice::pipeline
