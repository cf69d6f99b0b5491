"""What tests of whole processes share: a database, a queue, the daemon. Only the standard library.

The built programs are found in SLUICE_BUILD, the database server in SLUICE_TEST_DATABASE, as
tests/run.sh sets them.
"""

import hashlib
import http.client
import itertools
import json
import os
import pathlib
import random
import re
import signal
import socket
import ssl
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


def psql(url, sql):
    """The lines of the answer, columns parted by |."""
    done = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", url, "-f", "-"],
        input=sql,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{sql}: {done.stderr}")
    return done.stdout.splitlines()


def free_port():
    """A port that nobody listens on now."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        return listener.getsockname()[1]


class Database:
    """A database of its own, dropped at the end."""

    def __init__(self):
        self.server = os.environ["SLUICE_TEST_DATABASE"]
        self.name = f"e2e_{os.getpid()}_{next(_numbers)}"
        psql(self.server, f"CREATE DATABASE {self.name}")
        self.url = self.server.rsplit("/", 1)[0] + "/" + self.name

    def lines(self, sql):
        return psql(self.url, sql)

    def one(self, sql):
        return self.lines(sql)[0]

    def count(self, sql):
        return int(self.one(sql))

    def exists(self, table):
        return self.one(f"SELECT to_regclass('{table}') IS NOT NULL") == "t"

    def drop(self):
        psql(self.server, f"DROP DATABASE IF EXISTS {self.name} WITH (FORCE)")


class Queue:
    """One queue of any server of the SQS JSON protocol."""

    def __init__(self, endpoint, url):
        self.endpoint = endpoint
        self.url = url
        self._connection = http.client.HTTPConnection(endpoint.split("/")[2], timeout=30)

    def call(self, operation, body):
        self._connection.request(
            "POST",
            "/",
            body=json.dumps({"QueueUrl": self.url, **body}).encode(),
            headers={
                "Content-Type": "application/x-amz-json-1.0",
                "X-Amz-Target": f"AmazonSQS.{operation}",
                "Authorization": "AWS4-HMAC-SHA256 Credential=test/20260101/us-east-1/sqs/"
                "aws4_request, SignedHeaders=host, Signature=00",
            },
        )
        answer = self._connection.getresponse()
        text = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{operation}: {answer.status} {text[:300]}")
        return json.loads(text) if text else {}

    def close(self):
        self._connection.close()

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

    def left(self, names=("", "NotVisible", "Delayed")):
        """Visible, in flight and delayed messages together."""
        answer = self.call(
            "GetQueueAttributes",
            {"AttributeNames": ["ApproximateNumberOfMessages" + name for name in names]},
        )
        return sum(int(v) for v in answer.get("Attributes", {}).values())

    def visible(self):
        """Messages that the next poll may get."""
        return self.left(names=("",))


class SqsServer:
    """The local server of this project, with one queue unless told otherwise."""

    def __init__(self, *options, queues=("logins",), port=0):
        arguments = [str(BUILD / "sluice-sqs"), "--listen", f"127.0.0.1:{port}", *options]
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
        for queue in self.queues:
            queue.close()
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
        self.config.write_text(config or example())
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
        self.log_begin = 0  # of the process that was started last

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
        self.log_begin = len(self.log())
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
        found = re.search(r"admin (http://127\.0\.0\.1:\d+)", self.log()[self.log_begin :])
        return found.group(1) if found else None

    def get(self, path):
        """Status and text of an answer of the admin server; None while it does not answer."""
        assert self.process.poll() is None, f"the daemon ended by itself: {self.log()[-2000:]}"
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

    def readiness(self):
        """Status of /readyz; 0 while the admin server does not answer."""
        return (self.get("/readyz") or (0,))[0]

    def wait_ready(self, seconds=60):
        wait_for(lambda: self.readiness() == 200, "the daemon is ready", seconds)

    def run_once(self, timeout=120):
        """Drains what is there and returns the exit code."""
        self.start("--once")
        return self.process.wait(timeout=timeout)

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


def example(name="user_logins.yaml", source=(), sink=(), top=()):
    """An example configuration with the admin server on a free port, and more lines if given."""
    text = (ROOT / "deploy" / "examples" / name).read_text()

    def put(text, after, lines, indent):
        at = text.index(after) + len(after)
        at = text.index("\n", at) + 1
        return text[:at] + "".join(" " * indent + line + "\n" for line in lines) + text[at:]

    text = put(text, "endpoint: ${env:SLUICE_ENDPOINT}", source, 8)
    text = put(text, "table: user_logins ", sink, 8)
    return "\n".join([text, "admin: { listen: 127.0.0.1:0 }", *top, ""])


def certificate_end(file):
    """When the (first) certificate of the file ends, in seconds since 1970."""
    told = subprocess.run(["openssl", "x509", "-noout", "-enddate", "-in", str(file)],
                          check=True, capture_output=True, text=True).stdout  # fmt: skip
    return ssl.cert_time_to_seconds(told.strip().removeprefix("notAfter="))


def temporary_folder():
    return tempfile.TemporaryDirectory(prefix="sluice-test-")


NO_LOGIN = '{"foo":"oops_wrong_msg_type","bar":"123"}'


class Logins:
    """Sample logins from one seed; several come from one address and one device."""

    def __init__(self, seed, addresses=5000):
        r = self.random = random.Random(seed)
        self.addresses = [".".join(str(r.randrange(1, 255)) for _ in range(4)) for _ in range(addresses)]
        self.devices = [
            f"{r.randrange(1000):03}-{r.randrange(100):02}-{r.randrange(10000):04}"
            for _ in range(addresses)
        ]

    def login(self, **fields):
        r = self.random
        out = {
            "user_id": hashlib.md5(r.randbytes(16)).hexdigest(),
            "app_version": f"{r.randrange(5)}.{r.randrange(10)}.{r.randrange(10)}",
            "device_type": r.choice(["android", "ios"]),
            "ip": r.choice(self.addresses),
            "locale": r.choice(["RU", "DE", None]),
            "device_id": r.choice(self.devices),
        }
        if out["locale"] is None and r.random() < 0.5:
            del out["locale"]
        return {**out, **fields}

    def bodies(self, count):
        return [json.dumps(self.login()) for _ in range(count)]


def row_of(login):
    """What a login becomes, without the masked columns and the day."""
    locale = login.get("locale")
    return [
        login["user_id"],
        login["device_type"],
        locale if locale is not None else "",
        login["app_version"].split(".")[0],
    ]
