"""A database or a queue that is down, or set up wrongly: it says so on one clear line, is not ready,
and goes on when it is repaired. What is not committed is never deleted."""

import json
import pathlib
import signal
import subprocess
import time
import unittest

import harness
from harness import wait_for

LOGINS = 300


class Outage(unittest.TestCase):
    """A queue with logins, a database, and a daemon that is not started yet."""

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.server = harness.SqsServer("--journal", self.folder + "/journal")
        self.addCleanup(self.server.stop)
        self.server.queue.send(*harness.Logins(seed=5).bodies(LOGINS))
        self.daemon = self.daemon_for(self.database.url)

    def daemon_for(self, url, **more):
        daemon = harness.Daemon(self.folder, self.database, self.server.queue, DATABASE_URL=url, **more)
        self.addCleanup(daemon.kill)
        return daemon

    def totals(self):
        return self.server.stats()["queues"]["logins"]["totals"]

    def rows(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def messages(self, *levels):
        """What the log says at these levels."""
        lines = [json.loads(line) for line in self.daemon.log().splitlines()]
        return [line["message"] for line in lines if line["level"] in levels]

    def trouble(self):
        lines = self.messages("warning", "error")
        return lines[0] if lines else ""

    def wait_for_trouble(self, *parts):
        wait_for(lambda: self.daemon.admin() and self.trouble(), "a warning in the log")
        for part in parts:
            self.assertIn(part, self.trouble())
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertEqual(self.daemon.get("/healthz")[0], 200)  # a restart would cure nothing
        self.assertIn(self.trouble().split(";")[0][-40:], self.daemon.get("/readyz")[1])

    def watched(self):
        """What alerts look at: the breaker's state, and how many messages wait, if that is known."""
        found = {}
        for name, value in (self.daemon.metrics() or {}).items():
            if name.startswith("sluice_breaker_state{"):
                found["breaker"] = value
            if name.startswith("sluice_sqs_queue_messages{") and 'state="visible"' in name:
                found["waiting"] = value
        return found

    def check_it_goes_on(self, seconds=90):
        self.daemon.wait_ready(seconds)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", seconds)
        self.assertEqual(self.rows(), LOGINS)
        self.assertEqual(self.database.lines("SELECT reason FROM sluice.dead_letters"), [])
        self.assertEqual(self.daemon.stop(), 0)

    def check_once_fails(self, *parts):
        self.assertEqual(self.daemon.run_once(), 1, self.daemon.log())
        self.assertEqual(len(self.messages("error")), 1, self.daemon.log())
        for part in parts:
            self.assertIn(part, self.messages("error")[0])
            for line in self.messages("warning"):
                self.assertIn(part, line)  # of the same trouble, and of nothing else
        self.assertNotIn("deleted", self.totals())

    def role(self, grants):
        """The URL of a new role's login, with these rights."""
        name = "role_" + self.database.name
        self.database.lines(f"CREATE ROLE {name} LOGIN PASSWORD 'right'; " + grants.format(role=name))
        self.addCleanup(self.database.lines, f"DROP OWNED BY {name}; DROP ROLE {name}")
        host = self.database.url.rsplit("@", 1)[1]
        return name, f"postgresql://{name}:right@{host}"


class Databases(Outage):
    def test_once_with_no_server_there(self):
        self.daemon = self.daemon_for(f"postgresql://sluice@127.0.0.1:{harness.free_port()}/none")
        self.check_once_fails("refused")
        self.assertNotIn("received", self.totals())

    def test_once_with_a_wrong_password(self):
        self.daemon = self.daemon_for(self.database.url.replace("sluice:", "sluice:not-"))
        self.check_once_fails("password authentication failed")
        self.assertNotIn("received", self.totals())
        password = self.database.url.split(":")[2].split("@")[0]
        self.assertNotIn(password, self.daemon.log())

    def test_once_with_a_table_that_does_not_fit(self):
        self.database.lines("CREATE TABLE user_logins (user_id text, app_version integer)")
        self.check_once_fails('has no column "device_type"', "sluice.yaml:")
        self.assertNotIn("received", self.totals())

    def test_once_without_tables_and_told_to_make_none(self):
        self.daemon.config.write_text(harness.example(sink=["create: false"]))
        self.check_once_fails("schema sluice is missing", "sluice migrate")
        self.assertNotIn("received", self.totals())

    def test_once_with_the_schema_and_without_the_table(self):
        self.daemon.config.write_text(harness.example(sink=["create: false"]))
        self.assertEqual(self.daemon.command("migrate").returncode, 1)
        self.check_once_fails("user_logins", "does not exist", "sluice plan")

    def test_once_without_the_right_to_write(self):
        _, url = self.role(
            "GRANT CREATE ON DATABASE " + self.database.name + " TO {role}; CREATE TABLE user_logins"
            "(user_id text, device_type text, masked_ip text, masked_device_id text, locale text, "
            "app_version integer, create_date date)"
        )
        self.daemon = self.daemon_for(url)
        self.check_once_fails("permission denied for table user_logins")

    def test_a_password_that_is_put_right(self):
        name, url = self.role(
            "GRANT ALL ON DATABASE " + self.database.name + " TO {role}; "
            "GRANT ALL ON SCHEMA public TO {role}"
        )
        self.database.lines(f"ALTER ROLE {name} PASSWORD 'changed'")
        self.daemon = self.daemon_for(url)
        self.daemon.start()
        self.wait_for_trouble("password authentication failed")
        self.assertNotIn("received", self.totals())
        self.assertEqual(self.watched(), {"breaker": 2, "waiting": LOGINS})
        # It takes a person's time to come, and who watches sees what comes meanwhile.
        self.server.queue.send(*["no login"] * 7)
        wait_for(lambda: self.watched()["waiting"] == LOGINS + 7, "the queue is looked at again")
        self.server.queue.call("PurgeQueue", {})
        self.server.queue.send(*harness.Logins(seed=5).bodies(LOGINS))
        self.database.lines(f"ALTER ROLE {name} PASSWORD 'right'")
        self.check_it_goes_on()

    def test_a_right_that_is_granted_and_a_column_that_is_added(self):
        name, url = self.role(
            "GRANT CREATE ON DATABASE " + self.database.name + " TO {role}; CREATE TABLE user_logins"
            "(user_id text, device_type text, masked_ip text, masked_device_id text, "
            "app_version integer, create_date date)"
        )
        self.daemon = self.daemon_for(url)
        self.daemon.start()
        self.wait_for_trouble('has no column "locale"')
        self.assertNotIn("received", self.totals())
        self.database.lines("ALTER TABLE user_logins ADD locale text")
        wait_for(lambda: "permission denied" in self.messages("warning")[-1], "the next trouble", 90)
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertNotIn("deleted", self.totals())
        self.database.lines(f"GRANT ALL ON user_logins TO {name}")
        self.check_it_goes_on()

    def test_a_lock_on_the_table_costs_only_time(self):
        self.daemon.start()
        self.check_rows_come_in()
        with subprocess.Popen(
            ["psql", "-XAtq", "-d", self.database.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
            text=True
        ) as holder:  # fmt: skip
            holder.stdin.write("BEGIN; LOCK TABLE user_logins; SELECT 'locked';\n")
            holder.stdin.flush()
            self.assertEqual(holder.stdout.readline(), "locked\n")
            before = self.totals()["deleted"]
            self.server.queue.send(*harness.Logins(seed=6).bodies(LOGINS))
            wait_for(lambda: self.totals()["received"] >= LOGINS + 10, "it receives what is new")
            self.assertEqual(self.totals()["deleted"], before)
            holder.stdin.write("ROLLBACK;\n")
            holder.stdin.close()
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.assertEqual(self.rows(), 2 * LOGINS)
        self.assertEqual(self.daemon.stop(), 0)

    def check_rows_come_in(self):
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.assertEqual(self.rows(), LOGINS)


class Queues(Outage):
    def test_once_with_no_server_there(self):
        gone = f"http://127.0.0.1:{harness.free_port()}"
        self.daemon = self.daemon_for(self.database.url, SLUICE_ENDPOINT=gone)
        self.check_once_fails("refused")

    def test_once_with_a_queue_that_does_not_exist(self):
        self.daemon = self.daemon_for(self.database.url, SLUICE_QUEUE_URL=self.server.queue.url + "x")
        self.check_once_fails("does not exist")

    def test_a_server_that_comes_up_later(self):
        port = harness.free_port()
        self.daemon = self.daemon_for(
            self.database.url,
            SLUICE_ENDPOINT=f"http://127.0.0.1:{port}",
            SLUICE_QUEUE_URL=f"http://127.0.0.1:{port}/000000000000/logins",
        )
        self.daemon.start()
        self.wait_for_trouble("refused")
        self.assertEqual(self.watched(), {"breaker": 4})  # nothing is known of the database
        (shown,) = json.loads(self.daemon.get("/api/v1/status")[1])["pipelines"]
        self.assertEqual(shown["breaker"], "starting")
        late = harness.SqsServer(port=port)
        self.addCleanup(late.stop)
        late.queue.send(*harness.Logins(seed=5).bodies(LOGINS))
        self.server = late
        self.check_it_goes_on()

    def test_a_server_that_stands_still_for_a_while(self):
        self.daemon.start()
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.server.process.send_signal(signal.SIGSTOP)
        time.sleep(3)  # the outage itself, not a wait for something
        self.server.process.send_signal(signal.SIGCONT)
        self.server.queue.send(*harness.Logins(seed=6).bodies(LOGINS))
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.assertEqual(self.rows(), 2 * LOGINS)
        self.assertEqual(self.daemon.stop(), 0)


class FaultyAnswers(Outage):
    """The server loses connections, throttles, sends rubbish, forgets entries of a batch."""

    def test_faults_cost_only_time(self):
        server = harness.SqsServer("--faults", "4711,share=2%", queues=("logins,visibility=5s",))
        self.addCleanup(server.stop)
        made = harness.Logins(seed=10)
        logins = [made.login() for _ in range(5_000)]
        lines = pathlib.Path(self.folder, "logins.jsonl")
        lines.write_text("".join(json.dumps(each) + "\n" for each in logins))
        self.daemon = harness.Daemon(self.folder, self.database, server.queue)
        self.addCleanup(self.daemon.kill)
        self.daemon.command("send", str(lines))
        self.daemon.start()

        def stored():
            if not self.database.exists("user_logins"):
                return 0
            return self.database.count("SELECT count(DISTINCT user_id) FROM user_logins")

        wait_for(lambda: stored() == len(logins), "all logins are rows", 120)
        counts = server.stats()
        self.assertGreater(sum(counts["faults"].values()), 20, counts)
        # A send whose answer was lost is sent again, and is another message then.
        sent = counts["queues"]["logins"]["totals"]["sent"]
        wait_for(lambda: self.rows() == sent, "each message is a row")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
        self.assertEqual(self.database.lines("SELECT reason FROM sluice.dead_letters"), [])


if __name__ == "__main__":
    unittest.main()
