// The server's side of one connection: runs the batches that arrive on it, one after the other, and
// may go on when nobody listens any more.
#pragma once

#include "simulation/database.hpp"

#include <deque>
#include <functional>
#include <memory>

namespace sluice::simulation {

class backend : public std::enable_shared_from_this<backend>
{
public:
    // `answer` gets the outcomes in order; `unknown` means that the connection is lost.
    backend(world& in, database& of, std::function<void(postgres::commit_outcome)> answer);

    void arrive(received_batch batch);

    // The client has gone, or the network between. Whoever runs may finish alone.
    void client_gone();

    // The server crashes.
    void crash();

    // Something changed that this one may wait for.
    void look();

    // It may hold nobody up any longer.
    void hurry();

    [[nodiscard]] bool is_idle() const noexcept { return state_ == state::idle; }

private:
    enum class state : std::uint8_t
    {
        idle,
        running,          // its statements
        waiting_for_keys, // that another transaction holds
        committing,
        waiting_for_standby,
        dead,
    };

    void begin();
    void run();
    void commit();
    void finish();
    void give_up_standby();
    void next();
    void refuse(postgres::commit_outcome why);
    void end_transaction();
    void lose_connection();
    void tell(postgres::commit_outcome what);
    void after(steady_clock::duration span, void (backend::*step)());

    world& in_;
    database& of_;
    dice& luck_;
    std::function<void(postgres::commit_outcome)> answer_; // empty: nobody listens
    std::deque<received_batch> waiting_;
    state state_ = state::idle;
    std::uint64_t turn_ = 0; // of the step that is to come: others are of the past
    effect change_;
    std::uint64_t place_ = 0;
    std::optional<transform::ledger_key> floor_; // read by the first statement
    steady_time lock_deadline_ = never;
};

} // namespace sluice::simulation
