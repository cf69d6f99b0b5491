"""What tests of whole processes share: a database, a queue, the daemon. Only the standard library.

The built programs are found in SLUICE_BUILD, the database server in SLUICE_TEST_DATABASE, as
tests/run.sh sets them.
"""

import hashlib
import itertools
import json
import os
import pathlib
import random
import re
import signal
import subprocess
import tempfile
import time
import urllib.error
import urllib.request

BUILD = pathlib.Path(os.environ.get("SLUICE_BUILD", "build/release"))
ROOT = pathlib.Path(__file__).resolve().parents[2]
_numbers = itertools.count(1)


def wait_for(condition, what, seconds=60):
    """Polls until the condition holds; its last value is returned."""
    end = time.monotonic() + seconds
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise AssertionError(f"waited {seconds} s in vain: {what}")
        time.sleep(0.02)


class Database:
    """A database of its own, dropped at the end."""

    def __init__(self):
        self.server = os.environ["SLUICE_TEST_DATABASE"]
        self.name = f"e2e_{os.getpid()}_{next(_numbers)}"
        self._psql(self.server, f"CREATE DATABASE {self.name}")
        self.url = self.server.rsplit("/", 1)[0] + "/" + self.name

    @staticmethod
    def _psql(url, sql):
        done = subprocess.run(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"],
            input=sql,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise RuntimeError(f"{sql}: {done.stderr}")
        return done.stdout.splitlines()

    def lines(self, sql):
        return self._psql(self.url, sql)

    def one(self, sql):
        return self.lines(sql)[0]

    def count(self, sql):
        return int(self.one(sql))

    def exists(self, table):
        return self.one(f"SELECT to_regclass('{table}') IS NOT NULL") == "t"

    def drop(self):
        self._psql(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class Queue:
    """One queue of any server of the SQS JSON protocol."""

    def __init__(self, endpoint, url):
        self.endpoint = endpoint
        self.url = url

    def call(self, operation, body):
        request = urllib.request.Request(
            self.endpoint + "/",
            data=json.dumps({"QueueUrl": self.url, **body}).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"AmazonSQS.{operation}",
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/"
                "aws4_request, SignedHeaders=host, Signature=00",
            },
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            text = answer.read()
        return json.loads(text) if text else {}

    def send(self, *bodies):
        """Sends in tens, and returns the message ids."""
        ids = []
        for at in range(0, len(bodies), 10):
            entries = [
                {"Id": str(i), "MessageBody": body} for i, body in enumerate(bodies[at : at + 10])
            ]
            answer = self.call("SendMessageBatch", {"Entries": entries})
            assert not answer.get("Failed"), answer["Failed"]
            ids += [e["MessageId"] for e in sorted(answer["Successful"], key=lambda e: int(e["Id"]))]
        return ids

    def left(self):
        """Visible, in flight and delayed messages together."""
        names = ["", "NotVisible", "Delayed"]
        answer = self.call(
            "GetQueueAttributes",
            {"AttributeNames": ["ApproximateNumberOfMessages" + name for name in names]},
        )
        return sum(int(v) for v in answer.get("Attributes", {}).values())


class SqsServer:
    """The local server of this project, with one queue unless told otherwise."""

    def __init__(self, *options, queues=("logins",)):
        arguments = [str(BUILD / "sluice-sqs"), "--listen", "127.0.0.1:0", *options]
        for queue in queues:
            arguments += ["--queue", queue]
        self.process = subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True)
        urls = [self.process.stdout.readline().strip() for _ in queues]
        self.endpoint = "/".join(urls[0].split("/")[:3])
        self.queues = [Queue(self.endpoint, url) for url in urls]
        self.queue = self.queues[0]

    def stats(self):
        with urllib.request.urlopen(self.endpoint + "/stats", timeout=10) as answer:
            return json.load(answer)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            self.process.wait(timeout=20)
        self.process.stdout.close()


class Daemon:
    """The daemon with a configuration, an example or one of the test's own."""

    def __init__(self, folder, database, queue, config=None, **environment):
        self.folder = pathlib.Path(folder)
        self.config = self.folder / "sluice.yaml"
        self.keyring = self.folder / "keyring.json"
        if not self.keyring.exists():
            run_sluice("keys", "generate", "--keyring", str(self.keyring))
        self.config.write_text(config or example("user_logins.yaml"))
        self.environment = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "SLUICE_QUEUE_URL": queue.url,
            "SLUICE_ENDPOINT": queue.endpoint,
            "DATABASE_URL": database.url if database else "postgresql://nobody@127.0.0.1:1/none",
            "SLUICE_KEYRING": str(self.keyring),
            **environment,
        }
        self.process = None
        self.log_path = self.folder / "daemon.log"

    def command(self, *arguments, **more):
        """Runs another subcommand with the same configuration and environment."""
        return subprocess.run(
            [str(BUILD / "sluice"), arguments[0], "-c", str(self.config), *arguments[1:]],
            env=self.environment,
            capture_output=True,
            text=True,
            **more,
        )

    def start(self, *arguments):
        with open(self.log_path, "ab") as log:
            self.process = subprocess.Popen(
                [str(BUILD / "sluice"), "run", "-c", str(self.config), *arguments],
                env=self.environment,
                stderr=log,
            )
        return self

    def log(self):
        return self.log_path.read_text() if self.log_path.exists() else ""

    def admin(self):
        """The address of the admin server, from the line that tells it."""
        found = re.findall(r"http://127\.0\.0\.1:\d+", self.log())
        return found[-1] if found else None

    def get(self, path):
        """Status and text of an answer of the admin server; None while it does not answer."""
        base = self.admin()
        if base is None:
            return None
        try:
            with urllib.request.urlopen(base + path, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except OSError:
            return None

    def metrics(self):
        """{(name, labels as written): value}"""
        answer = self.get("/metrics")
        if answer is None:
            return None
        out = {}
        for line in answer[1].splitlines():
            if line and not line.startswith("#"):
                name, value = line.rsplit(" ", 1)
                out[name] = float(value)
        return out

    def wait_ready(self):
        wait_for(lambda: (self.get("/readyz") or (0,))[0] == 200, "the daemon is ready")

    def stop(self, with_signal=signal.SIGTERM, timeout=30):
        if self.process.poll() is None:
            self.process.send_signal(with_signal)
        return self.process.wait(timeout=timeout)

    def kill(self):
        if self.process is not None and self.process.poll() is None:
            self.process.kill()
            self.process.wait()


def run_sluice(*arguments, **more):
    return subprocess.run(
        [str(BUILD / "sluice"), *arguments], capture_output=True, text=True, check=True, **more
    )


def example(name):
    """An example configuration; the admin server on a free port, short waits."""
    text = (ROOT / "deploy" / "examples" / name).read_text()
    return text + "\nadmin: { listen: 127.0.0.1:0 }\n"


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="sluice-test-")


class Logins:
    """Sample logins as systems.md has them, some of them no logins, all from one seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)

    def login(self):
        r = self.random
        out = {
            "user_id": str(hashlib.md5(r.randbytes(8)).hexdigest()),
            "app_version": f"{r.randrange(5)}.{r.randrange(10)}.{r.randrange(10)}",
            "device_type": r.choice(["android", "ios"]),
            "ip": ".".join(str(r.randrange(1, 255)) for _ in range(4)),
            "locale": r.choice(["RU", "DE", None]),
            "device_id": f"{r.randrange(1000):03}-{r.randrange(100):02}-{r.randrange(10000):04}",
        }
        if out["locale"] is None and r.random() < 0.5:
            del out["locale"]
        return out

    def bodies(self, count, others=0.0):
        """Texts of messages, and which of them are logins."""
        out = []
        for _ in range(count):
            if self.random.random() < others:
                out.append(('{"foo":"oops_wrong_msg_type","bar":"123"}', None))
            else:
                login = self.login()
                out.append((json.dumps(login), login))
        return out
