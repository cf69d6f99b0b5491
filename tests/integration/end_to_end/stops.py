"""The daemon ends in mid-stream, and gives back what it did not take. Random moments: tests/chaos."""

import json
import signal
import unittest

import harness
import queue_servers
from harness import wait_for


class EndsInMidStream(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def begin(self, *options, source=("fetchers: { min: 1, max: 6 }",), visibility="10s"):
        queue = f"logins,visibility={visibility}"
        self.server = queue_servers.serve(*options, queues=(queue,))
        self.addCleanup(self.server.stop)
        self.daemon = harness.Daemon(
            self.folder, self.database, self.server.queue, harness.example(source=source)
        )
        self.addCleanup(self.daemon.kill)

    def send(self, logins):
        made = harness.Logins(seed=3)
        self.logins = [made.login() for _ in range(logins)]
        self.server.queue.send(*[json.dumps(each) for each in self.logins])

    def stored(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def wait_for_stream(self):
        """Until this process has stored something."""
        def committed():
            metrics = self.daemon.metrics() or {}
            return metrics.get('sluice_records_total{pipeline="user_logins",result="row"}', 0) > 0

        wait_for(committed, "the first rows of this process")

    def check_everything_is_there_once(self):
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.assertEqual(self.server.queue.left(), 0)
        self.assertEqual(
            sorted(self.database.lines("SELECT user_id FROM user_logins")),
            sorted(each["user_id"] for each in self.logins),
        )
        letters = self.database.count("SELECT count(*) FROM sluice.dead_letters")
        self.assertEqual(letters, 0)

    def test_what_was_not_taken_is_given_back_at_once(self):
        self.begin(visibility="1h")
        self.send(logins=2_000)
        self.daemon.start()
        self.wait_for_stream()
        self.assertEqual(self.daemon.stop(), 0)
        attributes = self.server.queue.call(
            "GetQueueAttributes", {"AttributeNames": ["ApproximateNumberOfMessagesNotVisible"]}
        )["Attributes"]
        self.assertEqual(attributes["ApproximateNumberOfMessagesNotVisible"], "0")
        self.check_everything_is_there_once()

    def test_a_second_signal_ends_it_at_once(self):
        # Deletes that never end would hold the first signal until the deadline.
        self.begin("--latency", "DeleteMessageBatch=60s", visibility="2s")
        self.send(logins=500)
        self.daemon.start()
        self.wait_for_stream()
        self.daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: "SIGTERM: stopping" in self.daemon.log(), "the first signal is seen")
        self.daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(timeout=5), 128 + signal.SIGTERM)
        self.assertIn("second signal", self.daemon.log())

    def test_a_deadline_that_is_too_short_is_kept_all_the_same(self):
        self.begin("--latency", "DeleteMessageBatch=60s", visibility="1h")
        self.daemon.config.write_text(harness.example(top=["shutdown: { deadline: 3s }"]))
        self.send(logins=500)
        self.daemon.start()
        self.wait_for_stream()
        self.assertEqual(self.daemon.stop(timeout=6), 0, self.daemon.log()[-3000:])
        # All is committed, though nothing could be deleted: the ledger knows it again.
        self.assertEqual(self.stored(), 500)


if __name__ == "__main__":
    unittest.main()
