"""The same against a queue server that we did not write: ElasticMQ."""

import json
import time
import unittest

import harness
from harness import wait_for

LOGINS = 10_000
OTHERS = 100


class ElasticMq(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        folder = harness.temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        cls.server = harness.ElasticMq(
            cls.folder,
            "logins { defaultVisibilityTimeout = 5 seconds }",
            "interrupted { defaultVisibilityTimeout = 5 seconds }",
            "looked_at { defaultVisibilityTimeout = 60 seconds }",
        )
        cls.addClassCleanup(cls.server.stop)

    def begin(self, queue):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        self.queue = queue
        self.daemon = harness.Daemon(self.folder, self.database, queue)
        self.addCleanup(self.daemon.kill)
        made = harness.Logins(seed=12)
        self.logins = [made.login() for _ in range(LOGINS)]
        bodies = [json.dumps(each) for each in self.logins] + [harness.NO_LOGIN] * OTHERS
        made.random.shuffle(bodies)
        queue.send(*bodies)

    def ended(self, how):
        metrics = self.daemon.metrics() or {}
        return metrics.get(f'sluice_records_total{{pipeline="user_logins",result="{how}"}}', 0)

    def check_everything_is_there_once(self):
        self.assertEqual(self.queue.left(), 0)
        rows = self.database.lines(
            "SELECT user_id, device_type, coalesce(locale, ''), app_version FROM user_logins"
        )
        self.assertEqual(sorted(rows), sorted("|".join(harness.row_of(each)) for each in self.logins))
        letters = self.database.lines(
            "SELECT reason, column_name, count(*) FROM sluice.dead_letters GROUP BY 1, 2"
        )
        self.assertEqual(letters, [f"missing|user_id|{OTHERS}"])

    def test_the_queue_is_drained_into_rows_and_dead_letters(self):
        self.begin(self.server.queues[0])
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.check_everything_is_there_once()

    def test_preflight_touches_no_message(self):
        queue = self.server.queues[2]
        database = harness.Database()
        self.addCleanup(database.drop)
        queue.send("{}")
        done = harness.Daemon(self.folder, database, queue).command("preflight", timeout=60)
        self.assertEqual(done.returncode, 1, done.stdout + done.stderr)
        self.assertRegex(done.stdout, "(?m)^  warning  redrive ")
        for right in ("receive", "delete", "change visibility"):
            self.assertRegex(done.stdout, f"(?m)^  ok       {right} ")
        asked = {"MessageSystemAttributeNames": ["ApproximateReceiveCount"]}
        message = queue.call("ReceiveMessage", asked)["Messages"][0]
        self.assertEqual(message["Attributes"]["ApproximateReceiveCount"], "1")

    def test_stops_and_kills_lose_nothing_and_store_nothing_twice(self):
        self.begin(self.server.queues[1])
        for round_number in range(6):
            self.daemon.start()
            wait_for(lambda: self.ended("row") > 0, "the first rows of this process")
            time.sleep(0.05)
            if round_number % 2 == 0:
                self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
            else:
                self.daemon.kill()
        self.assertGreater(self.queue.left(), 0, "the ends came too late to prove anything")
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.check_everything_is_there_once()


if __name__ == "__main__":
    unittest.main()
