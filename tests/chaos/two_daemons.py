"""Two daemons on one queue that hands out some messages twice and in any order. They meet each
other's rows, and one of them stands still while its leases end."""

import signal
import time
import unittest

from harness import wait_for
from rig import SCALE, ChaosTest, Rig, at_once, ended

PAUSES = 2 * SCALE
VISIBILITY_SECONDS = 3
ROUNDS = 30 * SCALE
RESTLESS_QUEUE = ("--order", "random", "--latency", "ReceiveMessage=5ms")
MET = 10  # messages that both had, at least, for each pause
SLOW_DELETES = ("--latency", "DeleteMessageBatch=40ms")  # both hold much at any moment


class TwoDaemons(ChaosTest):
    def begin(self, *options):
        self.rig = Rig(self, self.postgres, *RESTLESS_QUEUE, *options, visibility=f"{VISIBILITY_SECONDS}s")
        self.both = [self.rig.daemon(), self.rig.daemon()]
        self.both[0].start().wait_ready()  # makes the tables
        self.both[1].start().wait_ready()
        self.rig.stream.start()

    def check_both_worked(self):
        for daemon in self.both:
            self.assertGreater(ended(daemon, "row"), 100)

    def duplicates(self):
        return sum(ended(daemon, "duplicate") for daemon in self.both)

    @at_once
    def test_duplicates_in_random_order_are_stored_once(self):
        """B1, B2, B3: the same ids in different order, in both daemons at once."""
        self.begin("--duplicates", "15%")
        for _ in range(ROUNDS):
            self.rig.wait_for_deletes(500)
        self.check_both_worked()
        self.assertGreater(self.duplicates(), 100)
        self.rig.finish()

    @at_once
    def test_a_daemon_that_stands_still_for_longer_than_its_leases(self):
        """E8, B2, B5: SIGSTOP in mid-stream for longer than the visibility timeout; the other one gets
        its messages, and then it goes on with what it believed to be its own. The queue hands out
        nothing twice but that."""
        self.begin(*SLOW_DELETES)
        for number in range(PAUSES):
            self.rig.wait_for_deletes(500)
            still, awake = self.both[number % 2], self.both[1 - number % 2]
            rows, duplicates = ended(awake, "row"), self.duplicates()
            still.process.send_signal(signal.SIGSTOP)
            try:
                time.sleep(VISIBILITY_SECONDS + self.rig.random.uniform(0.5, 2))  # the fault itself
                self.assertGreater(ended(awake, "row"), rows, "the other one went on")
            finally:
                still.process.send_signal(signal.SIGCONT)
            wait_for(lambda: self.duplicates() >= duplicates + MET, "both had what the one held")
        self.rig.wait_for_deletes(500)
        self.check_both_worked()
        self.rig.finish()


if __name__ == "__main__":
    unittest.main()
