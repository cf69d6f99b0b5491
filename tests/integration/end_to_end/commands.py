"""What an operator tells a running daemon over HTTP: pause, resume, run; and who may."""

import http.client
import json
import subprocess
import unittest

import harness
from harness import wait_for

ROOT = "/api/v1/pipelines/user_logins"
RESTS_SECONDS = 15  # less than the half minute after which a wrong deployment is looked at again
TOKEN = "open-sesame-0123456789"


class Rig(unittest.TestCase):
    SOURCE = ("fetchers: { min: 1, max: 4 }", "wait: 1s")
    SINK = ()

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)
        self.daemon = harness.Daemon(
            folder.name, self.database, self.server.queue, self.configured()
        )
        self.addCleanup(self.daemon.kill)
        self.seed = 0
        self.sent = 0

    def configured(self):
        return harness.example(source=self.SOURCE, sink=self.SINK)

    def send(self, count):
        self.seed += 1
        self.server.queue.send(*harness.Logins(seed=self.seed).bodies(count))
        self.sent += count

    def ask(self, method, path, body=None, **fields):
        """Status, text and header fields of the answer."""
        host, port = self.daemon.admin().split("//")[1].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        try:
            named = {name.replace("_", "-"): value for name, value in fields.items()}
            connection.request(method, path, body=body, headers=named)
            answer = connection.getresponse()
            return answer.status, answer.read().decode(), answer.headers
        finally:
            connection.close()

    def tell(self, what, **fields):
        """A command that is taken; the state that it answers with."""
        status, text, _ = self.ask("POST", f"{ROOT}/{what}", **fields)
        self.assertEqual(status, 200, text)
        return json.loads(text)

    def shown(self):
        return json.loads(self.daemon.get(ROOT)[1])

    def wait_for_state(self, state):
        wait_for(lambda: self.shown()["state"] == state, state)
        return self.shown()

    def totals(self):
        return self.server.stats()["queues"]["logins"]["totals"]

    def check_all_are_stored_once(self):
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), self.sent)
        self.assertEqual(self.totals()["received"], self.sent)


class Pause(Rig):
    HELD = 300
    LATER = 200

    def test_what_is_held_is_finished_and_the_rest_stays_on_the_queue(self):
        """E16: an operator's pause"""
        self.daemon.start()
        self.daemon.wait_ready()
        # Somebody has locked the table, so that what is received stays in flight.
        locked = subprocess.Popen(
            ["psql", "-XAtq", "-d", self.database.url], stdin=subprocess.PIPE, text=True
        )
        self.addCleanup(locked.kill)
        locked.stdin.write("BEGIN; LOCK TABLE user_logins;\n")
        locked.stdin.flush()
        wait_for(
            lambda: self.database.count(
                "SELECT count(*) FROM pg_locks WHERE relation = 'user_logins'::regclass AND granted"
            ),
            "the table is locked",
        )
        self.send(self.HELD)
        wait_for(lambda: self.shown()["uncommitted"] == self.HELD, "all are in flight")

        told = self.tell("pause")
        self.assertEqual((told["state"], told["uncommitted"]), ("paused", self.HELD))
        self.assertIn("operator", told["why"])
        self.assertEqual(self.tell("pause")["state_since_ms"], told["state_since_ms"])
        wait_for(lambda: self.shown()["source"]["fetchers"]["polling"] == 0, "the polls have ended")
        polls = self.shown()["source"]["polls"]
        self.send(self.LATER)

        locked.communicate("COMMIT;\n")
        wait_for(lambda: self.totals().get("deleted", 0) == self.HELD, "what was held is deleted")
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), self.HELD)
        self.assertEqual(self.tell("run")["state"], "paused")  # which lifts no pause
        self.assertEqual(self.shown()["source"]["polls"], polls)
        self.assertEqual(self.server.queue.visible(), self.LATER)

        # Not ready, and alive: whoever watches over the process must not end it for this.
        status, text = self.daemon.get("/readyz")
        self.assertEqual(status, 503)
        self.assertIn("operator", text)
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        status = json.loads(self.daemon.get("/api/v1/status")[1])
        self.assertEqual((status["ready"], status["pipelines"][0]["state"]), (False, "paused"))

        self.assertEqual(self.tell("resume")["state"], "running")
        self.assertEqual(self.tell("resume")["state"], "running")
        self.daemon.wait_ready()
        self.check_all_are_stored_once()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-2000:])

    def test_a_paused_daemon_stops_as_usual_and_forgets_the_pause(self):
        self.daemon.start()
        self.daemon.wait_ready()
        self.tell("pause")
        self.send(self.LATER)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-2000:])
        self.daemon.start()
        self.check_all_are_stored_once()


class Brake(Rig):
    SOURCE = ("fetchers: { min: 1, max: 1 }", "wait: 1s")
    SINK = ("batch: { rows: 50 }",)
    BAD = 1_500
    PULLED_AT = 200

    def configured(self):
        brake = f"    on_error: {{ brake: {{ share: 20%, count: {self.PULLED_AT} }} }}\n"
        return super().configured().replace("    sink:\n", brake + "    sink:\n")

    def letters(self):
        return self.database.count("SELECT count(*) FROM sluice.dead_letters")

    def test_resume_releases_it_as_often_as_it_is_pulled(self):
        """C14"""
        self.server.queue.send(*['{"oops":1}'] * self.BAD)
        self.daemon.start()
        wait_for(lambda: self.daemon.readiness() == 503, "the admin server answers")
        pulled = 0
        while True:
            wait_for(
                lambda: self.shown()["state"] == "braked" or self.server.queue.left() == 0,
                "it is braked, or has seen all",
            )
            seen = self.shown()
            if seen["state"] != "braked":
                break
            pulled += 1
            self.assertIn("became dead letters", seen["why"])
            self.assertEqual(self.daemon.get("/readyz")[0], 503)
            self.assertEqual(self.daemon.get("/healthz")[0], 200)
            self.assertEqual(self.tell("run")["state"], "braked")  # which does not release it
            self.tell("resume")
        # The window begins anew: each time it takes as many letters as the first time.
        self.assertGreaterEqual(pulled, 2)
        self.assertLessEqual(pulled, self.BAD // self.PULLED_AT)
        self.assertEqual(self.letters(), self.BAD)
        self.assertEqual(self.totals()["received"], self.BAD)  # what was held came in, too

        # Good ones and the daemon fare well again.
        self.send(200)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.assertEqual(self.database.count("SELECT count(*) FROM user_logins"), 200)
        self.daemon.wait_ready()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-2000:])

    def test_a_lost_connection_that_is_back_does_not_say_that_it_receives(self):
        self.server.queue.send(*['{"oops":1}'] * self.BAD)
        self.daemon.start()
        wait_for(lambda: self.daemon.readiness() == 503, "the admin server answers")
        self.wait_for_state("braked")
        before = len(self.daemon.log())
        self.database.lines(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )
        again = "the database takes writes; "
        wait_for(lambda: again in self.daemon.log()[before:], "it is connected again")
        line = next(each for each in self.daemon.log()[before:].splitlines() if again in each)
        self.assertIn("nothing is received, the brake is pulled", line)
        lost = [each for each in self.daemon.log()[before:].splitlines() if "is received until" in each]
        self.assertTrue(lost)
        for each in lost:
            self.assertIn("nothing is received until the brake is released", each)
        self.assertEqual(self.daemon.stop(), 0)
        self.assertRegex(self.daemon.log(), r"ended; \d+ received: 0 rows, .* of unknown outcome; \d+ s")


class WrongDeployment(Rig):
    def test_once_mended_resume_goes_on_at_once(self):
        """D7: a table that is gone, in mid-stream"""
        self.daemon.start()
        self.daemon.wait_ready()
        self.database.lines("ALTER TABLE user_logins RENAME TO elsewhere")
        self.send(100)
        wait_for(lambda: self.shown()["breaker"] == "needs_repair", "it waits for a person")
        self.assertEqual(self.shown()["state"], "waiting")
        self.assertIn("user_logins", self.shown()["why"])
        self.database.lines("ALTER TABLE elsewhere RENAME TO user_logins")
        self.tell("resume")
        self.daemon.wait_ready(RESTS_SECONDS)
        self.check_all_are_stored_once()

    def test_once_mended_run_goes_on_at_once_also_at_the_start(self):
        made = self.daemon.command("migrate")
        self.assertEqual(made.returncode, 0, made.stderr)
        self.daemon.config.write_text(harness.example(source=self.SOURCE, sink=["create: false"]))
        self.database.lines("ALTER TABLE user_logins RENAME TO elsewhere")
        self.daemon.start()
        wait_for(lambda: "does not exist" in (self.daemon.get("/readyz") or (0, ""))[1], "it says so")
        self.assertEqual(self.shown()["state"], "waiting")
        self.assertEqual(self.shown()["phase"], "starting")
        self.send(100)
        self.database.lines("ALTER TABLE elsewhere RENAME TO user_logins")
        self.tell("run")
        self.daemon.wait_ready(RESTS_SECONDS)
        self.check_all_are_stored_once()

    def test_a_queue_that_is_there_again_is_polled_at_once(self):
        """B9"""
        self.daemon.start()
        self.daemon.wait_ready()
        gone = self.server.queue
        self.server.stop()
        port = int(self.server.endpoint.rsplit(":", 1)[1])
        self.server = harness.SqsServer(port=port, queues=("another",))
        self.addCleanup(self.server.stop)
        wait_for(lambda: "QueueDoesNotExist" in str(self.shown()["why"]), "it says so")
        self.assertEqual(self.shown()["state"], "waiting")
        self.server.queue.call("CreateQueue", {"QueueName": "logins"})
        self.server.queues.append(gone)
        self.server.queue = gone
        self.send(100)
        self.tell("run")
        self.daemon.wait_ready(RESTS_SECONDS)
        self.check_all_are_stored_once()


class Access(Rig):
    """E16: who is at the door"""

    def start(self):
        self.daemon.start()
        self.daemon.wait_ready()

    def refused(self, status, path=f"{ROOT}/pause", method="POST", **fields):
        got, text, named = self.ask(method, path, **fields)
        self.assertEqual(got, status, text)
        self.assertNotIn("user_logins", text)
        return named

    def test_no_web_page_commands_it(self):
        self.start()
        port = self.daemon.admin().rsplit(":", 1)[1]
        self.refused(403, Origin="http://evil.example")
        self.refused(403, Origin="null")
        self.refused(403, Origin=f"http://127.0.0.1:{port}")
        for host in ("evil.example", f"evil.example:{port}", "localhost.evil.example", "127.0.0.1.evil.example",
                     "10.0.0.1", "[fe80::1]", "localhost:x"):  # fmt: skip
            self.refused(403, Host=host)
        # Nor does one read what it shows; scrapers and probes ask by whatever address they know.
        for path in ("/api/v1/status", "/api/v1/events", ROOT):
            self.refused(403, path, "GET", Host=f"evil.example:{port}")
            self.refused(403, path, "GET", Origin="http://evil.example")
        for path in ("/metrics", "/healthz", "/readyz"):
            self.assertEqual(self.ask("GET", path, Host="10.0.0.1")[0], 200)
        self.assertEqual(self.shown()["state"], "running")
        for host in ("localhost", f"localhost:{port}", "127.0.0.1", "127.0.0.2", "[::1]", "LOCALHOST"):
            self.assertEqual(self.tell("pause", Host=host)["state"], "paused")
            self.assertEqual(self.tell("resume", Host=host)["state"], "running")

    def test_methods_names_and_bodies(self):
        self.start()
        self.assertEqual(self.refused(405, method="GET")["Allow"], "POST")
        self.assertEqual(self.refused(405, method="DELETE")["Allow"], "POST")
        self.assertEqual(self.refused(405, path=ROOT)["Allow"], "GET, HEAD")
        self.refused(404, path="/api/v1/pipelines/nobody/pause")
        self.refused(404, path="/api/v1/pipelines/nobody", method="GET")
        self.refused(404, path="/api/v1/pipelines//pause")
        self.refused(404, path=f"{ROOT}/explode")
        self.refused(413, body="{}")
        self.refused(413, body="x" * 1_000_000)
        self.assertEqual(self.ask("POST", f"{ROOT}/pause", body="")[0], 200)
        self.assertEqual(self.ask("HEAD", ROOT)[:2], (200, ""))

    def test_with_a_token_only_the_token_counts(self):
        self.daemon.config.write_text(
            self.daemon.config.read_text().replace(
                "listen: 127.0.0.1:0", f'listen: 127.0.0.1:0, token: "{TOKEN}"'
            )
        )
        self.start()
        right = {"Authorization": f"Bearer {TOKEN}"}
        for wrong in ({}, {"Authorization": "Bearer " + TOKEN[:-1]}, {"Authorization": f"Basic {TOKEN}"}):
            for method, path in (("POST", f"{ROOT}/pause"), ("GET", ROOT), ("POST", "/api/v1/pipelines/no/run")):
                self.assertEqual(self.refused(401, path, method, **wrong)["WWW-Authenticate"], "Bearer")
        # Who has it may come from anywhere: no page of a website has it.
        self.assertEqual(self.tell("pause", Origin="http://ops.example", Host="sluice.example", **right)["state"],
                         "paused")  # fmt: skip
        self.assertEqual(self.ask("GET", ROOT, **right)[0], 200)

        log = self.daemon.log()
        self.assertNotIn(TOKEN, log)
        told = [line for line in log.splitlines() if "from 127.0.0.1" in line]
        self.assertEqual(len(told), 7)
        self.assertEqual(len([line for line in told if "refused: without the token" in line]), 6)
        self.assertIn("user_logins: pause from 127.0.0.1: paused", told[-1])


if __name__ == "__main__":
    unittest.main()
