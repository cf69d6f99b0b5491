"""SIGHUP: the daemon reads its configuration again, and takes all of it or nothing."""

import hashlib
import json
import os
import pathlib
import signal
import subprocess
import unittest
import urllib.request

import harness
from harness import wait_for

RELOADS = 50
EACH = 300  # messages that are sent before each of them


class Reload(unittest.TestCase):
    QUEUES = ("logins,visibility=10s",)

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.serve()
        self.logins = harness.Logins(seed=5)

    def serve(self):
        self.server = harness.SqsServer(queues=self.QUEUES)
        self.addCleanup(self.server.stop)

    def begin(self, config=None, **environment):
        self.config = config or harness.example()
        self.daemon = harness.Daemon(
            self.folder, self.database, self.server.queue, self.config, **environment
        )
        self.addCleanup(self.daemon.kill)
        self.daemon.start()
        self.daemon.wait_ready()

    def metric(self, name):
        return (self.daemon.metrics() or {}).get(name)

    def ended(self):
        """Requests that were answered, as (accepted, refused)."""
        metrics = self.daemon.metrics() or {}
        return tuple(
            metrics.get(f'sluice_config_reload_total{{result="{result}"}}')
            for result in ("accepted", "refused")
        )

    def hang_up(self):
        """Until the log tells the outcome; what it has told since is returned."""
        begin = len(self.daemon.log())
        self.daemon.process.send_signal(signal.SIGHUP)

        def outcome():
            told = self.daemon.log()[begin:]
            return told if " is in force; " in told or " is refused, and " in told else None

        return wait_for(outcome, "the answer to SIGHUP")

    def accept(self, config=None):
        if config is not None:
            self.daemon.config.write_text(config)
        told = self.hang_up()
        self.assertIn(" is in force; ", told)
        self.assertEqual(self.metric("sluice_config_last_reload_successful"), 1)
        return told

    def refuse(self, config, *told):
        if config is not None:
            self.daemon.config.write_text(config)
        log = self.hang_up()
        self.assertIn(" is refused, and what was read before stays in force", log)
        for each in told:
            self.assertIn(each, log)
        self.assertEqual(self.metric("sluice_config_last_reload_successful"), 0)
        self.assertIsNone(self.daemon.process.poll())

    def send(self, count=10, queue=0):
        bodies = self.logins.bodies(count)
        self.server.queues[queue].send(*bodies)
        return [json.loads(each)["user_id"] for each in bodies]

    def stored(self, table="user_logins"):
        if not self.database.exists(table):
            return []
        return sorted(self.database.lines(f"SELECT user_id FROM {table}"))

    def check_flow(self, queue=0, table="user_logins"):
        sent = self.send(queue=queue)
        wait_for(lambda: set(sent) <= set(self.stored(table)), "new messages are stored")


class UnderLoad(Reload):
    def check_law(self):
        """Received = all ends and what is not committed, at every scrape."""
        metrics = self.daemon.metrics()

        def total(name):
            return sum(value for key, value in metrics.items() if key.startswith(name + "{"))

        self.assertEqual(
            total("sluice_sqs_messages_received_total"),
            total("sluice_records_total") + total("sluice_uncommitted_messages"),
        )

    def test_fifty_of_them_lose_and_double_nothing(self):
        self.begin()
        sent = []
        for number in range(RELOADS):
            sent += self.send(EACH)
            rows = 20 + number
            told = self.accept(
                harness.example(source=["wait: 1s"], sink=[f"batch: {{ rows: {rows} }}"])
            )
            self.assertIn("1 replaced", told)
            self.check_law()
        self.assertEqual(self.ended(), (RELOADS, 0))
        wait_for(lambda: self.server.queue.left() == 0, "the queue is drained")
        self.assertEqual(self.stored(), sorted(sent))
        self.assertEqual(self.database.count("SELECT count(*) FROM sluice.dead_letters"), 0)
        # The counts of a pipeline go on when it is replaced.
        rows = 'sluice_records_total{pipeline="user_logins",result="row"}'
        self.assertEqual(self.metric(rows), len(sent))
        self.assertEqual(self.metric('sluice_conservation_gap{pipeline="user_logins"}'), 0)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])

    def test_signals_that_come_in_a_row_end_with_what_the_file_says_last(self):
        self.begin()
        for rows in range(20, 40):
            self.daemon.config.write_text(harness.example(sink=[f"batch: {{ rows: {rows} }}"]))
            self.daemon.process.send_signal(signal.SIGHUP)
        last = self.config + "# the last one\n"
        self.daemon.config.write_text(last)
        self.daemon.process.send_signal(signal.SIGHUP)
        told = f"(hash {hashlib.sha256(last.encode()).hexdigest()[:16]}) is in force"
        wait_for(lambda: told in self.daemon.log(), "the last one is in force")
        self.assertIn("0 replaced, 0 ended, 1 kept", self.accept())
        self.check_flow()

    def test_a_stop_in_the_midst_of_one_is_a_stop(self):
        self.begin()
        sent = self.send(2_000)
        self.daemon.config.write_text(harness.example(sink=["batch: { rows: 7 }"]))
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: "SIGHUP: reading" in self.daemon.log(), "it has begun")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.assertEqual(self.stored(), sorted(sent))

    def test_an_operators_pause_outlives_it(self):
        self.begin()
        self.command("pause")
        self.accept(harness.example(sink=["batch: { rows: 7 }"]))
        self.assertIn('"paused"', self.daemon.get("/api/v1/pipelines/user_logins")[1])
        sent = self.send()
        self.command("resume")
        wait_for(lambda: set(sent) <= set(self.stored()), "it goes on when it is told to")

    def command(self, name):
        path = f"{self.daemon.admin()}/api/v1/pipelines/user_logins/{name}"
        with urllib.request.urlopen(urllib.request.Request(path, method="POST"), timeout=10) as answer:
            self.assertEqual(answer.status, 200)


class BadOnes(Reload):
    def test_each_is_refused_with_its_place_and_the_old_one_goes_on(self):
        self.begin()
        good = self.config
        cases = [
            ("pipelines: [\n", "sluice.yaml:"),
            (good.replace("    sink:", "    snik:"), ": pipelines.user_logins.snik: "),
            (good.replace("type: text, max_length: 128", "type: txet"), "columns.user_id.type: "),
            (good.replace("mask: seal", "mask: hide"), "columns.masked_ip.mask: "),
            (good.replace("${env:DATABASE_URL}", "${env:SLUICE_NO_SUCH}"), "SLUICE_NO_SUCH"),
            (good.replace("${env:DATABASE_URL}", "${file:no-such-file}"), "no-such-file"),
            (good.replace("${env:DATABASE_URL}", "postgresql://h:pass/word@x/y"), "is not escaped"),
            (good.replace("${env:SLUICE_KEYRING}", "no-keyring.json"), ": keys.keyring: "),
            (good.replace("127.0.0.1:0", f"127.0.0.1:{harness.free_port()}"),
             ": admin.listen: cannot change while the daemon runs; restart it"),
            (good + "log: { format: text }\n", ": log.format: cannot change while the daemon runs"),
            ("", "sluice.yaml"),
        ]  # fmt: skip
        for number, (config, told) in enumerate(cases, 1):
            with self.subTest(told):
                self.assertNotEqual(config, good)
                self.refuse(config, told)
                self.assertEqual(self.ended(), (0, number))
        self.check_flow()
        self.assertNotIn("pass/word", self.daemon.log())
        self.accept(good)
        self.check_flow()

    def test_a_keyring_that_cannot_be_used_is_refused(self):
        self.begin()
        keyring = self.daemon.keyring
        kept = keyring.read_text()
        keyring.write_text(kept.replace('"keys"', '"kyes"'))
        self.refuse(None, ": keys.keyring: ", "must be one object")
        keyring.write_text(kept)
        keyring.chmod(0o644)
        self.refuse(None, ": keys.keyring: ", "is open to everybody")
        keyring.unlink()
        self.refuse(None, ": keys.keyring: ", "cannot be opened")
        self.check_flow()

    def test_with_once_it_is_left_alone(self):
        # It does not end while somebody else holds a message.
        sent = self.send(1)
        held = self.server.queue.call("ReceiveMessage", {"VisibilityTimeout": 3600})["Messages"][0]
        self.daemon = harness.Daemon(self.folder, self.database, self.server.queue)
        self.addCleanup(self.daemon.kill)
        self.daemon.start("--once")
        wait_for(self.daemon.admin, "it runs")
        self.daemon.process.send_signal(signal.SIGHUP)
        told = "SIGHUP: with --once the configuration is read only at the start"
        wait_for(lambda: told in self.daemon.log(), "it says so")
        handle = {"ReceiptHandle": held["ReceiptHandle"], "VisibilityTimeout": 0}
        self.server.queue.call("ChangeMessageVisibility", handle)
        self.assertEqual(self.daemon.process.wait(timeout=60), 0, self.daemon.log())
        self.assertEqual(self.stored(), sent)


class Pipelines(Reload):
    QUEUES = ("logins,visibility=10s", "others,visibility=10s")

    def two(self, name="other_logins", table="other_logins"):
        """The example twice; the other one by names of its own."""
        text = harness.example()
        at, end = text.index("  user_logins:"), text.index("\nkeys:")
        other = (
            text[at:end].replace("  user_logins:", f"  {name}:", 1)
            .replace("table: user_logins ", f"table: {table} ")
            .replace("${env:SLUICE_QUEUE_URL}", self.server.queues[1].url)
        )  # fmt: skip
        return text[:end] + "\n" + other + text[end:]

    def backends(self):
        """Of the connections that store rows of user_logins."""
        return set(self.database.lines(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() "
            "AND query LIKE '%user_logins%' AND pid <> pg_backend_pid()"
        ))  # fmt: skip

    def test_they_come_and_go_and_the_others_notice_nothing(self):
        self.begin()
        self.check_flow()
        backends = self.backends()
        self.assertTrue(backends)
        told = self.accept(self.two())
        self.assertIn("1 begun, 0 replaced, 0 ended, 1 kept", told)
        self.check_flow(queue=1, table="other_logins")
        self.assertIn('"other_logins"', self.daemon.get("/api/v1/status")[1])

        told = self.accept(self.two(name="renamed"))
        self.assertIn("1 begun, 0 replaced, 1 ended, 1 kept", told)
        self.check_flow(queue=1, table="other_logins")

        told = self.accept(self.config)
        self.assertIn("0 begun, 0 replaced, 1 ended, 1 kept", told)
        self.assertNotIn('"renamed"', self.daemon.get("/api/v1/status")[1])
        self.check_flow()
        self.assertLessEqual(backends, self.backends())
        self.send(queue=1)
        self.assertEqual(self.server.queues[1].visible(), 10)  # nobody takes them any more
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])

    def test_each_tends_the_ledger_whatever_becomes_of_the_others(self):
        lost = self.server.queue.url + "-that-never-was"
        self.config = self.two().replace("${env:SLUICE_QUEUE_URL}", lost)
        self.daemon = harness.Daemon(self.folder, self.database, self.server.queue, self.config)
        self.addCleanup(self.daemon.kill)
        self.daemon.start()
        told = 'sluice_ledger_end_timestamp_seconds{pipeline="other_logins"}'
        wait_for(lambda: self.metric(told), "its days are looked after")
        self.assertIsNone(self.metric(told.replace("other", "user")))  # which waits for its queue
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])


class Secrets(Reload):
    def test_a_password_that_was_rotated(self):
        role = self.database.name + "_role"
        self.database.lines(f"CREATE ROLE {role} LOGIN SUPERUSER PASSWORD 'first'")
        self.addCleanup(harness.psql, self.database.server, f"DROP ROLE {role}")
        self.addCleanup(self.database.drop)
        url = self.folder / "database-url"
        place = self.database.url.split("@")[1]
        url.touch(mode=0o600)
        url.write_text(f"postgresql://{role}:first@{place}\n")
        self.begin(harness.example().replace("${env:DATABASE_URL}", "${file:database-url}"))
        self.check_flow()

        self.database.lines(f"ALTER ROLE {role} PASSWORD 'second'")
        self.database.lines(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{role}'"
        )
        sent = self.send()
        wait_for(lambda: "password authentication failed" in self.daemon.log(), "it says why it waits")
        url.write_text(f"postgresql://{role}:second@{place}\n")
        self.assertIn("1 replaced", self.accept())
        wait_for(lambda: set(sent) <= set(self.stored()), "what waited is stored")
        for secret in ("first@", "second@"):
            self.assertNotIn(secret, self.daemon.log())

    def test_a_new_key_masks_from_then_on(self):
        self.begin()
        self.check_flow()

        def key_ids():
            return set(self.database.lines("SELECT split_part(masked_ip, '.', 2) FROM user_logins"))

        def keys(step, *key):
            path = str(self.daemon.keyring)
            return harness.run_sluice("keys", step, "--keyring", path, *key).stdout

        first = key_ids()
        keys("add")
        second = {each["id"] for each in json.loads(self.daemon.keyring.read_text())["keys"]} - first
        self.assertIn("1 replaced", self.accept())
        self.check_flow()
        self.assertEqual(key_ids(), first)
        keys("promote", *second)
        self.assertIn("1 replaced", self.accept())
        self.check_flow()
        self.assertEqual(key_ids(), first | second)
        self.assertNotEqual(first, second)

    def test_a_token_of_the_admin_server_and_the_level_of_the_log(self):
        self.begin()
        self.assertEqual(self.daemon.get("/api/v1/status")[0], 200)
        with_token = self.config.replace("127.0.0.1:0 }", '127.0.0.1:0, token: "a-long-new-token" }')
        self.assertIn("0 replaced, 0 ended, 1 kept", self.accept(with_token))
        self.assertEqual(self.daemon.get("/api/v1/status")[0], 401)

        self.daemon.config.write_text(with_token + "log: { level: error }\n")
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.ended() == (2, 0), "the level is taken")
        silent_since = len(self.daemon.log())
        self.daemon.process.send_signal(signal.SIGHUP)
        wait_for(lambda: self.ended() == (3, 0), "it is read once more")
        self.assertEqual(self.daemon.log()[silent_since:], "")


class Authorities(Reload):
    """Certificates of the queue's server are of another authority from some day on."""

    def serve(self):
        for name, days in (("old", "1"), ("new", "2")):
            subprocess.run(
                ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
                 "-nodes", "-days", days, "-subj", f"/CN={name}", "-addext",
                 "subjectAltName=IP:127.0.0.1", "-keyout", self.folder / f"{name}.key",
                 "-out", self.folder / f"{name}.pem"],
                check=True, capture_output=True,
            )  # fmt: skip
        self.bundle = self.folder / "bundle.pem"
        self.serve_with("old", port=harness.free_port())
        self.trust("old")

    def serve_with(self, name, port):
        files = f"{self.folder / name}.pem,{self.folder / name}.key"
        self.server = harness.SqsServer("--tls", files, queues=self.QUEUES, port=port)
        self.addCleanup(self.server.stop)

    def trust(self, name):
        new = self.bundle.with_suffix(".new")
        new.write_text((self.folder / f"{name}.pem").read_text())
        os.replace(new, self.bundle)

    def check_flow(self):
        bodies = self.logins.bodies(5)
        lines = self.folder / "lines"
        lines.write_text("".join(each + "\n" for each in bodies))
        sent = self.daemon.command("send", str(lines))
        self.assertEqual(sent.returncode, 0, sent.stderr)
        wait_for(
            lambda: {json.loads(each)["user_id"] for each in bodies} <= set(self.stored()),
            "new messages are stored",
        )

    def check_told_end(self, name):
        """Of the certificate that the server shows now."""
        told = 'sluice_certificate_expiry_timestamp_seconds{pipeline="user_logins",peer="queue"}'
        end = harness.certificate_end(self.folder / f"{name}.pem")
        self.assertEqual(self.daemon.metrics()[told], end)

    def test_authorities_that_were_rotated(self):
        self.begin(AWS_CA_BUNDLE=str(self.bundle))
        self.check_flow()
        self.check_told_end("old")
        port = int(self.server.endpoint.rsplit(":", 1)[1])
        self.server.stop()
        self.serve_with("new", port)
        self.bundle.write_text("no certificate\n")
        self.refuse(None, "bundle.pem")
        self.trust("new")
        self.assertIn("1 replaced", self.accept())
        self.check_flow()
        self.check_told_end("new")
        self.assertIn("0 replaced, 0 ended, 1 kept", self.accept())


if __name__ == "__main__":
    unittest.main()
