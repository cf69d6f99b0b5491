"""A queue service that answers rubbish, answers nothing, refuses us, or is made anew: nothing of it
is taken for "no messages", nothing is lost, and all goes on when it is well again."""

import http.server
import json
import pathlib
import socket
import threading
import time
import unittest

import harness
from harness import wait_for

LOGINS = 600


class Refuser:
    """A service that answers every request with the same error."""

    def __init__(self, port, status, code):
        outer = self
        self.asked = 0
        body = json.dumps({"__type": f"com.amazon.coral.service#{code}", "message": "by the test"})

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                self.rfile.read(int(self.headers["Content-Length"]))
                outer.asked += 1
                self.send_response(status)
                self.send_header("Content-Length", str(len(body)))
                self.send_header("x-amzn-RequestId", f"request-{outer.asked}")
                self.end_headers()
                self.wfile.write(body.encode())

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Rig(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, *options, **more):
        self.server = harness.SqsServer(*options, **more)
        self.addCleanup(self.server.stop)

    def start(self, port=None, config=None, **environment):
        """With the queue server that runs now, or that will be at the port."""
        if port is None:
            queue = self.server.queue
        else:
            endpoint = f"http://127.0.0.1:{port}"
            queue = harness.Queue(endpoint, f"{endpoint}/000000000000/logins")
            self.addCleanup(queue.close)
        self.daemon = harness.Daemon(self.folder, self.database, queue, config, **environment)
        self.addCleanup(self.daemon.kill)
        self.daemon.start()

    def send(self, seed=1):
        self.server.queue.send(*harness.Logins(seed=seed).bodies(LOGINS))

    def totals(self):
        return self.server.stats()["queues"]["logins"]["totals"]

    def rows(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def metric(self, family, **labels):
        """The sum over the samples that have these labels."""
        return sum(
            value
            for name, value in (self.daemon.metrics() or {}).items()
            if name.startswith(family + "{") and all(f'{k}="{v}"' in name for k, v in labels.items())
        )

    def check_all_is_stored(self, sent=LOGINS, seconds=90):
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", seconds)
        self.assertEqual(self.rows(), sent)
        self.assertEqual(self.database.lines("SELECT reason FROM sluice.dead_letters"), [])
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])


class Rubbish(Rig):
    def survive(self, kind, operations="ReceiveMessage+DeleteMessageBatch+ChangeMessageVisibilityBatch"):
        """Every third answer of the operations has the fault."""
        # A short timeout, so that what a spoilt answer took away comes again soon.
        self.serve("--faults", f"17,{kind}=33%,on={operations}", queues=("logins,visibility=2s",))
        self.start()
        self.send()
        wait_for(lambda: self.server.stats()["faults"].get(kind, 0) >= 10, f"ten times {kind}")
        wait_for(lambda: self.database.exists("user_logins") and self.rows() == LOGINS, "all rows", 90)
        self.check_all_is_stored()

    def test_an_html_page_is_no_empty_queue(self):
        self.survive("html_page")

    def test_truncated_json_is_no_empty_queue(self):
        self.survive("truncated")

    def test_an_empty_answer_is_no_empty_queue(self):
        self.survive("empty")

    def test_server_errors_are_asked_again(self):
        self.survive("server_error")

    def test_throttling_is_asked_again(self):
        self.survive("throttled")

    def test_a_lost_answer_of_a_delete_costs_a_redelivery_at_most(self):
        self.survive("dropped_after", "DeleteMessageBatch")

    def test_entries_of_a_batch_that_fail_go_again_alone(self):
        self.survive("failing_entries")
        # By entry: a retry of whole batches would delete many messages twice.
        self.assertLessEqual(self.totals()["deleted"], LOGINS)

    def test_a_body_that_its_md5_does_not_fit_is_neither_stored_nor_deleted(self):
        self.survive("wrong_md5", "ReceiveMessage")


class Silence(Rig):
    """B10: the other side is gone without a word, or takes connections and says nothing."""

    def test_a_server_that_only_accepts_is_given_up_and_found_anew(self):
        with socket.socket() as deaf:
            deaf.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            deaf.bind(("127.0.0.1", 0))
            deaf.listen(64)
            port = deaf.getsockname()[1]
            self.start(port)
            half_open, _ = deaf.accept()
            self.addCleanup(half_open.close)
            wait_for(lambda: "timed out" in self.daemon.log() or "in time" in self.daemon.log(),
                     "it gives up", 90)  # fmt: skip
            self.assertEqual(self.daemon.readiness(), 503)
            self.assertEqual(self.daemon.get("/healthz")[0], 200)
        # The half-open connection stays; what comes now is another.
        self.serve(port=port)
        self.send()
        self.check_all_is_stored()


class Refusals(Rig):
    """B9: what a person must repair is said once, asked for rarely, and goes on when it is repaired."""

    def test_a_wrong_secret_key_is_said_and_put_right(self):
        port = harness.free_port()
        secret = self.folder / "secret"
        secret.write_text("another-secret")
        self.serve("--signatures", f"test:{secret}", port=port)
        self.start(port)
        wait_for(lambda: "InvalidSignatureException" in self.daemon.log(), "it says what is wrong")
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertNotIn("another-secret", self.daemon.log())
        self.server.stop()
        self.serve(port=port)
        self.send()
        self.daemon.wait_ready(90)
        self.check_all_is_stored()


    def refuse(self, status, code, asked):
        """It is refused so many times, says so once, and goes on with a service that does not."""
        port = harness.free_port()
        refuser = Refuser(port, status, code)
        self.addCleanup(refuser.stop)
        self.start(port)
        wait_for(lambda: code in self.daemon.log(), "it says what is wrong")
        wait_for(lambda: refuser.asked >= asked, "it asks again", 90)
        self.assertEqual(self.daemon.log().count(code), 1)
        self.assertEqual(self.daemon.readiness(), 503)
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        wait_for(lambda: self.metric("sluice_sqs_requests_total", outcome="forbidden") == refuser.asked,
                 "it counts them")  # fmt: skip
        refuser.stop()
        self.serve(port=port)
        self.send()
        self.daemon.wait_ready(90)
        self.check_all_is_stored()

    def test_a_missing_right_is_said_once_and_granted(self):
        self.refuse(400, "AccessDeniedException", asked=2)

    def test_an_expired_token_is_said_once_and_replaced(self):
        self.refuse(403, "ExpiredTokenException", asked=2)


class Denied(Rig):
    """B9: the right to a call is missing. Its messages come again, and the log is not filled."""

    def check_it_is_said_once(self, operation):
        begin = time.monotonic()
        wait_for(
            lambda: self.metric("sluice_sqs_requests_total", operation=operation, outcome="forbidden") >= 5,
            f"five calls of {operation} are refused",
        )  # fmt: skip
        wait_for(lambda: f"{operation} failed" in self.daemon.log(), "it is said")
        said = self.daemon.log().count(f"{operation} failed")
        self.assertLessEqual(said, 1 + (time.monotonic() - begin) // 60)

    def test_of_deletes(self):
        self.serve("--deny", "DeleteMessage")
        self.start()
        self.send()
        self.check_it_is_said_once("DeleteMessageBatch")
        wait_for(lambda: self.rows() == LOGINS, "all rows")
        self.assertEqual(self.totals().get("deleted", 0), 0)

    def test_of_extensions(self):
        self.serve("--deny", "ChangeMessageVisibility", queues=("logins,visibility=6s",))
        config = harness.example(sink=["batch: { linger: 10s }"])
        self.start(config=config)
        self.send()
        self.check_it_is_said_once("ChangeMessageVisibilityBatch")
        self.check_all_is_stored()


class MadeAnew(Rig):
    """B20: somebody purges the queue, or deletes it and makes it again."""

    def test_a_purge_loses_what_the_operator_threw_away_and_nothing_else(self):
        self.serve("--latency", "DeleteMessageBatch=200ms")
        self.start()
        self.send()
        wait_for(lambda: self.totals().get("received", 0) > 0, "it works")
        self.server.queue.call("PurgeQueue", {})
        self.send(seed=2)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        kept = set(self.database.lines("SELECT user_id FROM user_logins"))
        second = {json.loads(each)["user_id"] for each in harness.Logins(seed=2).bodies(LOGINS)}
        self.assertLessEqual(second, kept)
        self.assertEqual(len(kept), self.rows())
        self.assertEqual(self.daemon.readiness(), 200)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])

    def test_a_queue_that_is_deleted_and_made_again_goes_on(self):
        port = harness.free_port()
        self.serve(port=port)
        self.start(port)
        self.send()
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        self.server.stop()
        self.serve(port=port, queues=("another",))  # the service without our queue
        wait_for(lambda: "does not exist" in self.daemon.log(), "it says so")
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.server.stop()
        self.serve(port=port)
        self.send(seed=2)
        self.daemon.wait_ready(90)
        self.check_all_is_stored(sent=2 * LOGINS)


if __name__ == "__main__":
    unittest.main()
