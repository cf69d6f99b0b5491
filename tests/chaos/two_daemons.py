"""Two daemons on one queue that hands out some messages twice and in any order. They meet each
other's rows, and one of them stands still while its leases end."""

import signal
import time
import unittest

from rig import SCALE, ChaosTest, Rig, at_once, ended

PAUSES = 2 * SCALE
VISIBILITY_SECONDS = 3
RESTLESS_QUEUE = ("--duplicates", "15%", "--order", "random", "--latency", "ReceiveMessage=5ms")


class TwoDaemons(ChaosTest):
    def begin(self):
        self.rig = Rig(self, self.postgres, *RESTLESS_QUEUE, visibility=f"{VISIBILITY_SECONDS}s")
        self.both = [self.rig.daemon(), self.rig.daemon()]
        self.both[0].start().wait_ready()  # makes the tables
        self.both[1].start().wait_ready()
        self.rig.stream.start()

    def check_both_worked_and_met(self):
        for daemon in self.both:
            self.assertGreater(ended(daemon, "row"), 100)
        self.assertGreater(sum(ended(daemon, "duplicate") for daemon in self.both), 100)

    @at_once
    def test_duplicates_in_random_order_are_stored_once(self):
        """B1, B2, B3: the same ids in different order, in both daemons at once."""
        self.begin()
        self.rig.wait_for_deletes(15_000 * SCALE)
        self.check_both_worked_and_met()
        self.rig.finish()

    @at_once
    def test_a_daemon_that_stands_still_for_longer_than_its_leases(self):
        """E8, B2, B5: SIGSTOP in mid-stream for longer than the visibility timeout; the other one gets
        its messages, and then it goes on with what it believed to be its own."""
        self.begin()
        for number in range(PAUSES):
            self.rig.wait_for_deletes(500)
            still, awake = self.both[number % 2], self.both[1 - number % 2]
            rows = ended(awake, "row")
            still.process.send_signal(signal.SIGSTOP)
            try:
                time.sleep(VISIBILITY_SECONDS + self.rig.random.uniform(0.5, 2))  # the fault itself
                self.assertGreater(ended(awake, "row"), rows, "the other one went on")
            finally:
                still.process.send_signal(signal.SIGCONT)
        self.rig.wait_for_deletes(500)
        self.check_both_worked_and_met()
        self.rig.finish()


if __name__ == "__main__":
    unittest.main()
