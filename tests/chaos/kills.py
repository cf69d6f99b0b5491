"""The daemon ends at random moments in mid-stream, with hundreds of messages in flight: nothing is
lost and nothing is stored twice."""

import signal
import statistics
import unittest

from harness import wait_for
from rig import SCALE, ChaosTest, Rig, at_once, milliseconds, strike_after

KILLS = 100 * SCALE
STOPS = 50 * SCALE
DEADLINE_SECONDS = 20  # shutdown.deadline
SLACK_SECONDS = 5  # for the start and end of a process on a busy machine
IN_FLIGHT = 200
# Slow enough that there is always something under way, at every stage.
SLOW_QUEUE = ("--latency", "ReceiveMessage=15ms", "--latency", "DeleteMessageBatch=120ms",
              "--order", "random", "--duplicates", "2%")  # fmt: skip


class EndsInMidStream(ChaosTest):
    def begin(self):
        self.rig = Rig(self, self.postgres, *SLOW_QUEUE)
        self.daemon = self.rig.daemon()
        self.rig.stream.start()

    @at_once
    def test_kill_at_any_moment_loses_nothing_and_stores_nothing_twice(self):
        """A1, A2, A3, A4, A5, A6, E4: SIGKILL at a uniformly random moment after the start."""
        self.begin()
        lives = []
        for number in range(KILLS):
            begin, received = milliseconds(), self.rig.received()
            self.daemon.start()
            if number % 5:  # the others also die while they start
                wait_for(lambda: self.rig.received() >= received + IN_FLIGHT, "it receives")
            strike_after(self.daemon.process, self.rig.random.uniform(0, 0.4))
            lives.append((begin, milliseconds()))
            self.daemon.kill()
        self.daemon.start()
        checker = self.rig.finish()
        in_flight = [checker.in_flight_at(*life) for life in lives]
        print(f"messages in flight at the kills: median {statistics.median(in_flight)}")
        many = sum(each >= IN_FLIGHT for each in in_flight)
        self.assertGreater(many, KILLS // 2, f"too few kills with much in flight: {in_flight}")

    @at_once
    def test_sigterm_at_any_moment_ends_with_0_within_the_deadline(self):
        """E1, E2: SIGTERM while it connects, polls, transforms, commits, deletes."""
        self.begin()
        in_mid_stream = 0
        for number in range(STOPS):
            received = self.rig.received()
            self.daemon.start()
            wait_for(lambda: self.daemon.log()[self.daemon.log_begin :], "it runs")
            if number % 5:  # the others also end while they start
                wait_for(lambda: self.rig.received() >= received + IN_FLIGHT, "it receives")
            strike_after(self.daemon.process, self.rig.random.uniform(0, 0.6))
            deleted = self.rig.deleted()
            self.daemon.process.send_signal(signal.SIGTERM)
            code = self.daemon.process.wait(timeout=DEADLINE_SECONDS + SLACK_SECONDS)
            self.assertEqual(code, 0, self.daemon.log()[-3000:])
            in_mid_stream += self.rig.deleted() > deleted
        self.assertGreater(in_mid_stream, STOPS // 2, "the stops came too late to prove anything")
        self.daemon.start()
        self.rig.finish()


if __name__ == "__main__":
    unittest.main()
