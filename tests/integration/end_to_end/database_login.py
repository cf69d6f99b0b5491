"""A password that changes while the daemon runs: libpq reads its password file at each connection."""

import json
import os
import pathlib
import unittest

import harness


class Login(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.password_file = pathlib.Path(folder.name, "pgpass")
        self.database = harness.Database()
        self.role = self.database.name + "_role"
        self.database.lines(f"CREATE ROLE {self.role} LOGIN SUPERUSER")
        # The tables of the database are the role's: the role goes after them.
        self.addCleanup(harness.psql, self.database.server, f"DROP ROLE {self.role}")
        self.addCleanup(self.database.drop)
        server = harness.SqsServer()
        self.addCleanup(server.stop)
        self.queue = server.queue
        self.daemon = harness.Daemon(folder.name, self.database, self.queue)
        self.addCleanup(self.daemon.kill)
        place = self.database.url.split("@")[1]
        self.daemon.environment["DATABASE_URL"] = (
            f"postgresql://{self.role}@{place}?passfile={self.password_file}"
        )

    def set_password(self, at_the_server, in_the_file):
        self.database.lines(f"ALTER ROLE {self.role} PASSWORD '{at_the_server}'")
        # A new file in place of the old one, as a secrets agent does it.
        new = self.password_file.with_suffix(".new")
        new.touch(mode=0o600)
        new.write_text(f"*:*:*:{self.role}:{in_the_file}\n")
        os.replace(new, self.password_file)

    def drop_connections(self):
        self.database.lines(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{self.role}'"
        )

    def stored(self):
        if not self.database.exists("user_logins"):
            return 0
        return self.database.count("SELECT count(*) FROM user_logins")

    def test_the_next_connection_uses_the_password_that_the_file_holds_then(self):
        self.set_password("first", "first")
        self.queue.send(json.dumps({"user_id": "u1"}))
        self.daemon.start()
        self.daemon.wait_ready()
        harness.wait_for(lambda: self.stored() == 1, "the first message is stored")

        self.set_password("second", "second")
        self.drop_connections()
        self.queue.send(json.dumps({"user_id": "u2"}))
        harness.wait_for(lambda: self.stored() == 2, "the message after the change is stored")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())

    def test_a_file_that_is_late_is_waited_for(self):
        self.set_password("new", "stale-secret")
        self.queue.send(json.dumps({"user_id": "u1"}))
        self.daemon.start()
        harness.wait_for(lambda: "password authentication failed" in self.daemon.log(),
                         "the daemon says why it waits")  # fmt: skip
        self.assertNotEqual(self.daemon.readiness(), 200)
        self.set_password("new", "new")
        harness.wait_for(lambda: self.stored() == 1, "the message is stored", 90)
        self.assertNotIn("stale-secret", self.daemon.log())
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())


if __name__ == "__main__":
    unittest.main()
