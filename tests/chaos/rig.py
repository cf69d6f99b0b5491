"""What the chaos tests share: a PostgreSQL of their own that syncs what it commits, a stream of
messages that does not end before the faults do, and daemons in the middle.

SLUICE_CHAOS_SCALE multiplies the rounds of every loop, SLUICE_CHAOS_SEED draws other moments.
"""

import concurrent.futures
import contextlib
import functools
import json
import os
import pathlib
import random
import shutil
import subprocess
import sys
import tempfile
import threading
import time
import unittest

import harness
from checker import Checker
from harness import psql, wait_for

SCALE = int(os.environ.get("SLUICE_CHAOS_SCALE", "1"))
SEED = os.environ.get("SLUICE_CHAOS_SEED", "4711")
BAD_EVERY = 50  # so many messages, and one of them is no record
IN_FLIGHT_MOST = 2_000  # limits.in_flight_messages
ROOM = 100  # so many less, and the daemon would poll again
FRESH = 20  # messages for one look whether they are received

CONFIG = """
pipelines:
  chaos:
    source:
      sqs:
        queue_url: ${env:SLUICE_QUEUE_URL}
        endpoint: ${env:SLUICE_ENDPOINT}
        fetchers: { min: 1, max: 8 }
        wait: 1s
    record:
      columns:
        message_id: { type: text, from: "@message_id", required: true }
        number:     { type: bigint, from: /number, required: true }
        word:       { type: text, max_length: 64, from: /word }
        secret:     { type: text, max_length: 256, from: /secret, mask: seal, domain: chaos }
    sink:
      postgres:
        url: ${env:DATABASE_URL}
        table: chaos
        batch: { rows: 200, linger: 20ms }
        timeouts: { statement: 4s, lock: 1s }
    on_error: { brake: off }
    limits: { in_flight_messages: IN_FLIGHT_MOST }
keys: { keyring: "${env:SLUICE_KEYRING}" }
admin: { listen: 127.0.0.1:0 }
""".replace("IN_FLIGHT_MOST", str(IN_FLIGHT_MOST))


class Postgres:
    """A server of its own on this machine."""

    SETTINGS = ("fsync=on", "shared_buffers=16MB", "max_wal_size=256MB", "max_connections=40",
                "track_commit_timestamp=on", "autovacuum=off",
                "recovery_init_sync_method=syncfs")  # fmt: skip

    def __init__(self, *settings):
        self._begin("start", *self.SETTINGS, *settings)

    def _begin(self, action, *arguments):
        self.folder = tempfile.mkdtemp(prefix="sluice-chaos-")
        self._disks = []
        try:
            os.chmod(self.folder, 0o755)  # the server is another user
            self.control(action, *arguments)
            self.url = pathlib.Path(self.folder, "url").read_text().strip()
        except BaseException:
            self.close()
            raise

    def standby(self):
        """A copy that follows this one."""
        other = Postgres.__new__(Postgres)
        other._begin("standby", self.folder)
        return other

    def set(self, name, value):
        psql(self.url, f"ALTER SYSTEM SET {name} = '{value}'")
        psql(self.url, "SELECT pg_reload_conf()")

    @property
    def port(self):
        return int(self.url.rsplit(":", 1)[1].split("/")[0])

    def control(self, action, *arguments):
        script = harness.ROOT / "tests" / "support" / "private_postgres.sh"
        command = [script, action, self.folder, *arguments]
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL)

    def small_disk(self, size_bytes):
        """A file system for tablespaces, which goes with the server. Only root may mount one."""
        disk = pathlib.Path(self.folder, f"disk{len(self._disks)}")
        disk.mkdir()
        owner = pathlib.Path(self.folder, "data").stat()
        options = f"size={size_bytes},uid={owner.st_uid},gid={owner.st_gid},mode=700"
        subprocess.run(["mount", "-t", "tmpfs", "-o", options, "sluice-chaos", disk], check=True)
        self._disks.append(disk)
        return disk

    def close(self):
        self.control("stop")
        if pathlib.Path(self.folder, "data", "postmaster.pid").exists():
            raise AssertionError(f"the server in {self.folder} still runs")
        for disk in self._disks:
            subprocess.run(["umount", disk], check=True)
        shutil.rmtree(self.folder)


class Database(harness.Database):
    """One database of such a server."""

    def __init__(self, postgres, name):
        self.server = postgres.url
        self.name = name
        psql(self.server, f"CREATE DATABASE {name}")
        self.url = self.url_at(postgres.port)

    def url_at(self, port):
        """As a client sees it that comes by this port. Without TLS, since a proxy may read along."""
        login = self.server.rsplit("@", 1)[0]
        return f"{login}@127.0.0.1:{port}/{self.name}?sslmode=disable&gssencmode=disable"

    def admin(self, sql):
        """Runs it outside of this database."""
        psql(self.server, sql)

    @contextlib.contextmanager
    def locked(self, table):
        """Nobody else gets at the table meanwhile."""
        with subprocess.Popen(
            ["psql", "-XAtq", "-d", self.url], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        ) as holder:
            holder.stdin.write(f"BEGIN; LOCK TABLE {table}; SELECT 'locked';\n")
            holder.stdin.flush()
            try:
                if holder.stdout.readline() != "locked\n":
                    raise AssertionError(f"{table} cannot be locked")
                yield
            finally:
                holder.stdin.close()  # psql ends, and the server rolls back

    def throw_out(self):
        self.admin(
            f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = '{self.name}'"
        )


class Stream(threading.Thread):
    """Sends numbered messages, and sees to it that some always wait, until it is told to stop."""

    def __init__(self, queue, waiting=1500, most=None):
        super().__init__(daemon=True)
        self._queue = harness.Queue(queue.endpoint, queue.url)  # its connection is this thread's
        self._waiting = waiting
        self._most = most
        self._enough = threading.Event()
        self._failure = None
        self.sent = {}  # message id: its number, or None if it is no record
        self._number = 0
        self._one_sends = threading.Lock()

    @staticmethod
    def word(number):
        return f"word {number * 7919 % 1000} ü"

    @staticmethod
    def secret(number):
        return f"10.{number % 251}.{number % 241}.{number % 239}"

    def _body(self, number):
        if number % BAD_EVERY == 0:
            return json.dumps({"word": "no record"})
        fields = {"number": number, "word": self.word(number), "secret": self.secret(number)}
        return json.dumps(fields)

    def send(self, count):
        """Thread-safe: a test sends some besides."""
        with self._one_sends:
            numbers = range(self._number + 1, self._number + 1 + count)
            self._number += count
            ids = self._queue.send(*[self._body(number) for number in numbers])
            for id, number in zip(ids, numbers):
                self.sent[id] = number if number % BAD_EVERY else None

    def run(self):
        try:
            while not self._enough.is_set() and (self._most is None or self._number < self._most):
                with self._one_sends:
                    left = self._queue.left()
                if left < self._waiting:
                    self.send(200)
                else:
                    self._enough.wait(0.01)
        except Exception as error:  # the test that stops the stream raises it
            self._failure = error

    def stop(self):
        self._enough.set()
        self.join()
        self._queue.close()
        if self._failure:
            raise self._failure


class Rig:
    """A queue with its journal, a stream into it, a database, and daemons between them."""

    def __init__(self, test, postgres, *options, visibility="3s", name=None, **stream):
        self.test = test
        self.random = random.Random(f"{SEED} {test.id()} {name}")
        self.folder = tempfile.mkdtemp(prefix="sluice-chaos-")
        test.addCleanup(shutil.rmtree, self.folder)
        self.database = Database(postgres, name or "chaos_" + os.urandom(4).hex())
        self.journal = self.folder + "/journal"
        queue = f"messages,visibility={visibility},dead_letters=failed,max_receives=1000"
        self.server = harness.SqsServer(
            "--journal", self.journal, "--seed", str(self.random.getrandbits(32)), *options,
            queues=("failed", queue),
        )  # fmt: skip
        test.addCleanup(self.server.stop)
        self.failed, self.queue = self.server.queues
        self.stream = Stream(self.queue, **stream)
        self.daemons = []

    def daemon(self, postgres_port=None, sqs_port=None, config=CONFIG):
        """One more daemon, which is not started yet; perhaps behind proxies."""
        folder = pathlib.Path(self.folder, f"daemon{len(self.daemons)}")
        folder.mkdir()
        queue = self.queue
        if sqs_port:
            queue = harness.Queue(f"http://127.0.0.1:{sqs_port}", queue.url)
        if self.daemons:  # all of them seal with one keyring
            shutil.copy2(self.daemons[0].keyring, folder / "keyring.json")
        daemon = harness.Daemon(folder, self.database, queue, config)
        if postgres_port:
            daemon.environment["DATABASE_URL"] = self.database.url_at(postgres_port)
        self.daemons.append(daemon)
        self.test.addCleanup(daemon.kill)
        return daemon

    def totals(self):
        return self.server.stats()["queues"]["messages"]["totals"]

    def deleted(self):
        return self.totals().get("deleted", 0)

    def received(self):
        return self.totals().get("received", 0)

    def wait_for_deletes(self, more=1, seconds=60):
        """Until the stream flows: so many more messages are over."""
        goal = self.deleted() + more
        wait_for(lambda: self.deleted() >= goal, f"{more} more messages are deleted", seconds)

    def wait_until_it_receives_nothing(self, daemon, look_seconds, seconds=60):
        """Although messages wait for it, and it has room for them. A look is longer than a poll."""
        def rests():
            self.stream.send(FRESH)
            received = self.received()
            time.sleep(look_seconds)  # the outage goes on
            if self.received() != received or self.queue.visible() < FRESH:
                return False
            metrics = wait_for(daemon.metrics, "it tells its metrics")
            return metrics['sluice_in_flight_messages{pipeline="chaos"}'] < IN_FLIGHT_MOST - ROOM

        wait_for(rests, "it receives nothing, though messages wait and there is room", seconds)

    def finish(self, seconds=120, **promises):
        """Ends the stream, lets the daemons drain it, and compares all that was written down.
        Returns the checker, for what a test wants to know besides."""
        self.stream.stop()
        wait_for(lambda: self.all_run() and self.queue.left() == 0, "the queue is empty", seconds)
        for daemon in self.daemons:
            self.check_counts(daemon)
        for daemon in self.daemons:
            self.test.assertEqual(daemon.stop(), 0, daemon.log()[-3000:])
        self.test.assertEqual(self.failed.left(), 0, "messages in the queue's dead-letter queue")
        self.server.stop()  # writes out the journal
        checker = Checker(self.test, self.journal, self.stream, self.database, self.daemons[0])
        checker.check(**promises)
        return checker

    def all_run(self):
        for daemon in self.daemons:
            code = daemon.process.poll()
            self.test.assertIsNone(code, f"a daemon ended by itself: {daemon.log()[-3000:]}")
        return True

    def check_counts(self, daemon):
        """The law of conservation, once nothing is in flight."""
        def at_rest():
            metrics = daemon.metrics()
            return metrics and not metrics['sluice_in_flight_messages{pipeline="chaos"}'] and metrics

        metrics = wait_for(at_rest, "nothing is in flight", 90)
        self.test.assertEqual(metrics['sluice_conservation_gap{pipeline="chaos"}'], 0)


def ended(daemon, how):
    """How many messages ended so in this process."""
    metrics = wait_for(daemon.metrics, "it tells its metrics")
    return metrics.get(f'sluice_records_total{{pipeline="chaos",result="{how}"}}', 0)


def strike_after(process, seconds):
    """Lets it run for so long: the moment of the fault, not a wait. It must not end by itself."""
    try:
        code = process.wait(timeout=seconds)
    except subprocess.TimeoutExpired:
        return
    raise AssertionError(f"the daemon ended by itself: {code}")


def milliseconds():
    """The clock of the journal."""
    return time.time_ns() // 1_000_000


def at_once(body):
    """A test that runs beside the others of its class: unittest only waits for it. Faults are mostly
    waiting, for a pause or a lease to end."""

    @functools.wraps(body)
    def wait(self):
        result = self.runs[body.__name__].result()
        for _, reason in result.skipped:
            self.skipTest(reason)
        for _, trace in result.failures + result.errors:
            self.fail(trace)

    wait.body = body
    return wait


class ChaosTest(unittest.TestCase):
    """Tests that share one server, unless they want none."""

    SETTINGS = ()

    @classmethod
    def setUpClass(cls):
        print(f"SLUICE_CHAOS_SEED={SEED} SLUICE_CHAOS_SCALE={SCALE}", file=sys.stderr)
        if cls.SETTINGS is not None:
            cls.postgres = Postgres(*cls.SETTINGS)
            cls.addClassCleanup(cls.postgres.close)
        names = [name for name in dir(cls) if hasattr(getattr(cls, name), "body")]
        if names:
            pool = concurrent.futures.ThreadPoolExecutor(len(names))
            cls.addClassCleanup(pool.shutdown)
            cls.runs = {name: pool.submit(cls._run_alone, name) for name in names}

    @classmethod
    def _run_alone(cls, name):
        """As unittest runs it, so that what fails in a cleanup counts, too."""
        test, result = cls(name), unittest.TestResult()
        setattr(test, name, functools.partial(getattr(cls, name).body, test))
        test.run(result)
        return result
