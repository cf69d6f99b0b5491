"""Faults of the network between the daemon and its database, and between it and its queue."""

import unittest

from fault_proxy import TO_CLIENT, TO_SERVER, FaultProxy, PostgresProxy
from harness import wait_for
from rig import SCALE, ChaosTest, Rig, at_once

CUTS = 30 * SCALE
RESETS = 10 * SCALE
START_UP_BYTES = 3_000
QUIET_SECONDS = 1.5  # longer than a poll


class Networks(ChaosTest):
    def begin(self, proxied, **more):
        self.rig = Rig(self, self.postgres, visibility="3s", **more)
        if proxied == "database":
            self.proxy = PostgresProxy(self.postgres.port)
            self.daemon = self.rig.daemon(postgres_port=self.proxy.port)
        else:
            self.proxy = FaultProxy(int(self.rig.server.endpoint.rsplit(":", 1)[1]))
            self.daemon = self.rig.daemon(sqs_port=self.proxy.port)
        self.addCleanup(self.proxy.close)
        self.daemon.start().wait_ready()
        self.rig.stream.start()

    def cut_and_reset(self, bytes_most):
        for number in range(CUTS):
            self.rig.wait_for_deletes()  # so that pauses between attempts do not grow
            cuts = self.proxy.cuts
            way = self.rig.random.choice([TO_SERVER, TO_CLIENT])
            if number % 2:  # in the first bytes of a new connection
                self.proxy.reset_all()
                self.proxy.cut_after(way, self.rig.random.randrange(START_UP_BYTES))
            else:
                self.proxy.cut_after(way, self.rig.random.randrange(bytes_most))
            wait_for(lambda: self.proxy.cuts > cuts, "a connection is cut")
        for _ in range(RESETS):
            self.rig.wait_for_deletes()
            self.proxy.reset_all()
        self.rig.wait_for_deletes()
        self.rig.finish()

    def delay_and_chop(self, chopped_messages):
        self.proxy.delay_seconds = 0.05
        self.rig.wait_for_deletes(500)
        self.proxy.delay_seconds = 0
        self.proxy.chopped = True
        self.rig.wait_for_deletes(chopped_messages)
        self.proxy.heal()
        self.rig.finish()

    def go_silent(self, kept, deadline_seconds):
        """`kept`: it notices by itself, and has no more connections than these meanwhile."""
        self.rig.wait_for_deletes(500)
        before = self.proxy.connections()
        self.proxy.go_silent()
        self.assertGreater(before, 0)
        kept(deadline_seconds)
        self.proxy.heal()
        self.rig.wait_for_deletes(500)
        self.rig.finish()

    @at_once
    def test_connections_to_the_database_that_are_cut_at_any_byte(self):
        """A2, A7: FIN or RST after n bytes of either direction, during start-up and batches."""
        self.begin("database")
        self.cut_and_reset(30_000)

    @at_once
    def test_connections_to_the_queue_that_are_cut_at_any_byte(self):
        """B10, A6: a receive or a delete whose answer is lost or incomplete."""
        self.begin("queue")
        self.cut_and_reset(20_000)

    @at_once
    def test_a_database_that_answers_late_and_in_single_bytes(self):
        """D12, D17: latency before every chunk, and segments of one byte."""
        self.begin("database", waiting=300)
        self.delay_and_chop(50)

    @at_once
    def test_a_queue_that_answers_late_and_in_single_bytes(self):
        """B10: the same for HTTP."""
        self.begin("queue", waiting=300)
        self.delay_and_chop(50)

    @at_once
    def test_a_database_that_goes_silent_without_closing_anything(self):
        """D11: half-open connections. The deadline of a batch ends them, and nothing is received."""
        self.begin("database", waiting=500)
        self.go_silent(self.wait_until_not_ready, 60)

    def wait_until_not_ready(self, seconds):
        wait_for(lambda: self.daemon.readiness() == 503, "it gives the connection up", seconds)
        self.rig.wait_until_it_receives_nothing(self.daemon, QUIET_SECONDS)

    @at_once
    def test_a_queue_that_goes_silent_without_closing_anything(self):
        """B10: the deadline of a poll ends it."""
        self.begin("queue")
        self.go_silent(self.wait_for_new_connections, 60)

    def wait_for_new_connections(self, seconds):
        accepted = self.proxy.accepted
        wait_for(lambda: self.proxy.accepted > accepted, "it tries a new connection", seconds)


if __name__ == "__main__":
    unittest.main()
