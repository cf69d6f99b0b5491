"""Queue servers that we did not write, in place of our own: what the daemon does must not depend on
how we read the documentation of SQS.

SLUICE_SQS_SERVER names the server that `serve` takes: sluice-sqs (the default), elasticmq, fauxqs or
moto. One process of it serves all tests of a run, each with queues of its own. What is missing is
fetched at the first use, into the folder of the built programs.
"""

import atexit
import hashlib
import itertools
import json
import os
import pathlib
import shutil
import subprocess
import unittest
import urllib.request

import harness

OURS = "sluice-sqs"
SERVER = os.environ.get("SLUICE_SQS_SERVER", OURS)
SUPPORT = pathlib.Path(__file__).resolve().parent
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_numbers = itertools.count(1)
_running = None


def serve(*options, queues=("logins",), **more):
    """Our server, or queues of the one that SLUICE_SQS_SERVER names. Queues are written as for
    `sluice-sqs --queue`; options exist in ours alone, and a test that gives some is skipped elsewhere."""
    if SERVER == OURS:
        return harness.SqsServer(*options, queues=queues, **more)
    for control in (*options[:1], *more):
        raise unittest.SkipTest(f"needs {control.lstrip('-')}, a control of {OURS}")
    global _running
    if _running is None:
        _running = SERVERS[SERVER]()
        atexit.register(_running.stop)
    return Guest(_running, queues)


def seconds_of(text):
    return int(text[:-1]) * _UNITS[text[-1]]


class Queue(harness.Queue):
    """With a connection for each call: these servers close one that was idle, and a test may wait."""

    def call(self, operation, body):
        try:
            return super().call(operation, body)
        finally:
            self.close()


class Guest:
    """Queues of one test on a server that others use too; the same to a test as harness.SqsServer."""

    def __init__(self, server, queues):
        self.server = server
        self.endpoint = server.endpoint
        self.suffix = f"-{next(_numbers)}"
        self.queues = []
        for each in queues:
            self.queues.append(self.make(each))
        self.queue = self.queues[0]

    def name_of(self, name):
        """Queues of the same name exist in other tests, and a server may remember one that is gone."""
        stem, dot, fifo = name.partition(".")
        return stem + self.suffix + dot + fifo

    def make(self, specification):
        name, *settings = specification.split(",")
        attributes = {"FifoQueue": "true"} if name.endswith(".fifo") else {}
        given = dict(each.split("=") if "=" in each else (each, "true") for each in settings)
        for key, value in given.items():
            if key == "visibility":
                attributes["VisibilityTimeout"] = str(seconds_of(value))
            elif key == "retention":
                attributes["MessageRetentionPeriod"] = str(seconds_of(value))
            elif key == "content_deduplication":
                attributes["ContentBasedDeduplication"] = value
            elif key == "dead_letters":
                policy = {"deadLetterTargetArn": self.arn_of(value), "maxReceiveCount": given["max_receives"]}
                attributes["RedrivePolicy"] = json.dumps(policy)
            else:
                assert key == "max_receives", f"{key} is not translated for other servers"
        queue = Queue(self.endpoint, "")
        answer = queue.call("CreateQueue", {"QueueName": self.name_of(name), "Attributes": attributes})
        queue.url = self.server.url_of(answer["QueueUrl"])
        return queue

    def arn_of(self, name):
        dead = next(each for each in self.queues if each.url.endswith("/" + self.name_of(name)))
        asked = {"AttributeNames": ["QueueArn"]}
        return dead.call("GetQueueAttributes", asked)["Attributes"]["QueueArn"]

    def stats(self):
        raise unittest.SkipTest(f"needs statistics, which {OURS} alone tells")

    def stop(self):
        for queue in self.queues:
            queue.call("DeleteQueue", {})
        self.queues = []


class Foreign:
    """A running server of somebody else, on a free port of loopback."""

    HEALTH = "/health"
    SIZES = {}  # how many messages it takes within a minute, by the environment variable of the tests

    def __init__(self):
        self.folder = harness.temporary_folder()
        self.port = harness.free_port()
        self.endpoint = f"http://127.0.0.1:{self.port}"
        command = self.command()
        self.log = open(pathlib.Path(self.folder.name, "log"), "ab")
        self.process = subprocess.Popen(command, stdout=self.log, stderr=self.log)
        try:
            harness.wait_for(self.answers, f"{command[0]} answers", 120)
        except AssertionError:
            self.stop()
            raise

    def answers(self):
        if self.process.poll() is not None:
            raise AssertionError("it ended: " + pathlib.Path(self.log.name).read_text()[-2000:])
        try:
            with urllib.request.urlopen(self.endpoint + self.HEALTH, timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def url_of(self, told):
        """The URL of a queue, as the daemon is to be given it."""
        return told

    def stop(self):
        self.process.kill()
        self.process.wait()
        self.log.close()
        self.folder.cleanup()


def fetched(name, fetch):
    """The folder where a server lies that was fetched for these very files of tests/support/NAME."""
    source, kept = SUPPORT / name, (harness.BUILD / "queue_servers" / name).resolve()
    files = sorted(each for each in source.iterdir() if each.is_file())
    state = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
    mark = kept / "complete"  # a fetch that was cut short begins anew
    if not mark.exists() or mark.read_text() != state:
        shutil.rmtree(kept, ignore_errors=True)
        shutil.copytree(source, kept)
        fetch(kept)
        mark.write_text(state)
    return kept


def run(*command):
    done = subprocess.run(command, capture_output=True, text=True, timeout=600)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"


class ElasticMq(Foreign):
    SIZES = {"SLUICE_SERVER_MESSAGES": 10_000, "SLUICE_FIFO_MESSAGES": 3_000}

    def command(self):
        settings = pathlib.Path(self.folder.name, "elasticmq.conf")
        settings.write_text(
            'include classpath("application.conf")\n'
            f'node-address {{ protocol = http, host = "127.0.0.1", port = {self.port}, context-path = "" }}\n'
            f'rest-sqs {{ enabled = true, bind-port = {self.port}, bind-hostname = "127.0.0.1" }}\n'
            "rest-stats { enabled = false }\n"
        )
        jars = fetched("elasticmq", self.fetch) / "classpath"
        return ["java", "-Xmx1g", f"-Dconfig.file={settings}", "-cp", jars.read_text().strip(),
                "org.elasticmq.server.Main"]  # fmt: skip

    @staticmethod
    def fetch(folder):
        run("mvn", "-q", "-B", "-f", str(folder / "pom.xml"), "dependency:build-classpath",
            f"-Dmdep.outputFile={folder / 'classpath'}", "-Dmdep.includeScope=runtime")  # fmt: skip


class Fauxqs(Foreign):
    SIZES = {"SLUICE_SERVER_MESSAGES": 10_000, "SLUICE_FIFO_MESSAGES": 3_000}

    def command(self):
        return ["node", str(fetched("fauxqs", self.fetch) / "server.js"), str(self.port)]

    @staticmethod
    def fetch(folder):
        run("npm", "ci", "--prefix", str(folder), "--omit=dev", "--no-audit", "--no-fund")


class Moto(Foreign):
    SIZES = {"SLUICE_SERVER_MESSAGES": 1_000, "SLUICE_FIFO_MESSAGES": 600}
    HEALTH = "/moto-api/data.json"

    def command(self):
        program = fetched("moto", self.fetch) / "environment" / "bin" / "moto_server"
        return [str(program), "-H", "127.0.0.1", "-p", str(self.port)]

    @staticmethod
    def fetch(folder):
        run("python3", "-m", "venv", str(folder / "environment"))
        run(str(folder / "environment" / "bin" / "pip"), "install", "-q", "--disable-pip-version-check",
            "-r", str(folder / "requirements.txt"))  # fmt: skip


SERVERS = {"elasticmq": ElasticMq, "fauxqs": Fauxqs, "moto": Moto}

# Tests of on_server.py that a server cannot pass, by its name and theirs, and why.
# tests/integration/README.md tells more of what each server does in its own way.
EXCUSES = {
    "elasticmq": {
        "preflight.Preflight.test_a_short_retention": "every queue tells the retention of four days",
    },
    "fauxqs": {
        "conformance.Origins.test_characters_of_four_bytes_come_whole": "it refuses to take them",
    },
    "moto": {
        "fifo.KillsAndRefusals.test_every_group_is_stored_in_its_order":
            "a group whose messages came back at the end of their timeouts is not delivered again",
    },
}
