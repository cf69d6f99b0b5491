#include "pipeline/breaker.hpp"

#include <catch2/catch.hpp>

using sluice::pipeline::breaker;
using state = breaker::state;

TEST_CASE("breaker: nothing is received before a connection has shown that it can write")
{
    breaker gate(2);
    CHECK_FALSE(gate.may_receive());
    CHECK(gate.connected(1));
    CHECK(gate.may_receive());
    CHECK_FALSE(gate.connected(0));
}

TEST_CASE("breaker: a database that was not asked yet is not one that takes no writes")
{
    breaker gate(1);
    CHECK(gate.now() == state::starting);
    CHECK_FALSE(gate.may_receive());
    CHECK_FALSE(gate.needs_person());
    gate.not_ready(true, "no such table");
    CHECK(gate.now() == state::needs_repair);
    CHECK(gate.needs_person());
    CHECK(gate.text() == "no such table");
    gate.not_ready(false, "down");
    CHECK(gate.now() == state::open);
    CHECK_FALSE(gate.needs_person());
    gate.ready_to_connect();
    CHECK(gate.now() == state::starting);
    CHECK(gate.text() == "not connected yet");
    CHECK(gate.connected(0));
    CHECK(gate.may_receive());
}

TEST_CASE("breaker: opens when the last connection is gone, and says why")
{
    breaker gate(2);
    gate.connected(0);
    gate.connected(1);
    CHECK_FALSE(gate.disconnected(0, false, "lost"));
    CHECK(gate.may_receive());
    CHECK(gate.disconnected(1, false, "lost too"));
    CHECK(gate.now() == state::open);
    CHECK(gate.text() == "lost too");
    CHECK(gate.connected(0));
    CHECK(gate.text().empty());
}

TEST_CASE("breaker: what needs a person is told apart")
{
    breaker gate(1);
    gate.connected(0);
    CHECK(gate.disconnected(0, true, "no such table"));
    CHECK(gate.now() == state::needs_repair);
    CHECK(gate.needs_person());
    CHECK_FALSE(gate.may_receive());
    CHECK(gate.disconnected(0, false, "down"));
    CHECK(gate.now() == state::open);
    CHECK_FALSE(gate.needs_person());
}

TEST_CASE("breaker: a pause by an operator stops receiving, and says nothing of the database")
{
    breaker gate(1);
    gate.pause_receiving();
    gate.connected(0);
    CHECK(gate.now() == state::closed);
    CHECK_FALSE(gate.may_receive());
    CHECK_FALSE(gate.braked());
    gate.resume_receiving();
    CHECK(gate.may_receive());
}
