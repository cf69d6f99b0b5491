"""A database that is slow, in the way, out of transaction ids, alone without its standby, or chatty:
it costs time, and neither a message nor a secret."""

import pathlib
import subprocess
import unittest

import harness
from harness import wait_for

LOGINS = 200


class Rig(unittest.TestCase):
    VISIBILITY = "30s"
    SINK = ()

    def url(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        return self.database.url

    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.database_url = self.url()
        self.server = harness.SqsServer(queues=(f"logins,visibility={self.VISIBILITY}",))
        self.addCleanup(self.server.stop)
        config = harness.example(source=["fetchers: { min: 1, max: 4 }"], sink=self.SINK)
        self.daemon = harness.Daemon(
            self.folder, None, self.server.queue, config, DATABASE_URL=self.database_url
        )
        self.addCleanup(self.daemon.kill)

    def sql(self, text):
        return harness.psql(self.database_url, text)

    def on_insert(self, body, each="STATEMENT", declare=""):
        """A trigger of the user's on the target table."""
        self.sql(
            f"CREATE FUNCTION fault() RETURNS trigger LANGUAGE plpgsql AS "
            f"$fault$ DECLARE {declare} BEGIN {body}; RETURN NEW; END $fault$; CREATE TRIGGER fault BEFORE INSERT "
            f"ON user_logins FOR EACH {each} EXECUTE FUNCTION fault()"
        )

    def start_ready(self):
        self.daemon.start()
        self.daemon.wait_ready()

    def send(self, seed=1):
        self.server.queue.send(*harness.Logins(seed=seed).bodies(LOGINS))

    def totals(self):
        return self.server.stats()["queues"]["logins"]["totals"]

    def metric(self, name):
        return (self.daemon.metrics() or {}).get(name, 0)

    def refused(self, sqlstate_class, verdict):
        return self.metric(
            f'sluice_postgres_errors_total{{pipeline="user_logins",class="{sqlstate_class}",'
            f'verdict="{verdict}"}}'
        )

    def check_all_is_stored(self, sent=LOGINS, seconds=90):
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", seconds)
        self.assertEqual(self.sql("SELECT count(*), count(DISTINCT user_id) FROM user_logins"),
                         [f"{sent}|{sent}"])  # fmt: skip
        self.assertEqual(self.sql("SELECT reason FROM sluice.dead_letters"), [])
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])


class Conflicts(Rig):
    """D6: another transaction is in the way, and the batch goes again at once."""

    def test_serialization_failures_cost_only_another_attempt(self):
        self.start_ready()
        # A sequence does not roll back, so the failures come to an end.
        self.sql("CREATE SEQUENCE failures")
        self.on_insert("IF nextval('failures') <= 5 THEN RAISE 'in the way' USING ERRCODE = '40001';"
                       " END IF")  # fmt: skip
        self.send()
        wait_for(lambda: self.refused("40", "try_again") >= 5, "five failures")
        self.check_all_is_stored()

    def test_a_deadlock_costs_only_another_attempt(self):
        self.start_ready()
        self.on_insert("PERFORM pg_advisory_xact_lock(2); PERFORM pg_advisory_xact_lock(1)")
        with subprocess.Popen(
            ["psql", "-XAtq", "-d", self.database_url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True
        ) as other:  # fmt: skip
            # The other one never looks for deadlocks in time: the victim is the daemon's transaction.
            other.stdin.write(
                "SET deadlock_timeout = '10min'; BEGIN; SELECT pg_advisory_xact_lock(1); "
                "SELECT 'holds';\n"
            )
            other.stdin.flush()
            while other.stdout.readline() != "holds\n":
                pass
            self.send()
            waits = ("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' "
                     "AND application_name = 'sluice' AND datname = current_database()")  # fmt: skip
            wait_for(lambda: self.sql(waits) == ["1"], "the daemon waits for the other")
            other.stdin.write("SELECT pg_advisory_xact_lock(2); ROLLBACK;\n")
            other.stdin.flush()
            wait_for(lambda: self.refused("40", "try_again") >= 1, "the deadlock is found")
            other.stdin.close()
        self.check_all_is_stored()


class Slow(Rig):
    """D12: a statement that takes longer than the visibility timeout, and still ends."""

    VISIBILITY = "6s"  # extended every two: the machine may stand still for a while
    SINK = ("batch: { rows: 100 }",)

    def test_a_row_that_its_trigger_stumbles_over_costs_only_itself(self):
        self.start_ready()
        self.sql("CREATE SEQUENCE numbers")
        self.on_insert(
            # 55000, which no row is blamed for.
            "IF NEW.user_id = 'culprit' THEN PERFORM currval('numbers'); END IF", each="ROW"
        )
        self.server.queue.send('{"user_id":"culprit"}')
        self.send()
        stored = "SELECT count(*), count(DISTINCT user_id) FROM user_logins"
        wait_for(lambda: self.sql(stored) == [f"{LOGINS}|{LOGINS}"], "all others are stored", 120)
        wait_for(lambda: self.server.queue.left() == 1, "and only it is left")
        wait_for(lambda: self.daemon.readiness() == 200, "the others may come")
        wait_for(lambda: "refuses one" in self.daemon.log(), "it is told")
        self.assertGreater(self.refused("55", "database_is_sick"), 1)
        self.sql("DROP TRIGGER fault ON user_logins")
        self.check_all_is_stored(LOGINS + 1)

    def test_under_once_such_a_row_is_a_failure(self):
        self.start_ready()
        self.sql("CREATE SEQUENCE numbers")
        self.on_insert("IF NEW.user_id = 'culprit' THEN PERFORM currval('numbers'); END IF", each="ROW")
        self.assertEqual(self.daemon.stop(), 0)
        self.server.queue.send('{"user_id":"culprit"}')
        self.send()
        done = self.daemon.command("run", "--once", timeout=180)
        self.assertEqual(done.returncode, 1, done.stderr[-2000:])
        self.assertEqual(self.sql("SELECT count(*) FROM user_logins"), [str(LOGINS)])

    def test_leases_are_kept_while_it_takes_its_time(self):
        self.start_ready()
        self.on_insert("PERFORM pg_sleep(9)")
        self.send()
        self.check_all_is_stored()
        totals = self.totals()
        self.assertEqual(totals["received"], LOGINS, "nothing came a second time")
        self.assertGreater(totals["visibility_changed"], 0)


class Chatty(Rig):
    """D16: notices by the million and errors as long as a row, both with values in them."""

    def test_no_value_of_a_row_reaches_the_log_or_the_metrics(self):
        self.daemon.start("--log-level", "debug")
        self.daemon.wait_ready()
        self.sql("CREATE SEQUENCE failures")
        self.on_insert(
            each="ROW",
            declare="word text := repeat('canary ' || NEW.user_id || ' ', 100);",
            body="FOR i IN 1..20 LOOP RAISE NOTICE '%', word; RAISE WARNING '%', word; END LOOP; "
            # 42703, an SQLSTATE that is the database's own, and one that nobody has.
            "CASE nextval('failures') WHEN 10 THEN EXECUTE 'SELECT ' || quote_ident(word); "
            "WHEN 20 THEN RAISE '%', word USING ERRCODE = '53100', DETAIL = word, HINT = word; "
            "WHEN 30 THEN RAISE '%', word USING ERRCODE = 'AB123'; ELSE END CASE",
        )
        self.send()
        wait_for(lambda: self.refused("42", "deployment_is_wrong") >= 1, "the first error")
        page = self.daemon.get("/readyz")[1] + self.daemon.get("/api/v1/status")[1]
        self.assertIn("42703", page)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", 180)
        self.assertEqual(self.refused("other", "row_is_bad"), 1)
        self.assertEqual(self.refused("53", "database_is_sick"), 1)
        page += self.daemon.get("/metrics")[1]
        self.assertNotIn("canary", page + self.daemon.log())
        self.check_all_is_stored()


class OwnServer(Rig):
    """A server of its own, whose settings are changed."""

    def url(self):
        home = harness.temporary_folder()
        self.addCleanup(home.cleanup)
        self.home = pathlib.Path(home.name)
        self.home.chmod(0o755)  # the server is another user
        self.addCleanup(self.control, "stop")
        self.control("start")
        return (self.home / "url").read_text().strip()

    def control(self, action):
        script = harness.ROOT / "tests" / "support" / "private_postgres.sh"
        subprocess.run([script, action, self.home], check=True, stdout=subprocess.DEVNULL)

    def as_server(self, *command):
        user = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]
        subprocess.run([*(user if (self.home / "data").owner() == "postgres" else []), *command],
                       check=True, cwd=self.home, stdout=subprocess.DEVNULL)  # fmt: skip


class MissingStandby(OwnServer):
    """D14: the standby that every commit waits for is gone. Nobody knows whether the standby has a
    row that is seen here, so seeing it is no reason to delete its message."""

    VISIBILITY = "4s"
    SINK = ("timeouts: { statement: 2s, lock: 1s }",)

    def waiting(self):
        """Backends whose commit waits for the standby."""
        return self.sql("SELECT pid FROM pg_stat_activity WHERE wait_event = 'SyncRep'")

    def set_standby(self, name):
        self.sql(f"ALTER SYSTEM SET synchronous_standby_names = '{name}'")
        self.sql("SELECT pg_reload_conf()")
        wait_for(lambda: self.sql("SHOW synchronous_standby_names") == [name], "the setting is read")

    def begin_a_hanging_commit(self):
        self.start_ready()
        self.set_standby("gone")
        self.send()
        wait_for(self.waiting, "a commit hangs")
        self.assertEqual(self.sql("SELECT count(*) FROM user_logins"), ["0"])

    def check_nothing_is_deleted_before_it_is_back(self):
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        wait_for(self.waiting, "the next commit hangs")
        self.assertNotIn("deleted", self.totals())
        self.set_standby("")
        self.daemon.wait_ready(120)
        self.check_all_is_stored(seconds=120)

    def end_the_waits(self, how):
        """Committed here, and not there: from now on everybody sees the rows."""

        def seen_here():
            for pid in self.waiting():
                self.sql(f"SELECT {how}({pid})")
            return self.sql("SELECT count(*) FROM user_logins") != ["0"]

        wait_for(seen_here, "rows that no standby has are seen")

    def test_a_commit_that_hangs_is_given_up_by_the_daemon_itself(self):
        self.begin_a_hanging_commit()
        wait_for(lambda: "did not answer in time" in self.daemon.log(), "the daemon's own deadline")
        self.check_nothing_is_deleted_before_it_is_back()

    def test_a_wait_that_somebody_cancels_is_no_commit(self):
        # The backend answers as after any other commit, with a warning that comes before it.
        self.begin_a_hanging_commit()
        self.end_the_waits("pg_cancel_backend")
        self.check_nothing_is_deleted_before_it_is_back()

    def test_a_wait_that_ends_with_its_backend_is_no_commit(self):
        self.begin_a_hanging_commit()
        self.end_the_waits("pg_terminate_backend")
        self.check_nothing_is_deleted_before_it_is_back()


class OutOfTransactionIds(OwnServer):
    """D15: a server that protects itself from wraparound takes no writes, and says so by the SQLSTATE
    that a row too long for an index has. No row is to blame."""

    # Writes end three million before the ids that the oldest row allows do; some are left.
    LEFT = 3_000
    NEXT = 2**31 - 3_000_000 - LEFT
    IDS_A_SEGMENT = 8192 * 4 * 32

    def move_to_the_last_ids(self):
        # What lets a server come to this: a replication slot that nobody remembers.
        self.sql("ALTER SYSTEM SET wal_level = logical")
        self.sql("ALTER SYSTEM SET autovacuum_naptime = '1s'")
        self.sql("ALTER SYSTEM SET autovacuum_vacuum_cost_delay = 0")
        self.control("stop")
        self.server_control("start")
        self.sql("CREATE TABLE burnt (one integer) WITH (vacuum_truncate = false)")
        self.sql("SELECT pg_create_logical_replication_slot('forgotten', 'pgoutput')")
        self.control("stop")
        data = self.home / "data"
        self.as_server(self.binaries() / "pg_resetwal", "-x", str(self.NEXT), "-D", data)
        segment = data / "pg_xact" / f"{self.NEXT // self.IDS_A_SEGMENT:04X}"
        self.as_server("dd", "if=/dev/zero", f"of={segment}", "bs=256k", "count=1", "status=none")
        self.server_control("start")

    def binaries(self):
        return sorted(pathlib.Path("/usr/lib/postgresql").glob("*/bin"))[-1]

    def server_control(self, action):
        self.as_server(self.binaries() / "pg_ctl", "-D", self.home / "data", "-l", self.home / "log",
                       "-w", action)  # fmt: skip

    def burn_the_rest(self):
        """Every subtransaction takes an id, until there are none."""
        with self.assertRaisesRegex(RuntimeError, "wraparound"):
            self.sql("DO $$ BEGIN LOOP BEGIN INSERT INTO burnt VALUES (1); "
                     "EXCEPTION WHEN unique_violation THEN NULL; END; END LOOP; END $$")  # fmt: skip

    def receive_all(self):
        """As a receiver does that dies before it deletes anything; the receipt handles."""
        request = {"MaxNumberOfMessages": 10, "VisibilityTimeout": 600}
        answers = [self.server.queue.call("ReceiveMessage", request) for _ in range(LOGINS // 10)]
        return [each["ReceiptHandle"] for answer in answers for each in answer["Messages"]]

    def test_no_message_becomes_a_dead_letter(self):
        self.start_ready()
        self.assertEqual(self.daemon.stop(), 0)
        self.move_to_the_last_ids()
        self.send()
        hidden = self.receive_all()
        self.start_ready()
        self.burn_the_rest()
        # Received before, so the careful path, whose one statement carries rows and ids alike.
        for handle in hidden:
            self.server.queue.call(
                "ChangeMessageVisibility", {"ReceiptHandle": handle, "VisibilityTimeout": 0}
            )
        wait_for(lambda: "wraparound" in self.daemon.log(), "it says what is wrong")
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertNotIn("deleted", self.totals())
        self.sql("SELECT pg_drop_replication_slot('forgotten')")  # autovacuum does the rest
        self.daemon.wait_ready(120)
        self.check_all_is_stored()


if __name__ == "__main__":
    unittest.main()
