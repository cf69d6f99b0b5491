"""What makes a pipeline pause: too many dead letters, or a database that is sick for too long."""

import unittest

import harness
from harness import wait_for


class Pauses(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = harness.SqsServer(queues=("logins,visibility=2s",))
        self.addCleanup(self.server.stop)

    def daemon(self, config):
        daemon = harness.Daemon(self.folder, self.database, self.server.queue, config)
        self.addCleanup(daemon.kill)
        return daemon

    def letters(self):
        if not self.database.exists("sluice.dead_letters"):
            return 0
        return self.database.count("SELECT count(*) FROM sluice.dead_letters")

    def totals(self):
        return self.server.stats()["queues"]["logins"]["totals"]


class Brake(Pauses):
    SENT = 5_000

    def setUp(self):
        super().setUp()
        self.server.queue.send(*['{"oops":1}'] * self.SENT)
        # Small batches and one fetcher, so that the brake comes before the queue is empty.
        self.config = harness.example(
            source=["fetchers: { min: 1, max: 1 }"], sink=["batch: { rows: 50 }"]
        ).replace("    sink:\n", "    on_error: { brake: { share: 20%, count: 200 } }\n    sink:\n")

    def check_most_are_left(self):
        """What was not stored when the brake was pulled is still on the queue."""
        self.assertGreaterEqual(self.letters(), 200)
        self.assertLess(self.letters(), self.SENT)
        wait_for(lambda: self.server.queue.left() == self.SENT - self.letters(), "the sums match")

    def test_a_flood_of_bad_messages_pauses_it(self):
        daemon = self.daemon(self.config).start()
        wait_for(lambda: daemon.readiness() == 503 and self.letters() >= 200, "it pauses")
        self.assertIn("became dead letters", daemon.get("/readyz")[1])
        self.assertEqual(daemon.get("/healthz")[0], 200)
        wait_for(lambda: self.totals().get("deleted", 0) == self.letters(), "the stored are deleted")
        self.assertEqual(daemon.stop(), 0, daemon.log()[-2000:])
        self.check_most_are_left()

    def test_once_ends_with_1(self):
        daemon = self.daemon(self.config)
        self.assertEqual(daemon.run_once(), 1, daemon.log()[-2000:])
        self.check_most_are_left()


class MaxHold(Pauses):
    LOGINS = 200

    def test_what_is_held_for_too_long_goes_back_and_comes_again(self):
        daemon = self.daemon(harness.example(source=["max_hold: 1s"])).start()
        daemon.wait_ready()
        # Nobody may log in any more, and who is in is thrown out: the database is sick.
        name = self.database.name
        self.database.lines("CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
                            "$$ BEGIN PERFORM pg_sleep(60); RETURN NEW; END $$; "
                            "CREATE TRIGGER wait BEFORE INSERT ON user_logins FOR EACH STATEMENT "
                            "EXECUTE FUNCTION wait()")  # fmt: skip
        self.server.queue.send(*harness.Logins(seed=3).bodies(self.LOGINS))
        wait_for(lambda: self.totals().get("received", 0) >= self.LOGINS, "all are received")
        harness.psql(
            self.database.server,
            f"ALTER DATABASE {name} ALLOW_CONNECTIONS false; SELECT pg_terminate_backend(pid) "
            f"FROM pg_stat_activity WHERE datname = '{name}'",
        )
        wait_for(lambda: daemon.readiness() == 503, "it notices")
        wait_for(lambda: "given back to the queue" in daemon.log(), "it lets go")
        wait_for(lambda: daemon.metrics()["sluice_in_flight_messages{pipeline=\"user_logins\"}"] == 0,
                 "nothing is held")  # fmt: skip
        received = self.totals()["received"]
        harness.psql(self.database.server, f"ALTER DATABASE {name} ALLOW_CONNECTIONS true")
        self.assertLess(received, 2 * self.LOGINS)  # nothing is received while it is sick
        self.database.lines("DROP TRIGGER wait ON user_logins")
        daemon.wait_ready(90)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", 90)
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), self.LOGINS)
        self.assertEqual(daemon.stop(), 0, daemon.log()[-2000:])


if __name__ == "__main__":
    unittest.main()
