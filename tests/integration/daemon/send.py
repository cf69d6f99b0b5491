"""sluice send: every line that SQS can take arrives unchanged, the others are told by number."""

import json
import os
import pathlib
import pty
import subprocess
import unittest

import harness

LONGEST = 1024 * 1024

CONFIG = """pipelines:
  logins:
    source: {{ sqs: {{ queue_url: "{url}", endpoint: "{endpoint}" }} }}
    record: {{ columns: {{ user_id: {{ type: text, from: /user_id }} }} }}
    sink: {{ postgres: {{ url: "${{env:NO_SUCH_DATABASE}}", table: logins }} }}
"""


def received(queue):
    """All bodies that lie in the queue."""
    bodies = []
    while True:
        messages = queue.call("ReceiveMessage", {"MaxNumberOfMessages": 10}).get("Messages", [])
        if not messages:
            return bodies
        bodies += [each["Body"] for each in messages]


def drained(queue):
    """All bodies of a FIFO queue, deleted as they come."""
    bodies = []
    while True:
        messages = queue.call("ReceiveMessage", {"MaxNumberOfMessages": 10}).get("Messages", [])
        if not messages:
            return bodies
        bodies += [each["Body"] for each in messages]
        entries = [
            {"Id": str(i), "ReceiptHandle": each["ReceiptHandle"]} for i, each in enumerate(messages)
        ]
        queue.call("DeleteMessageBatch", {"Entries": entries})


class Sending(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def serve(self, *options):
        server = harness.SqsServer(*options)
        self.addCleanup(server.stop)
        return server

    def fifo(self, *options, **settings):
        queue = "logins.fifo" + "".join(f",{name}={value}" for name, value in settings.items())
        server = harness.SqsServer(*options, queues=(queue,))
        self.addCleanup(server.stop)
        return server

    def command(self, queue, *arguments):
        config = self.folder / "sluice.yaml"
        config.write_text(CONFIG.format(url=queue.url, endpoint=queue.endpoint))
        environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
        }
        command = [str(harness.BUILD / "sluice"), "send", "-c", str(config), *arguments]
        return {"args": command, "env": environment}

    def send(self, queue, text, *options, file=None):
        """Sends a text, through a file or standard input."""
        name = "-"
        if file is not None:
            name = str(self.folder / file)
            pathlib.Path(name).write_bytes(text)
            text = b""
        done = subprocess.run(
            **self.command(queue, name, *options), input=text, capture_output=True, timeout=120
        )
        return done.returncode, done.stdout.decode(), done.stderr.decode()

    def test_every_line_arrives_unchanged_and_once(self):
        server = self.serve()
        lines = harness.Logins(seed=1).bodies(25_000)
        lines += ["not JSON", '{"a":1,"a":2}', ' {"padded":"\\u0000"} ', "\u00e9\U0001f600", '"\\']
        code, out, err = self.send(server.queue, "\n".join(lines).encode(), file="f.jsonl")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, f"sent {len(lines)}, not sent 0, empty lines left out 0\n")
        self.assertEqual(sorted(received(server.queue)), sorted(lines))

    def test_batches_are_full_and_never_too_large(self):
        server = self.serve()
        self.send(server.queue, b"a\n" * 1000)
        self.assertEqual(server.stats()["operations"]["SendMessageBatch"]["calls"], 100)
        large = [character * (LONGEST // 2) for character in "abc"]
        code, out, err = self.send(server.queue, "\n".join([*large, "d" * LONGEST, "e"]).encode())
        self.assertEqual((code, err), (0, ""))
        bodies = received(server.queue)
        self.assertEqual(sorted(map(len, bodies))[-4:], [LONGEST // 2] * 3 + [LONGEST])
        self.assertEqual(len(bodies), 1005)

    def test_what_cannot_be_sent_is_told_by_its_line_and_the_rest_goes_on(self):
        server = self.serve()
        text = b"one\n\n" + b"x" * (LONGEST + 1) + b"\ntwo\nbad \x01\n\xff\n\r\nthree"
        code, out, err = self.send(server.queue, text, file="f.jsonl")
        self.assertEqual(code, 1)
        self.assertEqual(out, "sent 3, not sent 3, empty lines left out 2\n")
        name = str(self.folder / "f.jsonl")
        self.assertEqual(
            err,
            f"{name}:3: is longer than 1048576 bytes, the most that SQS takes; make it shorter\n"
            f"{name}:5: has a character at byte 5 that SQS does not take; remove or escape it\n"
            f"{name}:6: is no UTF-8, which is all that SQS takes; convert the file\n",
        )
        self.assertEqual(sorted(received(server.queue)), ["one", "three", "two"])

    def test_an_empty_file_is_nothing_to_send(self):
        server = self.serve()
        code, out, err = self.send(server.queue, b"")
        self.assertEqual((code, out, err), (0, "sent 0, not sent 0, empty lines left out 0\n", ""))

    def test_a_folder_cannot_be_sent(self):
        server = self.serve()
        done = subprocess.run(
            **self.command(server.queue, str(self.folder)), capture_output=True, text=True
        )
        self.assertEqual(done.returncode, 1)
        self.assertIn("cannot be read behind line 0", done.stderr)

    def test_faults_of_the_service_cost_no_message(self):
        share = "5%"
        kinds = ["server_error", "slow_down", "throttled", "html_page", "dropped_before"]
        faults = ",".join(f"{kind}={share}" for kind in [*kinds, "failing_entries"])
        server = self.serve("--faults", f"7,{faults}")
        lines = [f"line {i}" for i in range(5_000)]
        code, out, err = self.send(server.queue, "\n".join(lines).encode())
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "sent 5000, not sent 0, empty lines left out 0\n")
        self.assertEqual(server.queue.left(), len(lines))

    def test_lost_answers_may_double_a_message_but_lose_none(self):
        server = self.serve("--faults", "3,dropped_after=10%,truncated=5%")
        lines = [f"line {i}" for i in range(2_000)]
        code, _, err = self.send(server.queue, "\n".join(lines).encode())
        self.assertEqual((code, err), (0, ""))
        self.assertGreaterEqual(server.queue.left(), len(lines))

    def test_a_queue_that_does_not_exist_ends_it_and_says_what_is_left(self):
        server = self.serve()
        queue = harness.Queue(server.endpoint, server.queue.url + "_none")
        self.addCleanup(queue.close)
        code, out, err = self.send(queue, b"a\n" * 5_000, file="f.jsonl")
        self.assertEqual(code, 1)
        first, second = err.splitlines()
        self.assertRegex(first, r"sluice\.yaml:3: pipelines\.logins\.source\.sqs\.queue_url: .*; ")
        self.assertTrue(first.endswith("; make the queue, or correct its URL"), first)
        self.assertRegex(second, r"f\.jsonl: lines 1-\d+ were perhaps not sent, and nothing behind")
        self.assertTrue(out.startswith("sent 0, not sent "), out)

    def test_wrong_credentials_end_it(self):
        secret = self.folder / "secret"
        secret.write_text("another")
        secret.chmod(0o600)
        server = self.serve("--signatures", f"test:{secret}")
        code, out, err = self.send(server.queue, b"a\n")
        self.assertEqual(code, 1)
        self.assertIn("; look at the credentials, and allow them sqs:SendMessage\n", err)

    def test_a_fifo_queue_gets_each_group_in_its_order_and_once(self):
        faults = "server_error=3%,dropped_after=3%,truncated=2%,failing_entries=5%,on=SendMessageBatch"
        server = self.fifo("--faults", f"5,{faults}")
        lines = [json.dumps({"n": i, "user": {"id": i * i % 17}}) for i in range(2_000)]
        code, out, err = self.send(
            server.queue, "\n".join(lines).encode(), "--group-from", "/user/id"
        )
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(out, "sent 2000, not sent 0, empty lines left out 0\n")
        groups = {}
        for body in drained(server.queue):
            one = json.loads(body)
            groups.setdefault(one["user"]["id"], []).append(one["n"])
        self.assertEqual(sum(map(len, groups.values())), len(lines))
        for numbers in groups.values():
            self.assertEqual(numbers, sorted(set(numbers)))

    def test_one_group_for_all_keeps_the_order_of_the_file(self):
        server = self.fifo()
        lines = [f"line {i}" for i in range(100)] * 2
        code, _, err = self.send(server.queue, "\n".join(lines).encode(), "--group-id", "g")
        self.assertEqual((code, err), (0, ""))
        self.assertEqual(drained(server.queue), lines)

    def test_what_is_one_message_to_a_fifo_queue_is_for_the_sender_to_say(self):
        text = b'{"id":"a","n":1}\n{"id":"a","n":2}\n{"id":"b","n":1}\n{"id":"a","n":1}\n'
        for same, left in ((), 4), (("--same", "content"), 3), (("--same", "/id"), 2):
            server = self.fifo()
            code, out, err = self.send(server.queue, text, "--group-id", "g", *same)
            self.assertEqual((code, err), (0, ""))
            self.assertEqual(out, "sent 4, not sent 0, empty lines left out 0\n")
            self.assertEqual(len(drained(server.queue)), left, same)

    def test_a_line_without_its_group_is_told_and_the_rest_goes_on(self):
        server = self.fifo()
        text = b'{"user":"a"}\n{"n":1}\nnot JSON\n\n{"user":"b c"}\n{"user":"a"}\n'
        code, out, err = self.send(server.queue, text, "--group-from", "/user")
        self.assertEqual(code, 1)
        self.assertEqual(out, "sent 2, not sent 3, empty lines left out 1\n")
        no_text = (
            "has no text of 1 to 128 printable ASCII characters without blanks at /user, "
            "which is what SQS takes there; correct it"
        )
        self.assertEqual(
            err,
            f"standard input:2: {no_text}\n"
            "standard input:3: is no JSON object, so nothing stands at /user; correct it\n"
            f"standard input:5: {no_text}\n",
        )

    def test_a_standard_queue_takes_groups_too(self):
        server = self.serve()
        code, _, err = self.send(server.queue, b'{"user":"a"}\n', "--group-from", "/user")
        self.assertEqual((code, err), (0, ""))
        asked = {"MaxNumberOfMessages": 10, "MessageSystemAttributeNames": ["MessageGroupId"]}
        message = server.queue.call("ReceiveMessage", asked)["Messages"][0]
        self.assertEqual(message["Attributes"], {"MessageGroupId": "a"})

    def test_options_that_do_not_fit_the_queue_send_nothing(self):
        fifo, standard = self.fifo().queue, self.serve().queue
        for queue, options, expected in (
            (fifo, (), "the queue of logins is a FIFO queue, where every message is of a group; "
             "give --group-from POINTER, or --group-id ID for all\n"),
            (fifo, ("--group-id", "a b"), '--group-id: "a b" is no MessageGroupId; '),
            (fifo, ("--group-from", "user"), '--group-from: "user" is no JSON pointer; '),
            (fifo, ("--group-id", "a", "--same", "lines"), '--same: "lines" is no JSON pointer'),
            (fifo, ("--group-id", "a", "--group-from", "/a"), "excludes"),
            (standard, ("--same", "content"), "--same: the queue of logins is no FIFO queue"),
        ):  # fmt: skip
            code, out, err = self.send(queue, b"a\n", *options)
            self.assertEqual((code, out), (2, ""), options)
            self.assertIn(expected, err)
            self.assertEqual(queue.left(), 0)

    def test_progress_is_shown_on_a_terminal_alone(self):
        server = self.serve("--latency", "SendMessageBatch=20ms")
        text = b"a\n" * 2_000
        ours, theirs = pty.openpty()
        process = subprocess.Popen(
            **self.command(server.queue, "-"),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=theirs,
        )
        os.close(theirs)
        out, _ = process.communicate(text, timeout=60)
        shown = b""
        try:
            while part := os.read(ours, 65536):
                shown += part
        except OSError:  # the other end is closed: all was read
            pass
        os.close(ours)
        self.assertEqual(process.returncode, 0)
        self.assertRegex(shown, rb"\r\x1b\[K\d+ sent, \d+ a second")
        self.assertTrue(shown.endswith(b"\r\x1b[K"), shown[-40:])
        self.assertEqual(out, b"sent 2000, not sent 0, empty lines left out 0\n")


if __name__ == "__main__":
    unittest.main()
