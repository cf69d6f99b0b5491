"""The answer of a COMMIT is lost: nobody knows whether the batch is stored. It runs again, and ends
in the tables once."""

import unittest

from fault_proxy import Loss, PostgresProxy
from harness import wait_for
from rig import SCALE, ChaosTest, Rig, ended

REPLIES = 40 * SCALE
FROZEN = 10 * SCALE
COMMITS = REPLIES + FROZEN  # whose answer nobody sees
MORE_MOST = COMMITS  # for those that the server rolled back, at a lock
SYNCS = 10 * SCALE


class UnknownOutcomes(ChaosTest):
    def test_lost_answers_of_commits_store_nothing_twice_and_lose_nothing(self):
        """A3, A7, A8: the answer of a COMMIT is swallowed, at times while its backend stands still,
        holding its locks; or the COMMIT itself never arrives."""
        rig = Rig(self, self.postgres, visibility="10s")
        proxy = PostgresProxy(self.postgres.port)
        self.addCleanup(proxy.close)
        daemon = rig.daemon(postgres_port=proxy.port).start()
        rig.stream.start()
        losses = [Loss.REPLY] * REPLIES + [Loss.FROZEN] * FROZEN + [Loss.SYNC] * SYNCS
        rig.random.shuffle(losses)
        for loss in losses:
            self.lose(rig, proxy, loss)
        for _ in range(MORE_MOST):
            if proxy.committed() >= COMMITS:
                break
            self.lose(rig, proxy, Loss.REPLY)
        committed = proxy.committed()
        self.assertGreaterEqual(committed, COMMITS, "too few were true commits")
        rig.stream.stop()
        wait_for(lambda: rig.queue.left() == 0, "the queue is empty")
        # Each of them was met again as a duplicate, by the same process.
        self.assertGreaterEqual(ended(daemon, "duplicate"), committed)
        rig.finish(receives_most=2)

    def lose(self, rig, proxy, loss):
        before = proxy.lost[loss]
        # Some last for longer than lock_timeout: then the same batch meets the lock twice.
        proxy.losses.append((loss, rig.random.uniform(0, 1.5)))
        wait_for(lambda: proxy.lost[loss] > before, f"the next batch is lost: {loss.value}")
        rig.wait_for_deletes()


if __name__ == "__main__":
    unittest.main()
