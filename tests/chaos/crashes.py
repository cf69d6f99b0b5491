"""PostgreSQL loses its power under load, again and again."""

import time
import unittest

from rig import SCALE, ChaosTest, Rig

CRASHES = 20 * SCALE


class Crashes(ChaosTest):
    def test_crashes_of_the_database_lose_nothing_and_store_nothing_twice(self):
        """D1, A7, B21: immediate stop under load, down for a moment, recovery. What was received stays
        in hand meanwhile: no message is received again for want of a database."""
        rig = Rig(self, self.postgres, "--latency", "ReceiveMessage=5ms", visibility="20s")
        daemon = rig.daemon().start()
        rig.stream.start()
        for _ in range(CRASHES):
            daemon.wait_ready()
            rig.wait_for_deletes(rig.random.randrange(1, 500))
            self.postgres.control("halt")
            if rig.random.random() < 0.25:
                time.sleep(rig.random.uniform(0, 1.5))  # the outage itself
            self.postgres.control("resume")
        rig.finish(receives_most=1)


if __name__ == "__main__":
    unittest.main()
