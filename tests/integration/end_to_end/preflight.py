"""sluice preflight: a good set-up passes, and each broken one is told by its cause and no other."""

import json
import os
import pathlib
import subprocess
import unittest

import harness
import queue_servers

QUEUES = ("failed", "logins,dead_letters=failed,max_receives=10")

TABLE = """CREATE TABLE user_logins (user_id varchar(128) {not_null}, device_type varchar(32),
    masked_ip varchar(256), masked_device_id varchar(256), locale varchar(32), {more}
    create_date date)"""


def table(app_version="app_version integer,", not_null="", more=""):
    return TABLE.format(not_null=not_null, more=app_version + more)


class Preflight(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.database = harness.Database()
        self.addCleanup(self.database.drop)

    def set_up(self, *options, queues=QUEUES, sink=(), source=(), migrate=True):
        server = queue_servers.serve(*options, queues=queues)
        self.addCleanup(server.stop)
        self.queue = server.queues[-1]
        config = harness.example(sink=sink, source=source)
        self.daemon = harness.Daemon(self.folder, self.database, self.queue, config)
        if migrate:
            done = self.daemon.command("migrate", timeout=60)
            self.assertEqual(done.returncode, 0, done.stderr)

    def found(self, code):
        """What is not ok, as (level, subject, what, remedy, line)."""
        done = self.daemon.command("preflight", "--json", timeout=120)
        self.assertEqual(done.returncode, code, done.stdout + done.stderr)
        told = json.loads(done.stdout)
        self.assertEqual(told["level"], ("ok", "warning", "error")[code])
        return [c for c in told["pipelines"][0]["checks"] if c["level"] != "ok"]

    def names(self, code, subject, *parts, count=1):
        """Exactly one thing is wrong, and its line has all the parts and says what to do."""
        found = self.found(code)
        self.assertEqual([c["subject"] for c in found], [subject] * count, found)
        for part in parts:
            self.assertIn(part, found[0]["what"] + "; " + found[0]["remedy"])
        self.assertTrue(all(c["remedy"] for c in found), found)
        return found[0]

    def use_role(self, *grants):
        """The daemon's role from here on is one that has these rights and no others."""
        name = self.database.name + "_role"
        self.database.lines(f"CREATE ROLE {name} LOGIN PASSWORD 'weak'")
        self.addCleanup(
            harness.psql, self.database.server,
            f"DROP DATABASE {self.database.name} WITH (FORCE); DROP ROLE {name}",
        )  # fmt: skip
        self.database.lines(";".join(f"GRANT {grant} TO {name}" for grant in grants) or "SELECT 1")
        at = self.database.url.split("@")[1]
        self.daemon.environment["DATABASE_URL"] = f"postgresql://{name}:weak@{at}"
        return name

    # ---- what is good

    def test_a_good_set_up_passes_and_no_message_is_touched(self):
        self.set_up()
        self.queue.send("{}")
        done = self.daemon.command("preflight", timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertEqual(done.stderr, "")
        for line in ("credentials", "queue", "visibility", "retention", "redrive", "receive",
                     "delete", "change visibility", "database", "durability", "connections",
                     "schema", "rights", "table", "keyring"):  # fmt: skip
            self.assertRegex(done.stdout, f"(?m)^  ok       {line} ")
        self.assertNotIn(self.database.url.split(":")[2].split("@")[0], done.stdout)
        message = self.queue.call("ReceiveMessage", {"MessageSystemAttributeNames": ["All"]})
        self.assertEqual(message["Messages"][0]["Attributes"]["ApproximateReceiveCount"], "1")

    def test_what_the_daemon_makes_at_its_start_need_not_be_there(self):
        self.set_up(migrate=False)
        self.assertEqual(self.found(0), [])
        self.assertFalse(self.database.exists("user_logins"))
        self.assertFalse(self.database.exists("sluice.ledger"))

    def test_a_role_with_no_more_than_it_needs_passes(self):
        self.set_up(sink=["create: false"], migrate=False)
        self.database.lines(table())
        self.daemon.command("migrate", timeout=60)
        self.use_role(
            "USAGE ON SCHEMA sluice", "INSERT ON user_logins", "SELECT, INSERT ON sluice.ledger",
            "SELECT ON sluice.ledger_floor, sluice.migrations",
            "SELECT, INSERT ON sluice.dead_letters", "SELECT, INSERT, UPDATE ON sluice.barrier",
            "SELECT, INSERT, UPDATE, DELETE ON sluice.attempts",
        )  # fmt: skip
        self.assertEqual(self.found(0), [])
        # What preflight says is enough is enough.
        self.queue.send(json.dumps({"user_id": "u1"}), "no login")
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log())
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), 1)
        self.assertEqual(self.database.count("SELECT count(*) FROM sluice.dead_letters"), 1)

    # ---- the queue

    def test_a_queue_that_is_not_there(self):
        self.set_up()
        self.daemon.environment["SLUICE_QUEUE_URL"] += "x"
        self.names(2, "queue", "QueueDoesNotExist", "queue_url")

    def test_a_server_that_is_not_there(self):
        self.set_up()
        self.daemon.environment["SLUICE_ENDPOINT"] = f"http://127.0.0.1:{harness.free_port()}"
        self.names(2, "queue", "endpoint")

    def test_no_credentials(self):
        self.set_up()
        del self.daemon.environment["AWS_SECRET_ACCESS_KEY"]
        self.names(2, "credentials", "AWS_SECRET_ACCESS_KEY")

    def test_a_missing_right_to_receive(self):
        self.set_up("--deny", "ReceiveMessage")
        self.names(2, "receive", "AccessDenied", "sqs:ReceiveMessage")

    def test_a_missing_right_to_delete(self):
        self.set_up("--deny", "DeleteMessage")
        self.names(2, "delete", "AccessDenied", "sqs:DeleteMessage")

    def test_a_missing_right_to_change_the_visibility(self):
        self.set_up("--deny", "ChangeMessageVisibility")
        self.names(2, "change visibility", "AccessDenied", "sqs:ChangeMessageVisibility")

    def test_a_missing_right_to_read_attributes_matters_less_where_the_timeout_is_given(self):
        self.set_up("--deny", "GetQueueAttributes")
        self.names(2, "queue", "AccessDenied", "sqs:GetQueueAttributes")
        text = self.daemon.config.read_text()
        self.daemon.config.write_text(
            text.replace("endpoint: ${env", "visibility: 60s\n        endpoint: ${env")
        )
        self.names(1, "queue", "AccessDenied", "sqs:GetQueueAttributes")

    def test_a_visibility_timeout_shorter_than_a_batch_may_take(self):
        self.set_up(queues=("failed", QUEUES[1] + ",visibility=10s"))
        self.names(2, "visibility", "10 s", "30 s")

    def test_a_visibility_timeout_that_a_crash_makes_felt(self):
        self.set_up(queues=("failed", QUEUES[1] + ",visibility=2h"))
        self.names(1, "visibility", "2 h")

    def test_a_short_retention(self):
        self.set_up(queues=("failed", QUEUES[1] + ",retention=1h"))
        self.names(1, "retention", "1 h", "MessageRetentionPeriod")

    def test_no_redrive_policy(self):
        self.set_up(queues=("logins",))
        self.names(1, "redrive", "no redrive policy")

    def test_a_redrive_policy_that_restarts_use_up(self):
        self.set_up(queues=("failed", "logins,dead_letters=failed,max_receives=3"))
        self.names(1, "redrive", "after 3 receives", "maxReceiveCount")

    def test_encryption_by_none_and_by_a_key_of_its_own(self):
        self.set_up()
        self.queue.call("SetQueueAttributes", {"Attributes": {"SqsManagedSseEnabled": "false"}})
        self.names(1, "encryption", "in the clear", "SqsManagedSseEnabled")
        self.queue.call("SetQueueAttributes", {"Attributes": {"KmsMasterKeyId": "alias/ours"}})
        self.names(1, "encryption", "KMS", "kms:Decrypt")

    # ---- the database

    def test_a_wrong_password(self):
        self.set_up()
        self.use_role()
        url = self.daemon.environment["DATABASE_URL"]
        self.daemon.environment["DATABASE_URL"] = url.replace(":weak@", ":weaker@")
        told = self.names(2, "database", "password authentication failed")
        self.assertNotIn("weaker", told["what"])

    def test_a_server_of_databases_that_is_not_there(self):
        self.set_up()
        self.daemon.environment["DATABASE_URL"] = (
            f"postgresql://u@127.0.0.1:{harness.free_port()}/db"
        )
        self.names(2, "database", "see that the server runs")

    def test_a_missing_schema_that_the_role_may_not_make(self):
        self.set_up(migrate=False)
        self.use_role("CREATE ON SCHEMA public")
        self.names(2, "schema", "schema sluice is missing", "sluice migrate")

    def test_a_missing_table(self):
        self.set_up(sink=["create: false"], migrate=False)
        self.database.lines(table())
        self.daemon.command("migrate", timeout=60)
        self.database.lines("DROP TABLE user_logins")
        self.names(2, "table", '"user_logins" does not exist', "create: true")

    def test_a_missing_column(self):
        self.set_up()
        self.database.lines("ALTER TABLE user_logins DROP COLUMN locale")
        told = self.names(2, "column", 'no column "locale"')
        line = self.daemon.config.read_text().splitlines()[told["line"] - 1]
        self.assertIn("locale:", line)

    def test_a_column_of_another_type(self):
        self.set_up()
        self.database.lines("ALTER TABLE user_logins ALTER app_version TYPE date USING NULL")
        told = self.names(2, "column", '"app_version" is of type date', "integer")
        line = self.daemon.config.read_text().splitlines()[told["line"] - 1]
        self.assertIn("app_version:", line)

    def test_a_column_that_is_shorter_than_what_may_come(self):
        self.set_up()
        self.database.lines("ALTER TABLE user_logins ALTER device_type TYPE varchar(8)")
        self.names(1, "column", "device_type", "max_length: 8")

    def test_not_null_without_a_default_where_nothing_is_mapped(self):
        self.set_up()
        self.database.lines("ALTER TABLE user_logins ADD tenant text NOT NULL")
        self.names(2, "table", '"tenant"', "NOT NULL without a default")

    def test_not_null_where_a_record_may_have_none(self):
        self.set_up()
        self.database.lines("ALTER TABLE user_logins ALTER locale SET NOT NULL")
        self.names(1, "column", "locale", "NOT NULL")

    def test_a_unique_key_is_told_and_is_no_fault(self):
        self.set_up()
        self.database.lines("CREATE UNIQUE INDEX ON user_logins (user_id, create_date)")
        done = self.daemon.command("preflight", timeout=60)
        self.assertEqual(done.returncode, 0, done.stdout)
        self.assertRegex(done.stdout, r"ok +unique key +\(user_id, create_date\): a record that")

    def test_a_missing_right_to_insert(self):
        self.set_up(sink=["create: false"], migrate=False)
        self.database.lines(table())
        self.daemon.command("migrate", timeout=60)
        name = self.use_role("USAGE ON SCHEMA sluice", "ALL ON ALL TABLES IN SCHEMA sluice")
        self.names(2, "table", f"{name} has no right INSERT", "GRANT INSERT")

    def test_a_missing_right_on_the_tables_of_the_ledger(self):
        self.set_up()
        self.use_role("USAGE ON SCHEMA sluice", "INSERT ON user_logins",
                      "ALL ON ALL TABLES IN SCHEMA sluice")  # fmt: skip
        self.database.lines(f"REVOKE UPDATE ON sluice.barrier FROM {self.database.name}_role")
        self.names(2, "rights", "UPDATE on sluice.barrier", "GRANT")

    def test_a_missing_right_to_use_the_schema(self):
        self.set_up()
        self.use_role("INSERT ON user_logins")
        self.names(2, "rights", "may not use schema sluice", "GRANT USAGE")

    def test_a_ledger_that_has_no_day_for_today(self):
        self.set_up()
        self.use_role("USAGE ON SCHEMA sluice", "INSERT ON user_logins",
                      "ALL ON ALL TABLES IN SCHEMA sluice")  # fmt: skip
        for day in self.database.lines(
            "SELECT inhrelid::regclass FROM pg_inherits WHERE inhparent = 'sluice.ledger'::regclass"
        ):
            self.database.lines(f"DROP TABLE {day}")
        self.names(2, "ledger", "no partition for today", "sluice migrate")

    def test_too_few_connections(self):
        self.set_up()
        name = self.use_role("USAGE ON SCHEMA sluice", "INSERT ON user_logins",
                             "ALL ON ALL TABLES IN SCHEMA sluice")  # fmt: skip
        self.database.lines(f"ALTER ROLE {name} CONNECTION LIMIT 2")
        self.names(2, "connections", "2 free", "4 needed", name)
        self.database.lines(f"ALTER ROLE {name} CONNECTION LIMIT 6")
        self.names(1, "connections", "6 free")

    def test_commits_that_nobody_waits_for(self):
        self.set_up()
        self.database.lines(f"ALTER DATABASE {self.database.name} SET synchronous_commit = off")
        self.names(1, "durability", "synchronous_commit is off")

    def test_a_server_that_does_not_write_through(self):
        self.set_up()
        script = harness.ROOT / "tests" / "support" / "private_postgres.sh"
        os.chmod(self.folder, 0o755)
        own = self.folder / "postgres"
        started = subprocess.run(
            [str(script), "start", str(own), "fsync=off"],
            capture_output=True, text=True, timeout=120,
        )  # fmt: skip
        self.addCleanup(subprocess.run, [str(script), "stop", str(own)], timeout=120)
        self.assertEqual(started.returncode, 0, started.stderr)
        self.daemon.environment["DATABASE_URL"] = started.stdout.strip()
        self.names(1, "durability", "fsync is off", "set it to on")

    # ---- the keys

    def test_a_keyring_that_cannot_be_used(self):
        self.set_up()
        self.daemon.keyring.write_text("{}")
        self.names(2, "keyring", "keyring.json")


if __name__ == "__main__":
    unittest.main()
