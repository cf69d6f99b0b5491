"""Messages that were received again and again: no history alone makes a dead letter, and three
deaths of the process do."""

import json
import unittest

import harness
import queue_servers
from harness import wait_for

LOGINS = 40


class Poison(unittest.TestCase):
    QUEUE = "logins"

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = queue_servers.serve(queues=(self.QUEUE,))
        self.addCleanup(self.server.stop)
        self.bodies = harness.Logins(seed=12).bodies(LOGINS)
        self.ids = self.server.queue.send(*self.bodies)
        self.daemon = harness.Daemon(folder.name, self.database, self.server.queue)
        self.addCleanup(self.daemon.kill)

    def receive_all(self, times):
        """As receivers do that die before they delete anything."""
        for _ in range(times * LOGINS):
            self.server.queue.call(
                "ReceiveMessage", {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0}
            )

    def receives(self):
        return self.server.stats()["queues"]["logins"]["totals"]["received"]


class Suspects(Poison):
    def test_a_history_of_receives_is_no_evidence(self):
        self.receive_all(times=5)
        self.assertGreater(self.receives(), 5 * LOGINS)
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log())
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), LOGINS)
        self.assertEqual(self.database.count("SELECT count(*) FROM sluice.dead_letters"), 0)
        self.assertEqual(self.database.count("SELECT count(*) FROM sluice.attempts"), 0)

    def test_three_deaths_are_evidence_and_two_are_not(self):
        self.receive_all(times=5)
        migrated = self.daemon.command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        for message, deaths in ((self.ids[0], 3), (self.ids[1], 2)):
            self.database.lines(
                "INSERT INTO sluice.attempts (pipeline, message_id, begun) "
                f"VALUES ('user_logins', '{message}', {deaths})"
            )
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log())
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), LOGINS - 1)
        self.assertEqual(
            self.database.lines("SELECT message_id, reason, body_sealed FROM sluice.dead_letters"),
            [f"{self.ids[0]}|poison|t"],
        )
        self.assertIn("stored unread", self.daemon.log())
        # Which body it was, a person with a reason may still see.
        shown = harness.run_sluice(
            "letters", "show", "-c", str(self.daemon.config), "1", "--reason", "what killed us",
            env=self.daemon.environment,
        )  # fmt: skip
        self.assertIn("user_id", shown.stdout)

    def test_suspects_and_others_end_once_each_with_a_stop_in_between(self):
        self.receive_all(times=3)
        more = harness.Logins(seed=13).bodies(500)
        self.server.queue.send(*more)
        self.daemon.start()
        wait_for(lambda: self.database.exists("user_logins"), "it runs")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log())
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), LOGINS + 500)
        self.assertEqual(self.database.count("SELECT count(*) FROM sluice.dead_letters"), 0)


class Deaths(Poison):
    """The process is killed, again and again, while one message is in work."""

    QUEUE = "logins,visibility=2s"
    # Neither stored nor survived, as if the transform of this one message never ended.
    NEVER_DONE = """
        CREATE FUNCTION not_yet() RETURNS trigger LANGUAGE plpgsql AS
            $$ BEGIN RAISE EXCEPTION USING ERRCODE = '55P03'; END $$;
        CREATE TRIGGER not_yet BEFORE INSERT ON user_logins FOR EACH ROW
            WHEN (NEW.user_id = '{user_id}') EXECUTE FUNCTION not_yet();
        CREATE TRIGGER not_yet BEFORE DELETE ON sluice.attempts FOR EACH ROW
            WHEN (OLD.message_id = '{message_id}') EXECUTE FUNCTION not_yet();
    """

    def test_the_message_that_was_in_work_at_three_deaths_is_convicted_and_no_other(self):
        killer, user_id = self.ids[7], json.loads(self.bodies[7])["user_id"]
        self.receive_all(times=5)
        migrated = self.daemon.command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        self.database.lines(self.NEVER_DONE.format(user_id=user_id, message_id=killer))
        attempts = f"SELECT begun FROM sluice.attempts WHERE message_id = '{killer}'"
        for death in range(1, 4):
            self.daemon.start()
            wait_for(lambda: self.database.lines(attempts) == [str(death)], f"attempt {death}")
            self.daemon.kill()
        self.database.lines("DROP FUNCTION not_yet CASCADE")
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log())
        self.assertEqual(
            self.database.lines("SELECT message_id, reason, body_sealed FROM sluice.dead_letters"),
            [f"{killer}|poison|t"],
        )
        self.assertEqual(
            sorted(self.database.lines("SELECT user_id FROM user_logins")),
            sorted({json.loads(body)["user_id"] for body in self.bodies} - {user_id}),
        )
        self.assertEqual(self.server.queue.left(), 0)


if __name__ == "__main__":
    unittest.main()
