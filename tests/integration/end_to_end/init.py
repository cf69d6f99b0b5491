"""`sluice init`: from sample messages to a configuration with which each of them becomes a row."""

import base64
import gzip
import json
import os
import random
import stat
import subprocess
import sys
import unittest

import harness

CANARY = "v4lue"  # in every text of the invented samples; none may be in the file
SEEDS = range(1, 9)

ODD_NAMES = ["yes", "null", "1", "#x", ": ", "", "it's", 'dq"', "a~b", "a/b", "a~1b", "~0", "имя", "größe",
             "😀", "${env:HOME}", "$${x}", "xmin", "ctid", "tab\t", "\u2028", "- x", "{", "[", "a,b", "@sent_at",
             "off", "~", "user id", "userId", "user_id", "select", "*", "&a", "!t", "%", "back\\slash",
             "x" * 90, "x" * 80, "ж" * 50]  # fmt: skip


def text(r):
    return CANARY + "".join(r.choices("aZ09 _-.:,'\"\\\n\tüж中😀{}[]#$", k=r.randrange(30)))


def numbered(form, bound):
    return lambda r: form.format(r.randrange(bound))


KINDS = [
    text,
    lambda r: r.random() < 0.5,
    lambda r: r.randrange(-100, 100),
    lambda r: r.randrange(-(2**63), 2**63),
    lambda r: r.randrange(10**30),
    lambda r: r.randrange(1000) / 8,
    lambda r: f"2025-11-{r.randrange(1, 30):02}",
    numbered("2025-11-20T12:00:{:02}+02:00", 60),
    numbered("2025-11-20 12:00:{:02}", 60),
    numbered("00000000-0000-4000-8000-{:012}", 10**12),
    numbered("192.0.2.{}", 255),
    numbered("p{}@example.com", 1000),
    lambda r: 1_700_000_000 + r.randrange(1000),
    lambda r: {},
    lambda r: None,
    lambda r: [text(r) for _ in range(r.randrange(3))],
    lambda r: [r.randrange(9) for _ in range(r.randrange(3))],
    lambda r: [None, r.random() < 0.5],
    lambda r: [{"a": r.randrange(9)}, [text(r)]],
]


class Producer:
    """Samples of one seed: fields with odd names, each with values of one kind or of several."""

    def __init__(self, seed):
        self.r = random.Random(seed)
        self.fields = self.make_fields(3)

    def make_fields(self, depth):
        names = self.r.sample([*ODD_NAMES, "id", "email", "created_at", "app_version", "address"], 8)
        return {name: self.make_kinds(depth) for name in names}

    def make_kinds(self, depth):
        if depth > 0 and self.r.random() < 0.25:
            return self.make_fields(depth - 1)
        return self.r.sample(KINDS, 1 if self.r.random() < 0.8 else 3)

    def record(self, fields=None):
        out = {}
        for name, kinds in (fields or self.fields).items():
            if self.r.random() < 0.15:
                continue
            if isinstance(kinds, dict):
                out[name] = self.record(kinds)
            else:
                out[name] = None if self.r.random() < 0.1 else self.r.choice(kinds)(self.r)
        return out


def notification(message):
    return json.dumps({"Type": "Notification", "TopicArn": "arn:aws:sns:x:1:t", "Message": message})


class Drain:
    """Samples, the configuration that is written from them, and a daemon that drains them with it."""

    def __init__(self, test, queue, bodies, samples=None, table="landed"):
        self.test = test
        self.database = test.database
        self.queue = queue
        self.table = table
        self.bodies = bodies
        folder = harness.temporary_folder()
        test.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.file = os.path.join(self.folder, "written.yaml")
        self.text = self.write(samples or "\n".join(bodies) + "\n")

    def write(self, samples):
        path = os.path.join(self.folder, "samples.jsonl")
        with open(path, "w", encoding="utf-8") as file:
            file.write(samples)
        done = run("init", "--sample", path, "--table", self.table, "--output", self.file)
        self.test.assertEqual((done.returncode, done.stderr), (0, ""))
        with open(self.file, encoding="utf-8") as file:
            text = file.read()
        checked = run("check", "-c", self.file)
        self.test.assertEqual((checked.returncode, checked.stderr), (0, ""), text)
        return text

    def start(self):
        queue = "        queue_url: ${env:SLUICE_QUEUE_URL}\n"
        self.test.assertIn(queue, self.text)
        config = self.text.replace(queue, queue + "        wait: 1s\n")
        config += "\nadmin: { listen: 127.0.0.1:0 }\n"
        self.queue.send(*self.bodies)
        self.daemon = harness.Daemon(
            self.folder, self.database, self.queue, config,
            AWS_ENDPOINT_URL_SQS=self.queue.endpoint,
        )  # fmt: skip
        self.test.addCleanup(self.daemon.kill)
        self.daemon.start("--once")
        return self

    def end(self):
        """Every sample has become a row."""
        self.test.assertEqual(self.daemon.process.wait(timeout=120), 0, self.daemon.log()[-3000:])
        self.test.assertEqual(self.queue.left(), 0)
        letters = self.database.lines("SELECT reason, column_name, detail FROM sluice.dead_letters")
        self.test.assertEqual(letters, [], self.text)
        rows = self.database.count(f"SELECT count(*) FROM {self.table}")
        self.test.assertEqual(rows, len(self.bodies), self.text)
        return self


def run(*arguments, samples=None):
    return subprocess.run(
        [str(harness.BUILD / "sluice"), *arguments],
        input=samples, capture_output=True, text=True, timeout=60,
    )  # fmt: skip


class Init(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)

    def drained(self, bodies, samples=None):
        return Drain(self, self.serve(1)[0], bodies, samples).start().end()

    def serve(self, count):
        server = harness.SqsServer(queues=[f"samples{i}" for i in range(count)])
        self.addCleanup(server.stop)
        return server.queues

    def test_logins(self):
        bodies = harness.Logins(seed=31).bodies(200)
        drained = self.drained(bodies)
        sent = [json.loads(body) for body in bodies]
        stored = self.database.lines("SELECT user_id, device_type, app_version FROM landed")
        clear = ("user_id", "device_type", "app_version")
        expected = ["|".join(each[name] for name in clear) for each in sent]
        self.assertEqual(sorted(stored), sorted(expected))
        # What is personal is sealed, and can be opened.
        prefixes = "SELECT DISTINCT left(masked_ip, 3) || left(masked_device_id, 3) FROM landed"
        self.assertEqual(self.database.lines(prefixes), ["p1.p1."])
        query = "SELECT masked_ip FROM landed"
        opened = drained.daemon.command("unmask", "--reason", "a test", "--query", query)
        self.assertEqual(sorted(opened.stdout.split()), sorted(each["ip"] for each in sent))
        for login in sent:
            for field in ("user_id", "ip", "device_id"):
                self.assertNotIn(login[field], drained.text)
        # A message of another kind is refused: a test in the file, which check has run.
        self.assertRegex(drained.text, r"user_id: .* required: true")
        self.assertIn("dead_letter: missing user_id", drained.text)
        self.assertEqual(stat.S_IMODE(os.stat(drained.file).st_mode) & 0o111, 0)

    def test_nested_and_odd_names(self):
        record = {name: {"inner": number, name: CANARY} for number, name in enumerate(ODD_NAMES)}
        record |= {"big": 2**40, "mixed": 1}
        bodies = [json.dumps(record), json.dumps({**record, "mixed": "one"}), json.dumps({"yes": None})]
        drained = self.drained(bodies)
        self.assertNotIn(CANARY, drained.text)
        named = self.database.lines(
            "SELECT attname FROM pg_attribute WHERE attrelid = 'landed'::regclass AND attnum > 0"
        )
        self.assertGreaterEqual(len(named), 2 * len(ODD_NAMES) + 2)
        for column in ("yes_inner", "field_1_inner", "имя_inner", "größe_größe", "big", "mixed"):
            self.assertIn(column, named)
        query = "SELECT yes_inner, имя_имя, big, mixed FROM landed WHERE mixed = '\"one\"'"
        row = self.database.one(query)
        self.assertEqual(row, f'0|{CANARY}|{2**40}|"one"')

    def test_notifications(self):
        bodies = [notification(body) for body in harness.Logins(seed=32).bodies(30)]
        self.assertIn("format: sns_json", self.drained(bodies).text)

    def test_packed_records(self):
        bodies = [base64.b64encode(gzip.compress(body.encode())).decode()
                  for body in harness.Logins(seed=33).bodies(30)]  # fmt: skip
        self.assertIn("encoding: base64+gzip", self.drained(bodies).text)

    def test_what_the_aws_cli_prints(self):
        bodies = harness.Logins(seed=34).bodies(10)
        messages = [{"MessageId": str(i), "ReceiptHandle": "r", "MD5OfBody": "m", "Body": body}
                    for i, body in enumerate(bodies)]  # fmt: skip
        printed = json.dumps({"Messages": messages}, indent=4) + "\n"
        written = self.drained(bodies, samples=printed).text
        self.assertIn("from 10 sample messages", written)
        self.assertIn("masked_ip", written)

    def test_whatever_the_samples_are(self):
        """Also those of the demo, of which some are no logins."""
        demo = [sys.executable, "-B", str(harness.ROOT / "deploy" / "sample_logins.py"), "300"]
        samples = {"demo": subprocess.check_output(demo, text=True).splitlines()}
        for seed in SEEDS:
            producer = Producer(seed)
            samples[seed] = [json.dumps(producer.record(), ensure_ascii=seed % 2 == 0) for _ in range(60)]
        drains = {
            seed: Drain(self, queue, bodies, table=f"landed_{seed}").start()
            for (seed, bodies), queue in zip(samples.items(), self.serve(len(samples)), strict=True)
        }
        for seed, drain in drains.items():
            with self.subTest(seed=seed):
                self.assertNotIn(CANARY, drain.end().text)

    def test_a_file_that_is_there_is_left_alone(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        kept = os.path.join(folder.name, "kept.yaml")
        with open(kept, "w") as file:
            file.write("mine")
        done = run("init", "--sample", "-", "--output", kept, samples='{"a":1}\n')
        self.assertEqual((done.returncode, done.stdout), (2, ""))
        self.assertIn("is there already", done.stderr)
        with open(kept) as file:
            self.assertEqual(file.read(), "mine")

    def test_no_room_leaves_no_half_of_a_file(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        path = os.path.join(folder.name, "new.yaml")
        done = subprocess.run(
            ["bash", "-c", 'ulimit -f 0; trap "" XFSZ; exec "$0" init --sample - --output "$1"',
             str(harness.BUILD / "sluice"), path],
            input='{"a":1}\n', capture_output=True, text=True, timeout=60,
        )  # fmt: skip
        self.assertEqual(done.returncode, 1, done.stderr)
        self.assertIn("File too large", done.stderr)
        self.assertFalse(os.path.exists(path))


if __name__ == "__main__":
    unittest.main()
