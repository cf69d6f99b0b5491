"""Limits of the machine and people at the door: no descriptors, a log that nobody reads, a full disk
for it, hundreds of connections to the admin server, a process that dies. The pipeline goes on."""

import fcntl
import json
import os
import pathlib
import resource
import signal
import socket
import subprocess
import unittest

import harness
from harness import wait_for

LOGINS = 400
DEADLINE_SECONDS = 20  # shutdown.deadline
HEADER_SECONDS = 5  # what a request's head may take
CONNECTIONS_MAX = 32  # of the admin server


class Rig(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)
        config = harness.example(source=["fetchers: { min: 1, max: 2 }"])
        self.daemon = harness.Daemon(self.folder, self.database, self.server.queue, config)
        self.addCleanup(self.daemon.kill)
        self.sent = 0

    def send(self, bodies=None):
        bodies = bodies or harness.Logins(seed=self.sent + 1).bodies(LOGINS)
        self.server.queue.send(*bodies)
        self.sent += len(bodies)

    def stored(self):
        if not self.database.exists("user_logins"):
            return 0
        return self.database.count("SELECT count(*) FROM user_logins")

    def check_rows_come_in(self):
        self.send()
        wait_for(lambda: self.stored() == self.sent, "all logins are rows")
        wait_for(lambda: self.server.queue.left() == 0, "all messages are deleted")

    def start_with_log_to(self, descriptor, *arguments):
        """As start() does, and the log goes elsewhere."""
        self.daemon.process = subprocess.Popen(
            [str(harness.BUILD / "sluice"), "run", "-c", str(self.daemon.config), *arguments],
            env=self.daemon.environment,
            stderr=descriptor,
        )

    def connect(self):
        _, host, port = self.daemon.admin().replace("//", "").split(":")
        peer = socket.create_connection((host, int(port)), timeout=30)
        self.addCleanup(peer.close)
        return peer

    def ask(self, text):
        """The whole answer to a request of any form, on a connection of its own."""
        with self.connect() as peer:
            peer.sendall(text)
            peer.shutdown(socket.SHUT_WR)
            answer = b""
            while chunk := peer.recv(65536):
                answer += chunk
            return answer.decode()


class Descriptors(Rig):
    def test_without_descriptors_the_admin_server_rests_and_rows_come_in(self):
        """E6"""
        self.daemon.start()
        self.daemon.wait_ready()
        self.check_rows_come_in()  # all connections that it needs are open
        held = []
        # One above the highest that is in use, so that the next accept finds none.
        in_use = max(int(each) for each in os.listdir(f"/proc/{self.daemon.process.pid}/fd"))
        limits = resource.prlimit(self.daemon.process.pid, resource.RLIMIT_NOFILE)
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_NOFILE, (in_use + 2, limits[1]))
        held = [self.connect() for _ in range(CONNECTIONS_MAX)]
        held[-1].settimeout(0.5)
        with self.assertRaises(TimeoutError):  # nobody answers it: it was never accepted
            held[-1].sendall(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            held[-1].recv(1)
        self.check_rows_come_in()
        resource.prlimit(self.daemon.process.pid, resource.RLIMIT_NOFILE, limits)
        held[-1].settimeout(30)
        self.assertIn(b"200 OK", held[-1].recv(100))
        self.assertEqual(self.daemon.stop(), 0)


class Threads(Rig):
    """E24: as many threads as a limit lets it start."""

    WORKERS = 3
    THREADS_MAX = 20  # of a run; a bound for the test

    def configure(self, workers):
        config = harness.example(
            source=["wait: 1s", "fetchers: { min: 1, max: 2 }"], top=[f"workers: {workers}"]
        )
        self.daemon.config.write_text(config)

    def test_a_thread_too_many_ends_it_with_one_line_and_the_messages_stay(self):
        self.configure(self.WORKERS)
        self.send()
        self.daemon.environment["LD_PRELOAD"] = str((harness.BUILD / "failing_thread.so").resolve())
        ends = []
        for first in range(1, self.THREADS_MAX):
            self.daemon.environment["SLUICE_FAIL_THREAD"] = str(first)
            code = self.daemon.run_once(timeout=60)
            if code == 0:
                break
            told = self.daemon.log()[self.daemon.log_begin :].splitlines()
            self.assertEqual(code, 1, told)
            self.assertIn("Resource temporarily unavailable", told[-1])
            ends.append(told[-1])
        self.assertEqual(code, 0, ends)
        of_workers = [each for each in ends if f"one of {self.WORKERS} transform threads" in each]
        self.assertEqual(len(of_workers), self.WORKERS, ends)
        self.assertEqual(self.stored(), self.sent)
        self.assertEqual(self.server.queue.left(), 0)

    def test_as_many_workers_as_it_may_have(self):
        self.configure(64)
        self.daemon.start()
        self.daemon.wait_ready()
        self.check_rows_come_in()
        self.assertEqual(self.daemon.stop(), 0)


class Log(Rig):
    def test_a_log_that_nobody_reads_holds_up_neither_rows_nor_the_end(self):
        """E7"""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        # Full from the start, so that not one line finds room.
        filler = os.open(f"/proc/self/fd/{writer}", os.O_WRONLY | os.O_NONBLOCK)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(filler, b"x")
        os.close(filler)
        self.start_with_log_to(writer, "--log-level", "debug")
        self.check_rows_come_in()
        self.check_rows_come_in()
        self.assertEqual(self.daemon.stop(timeout=DEADLINE_SECONDS), 0)

    def test_a_second_signal_ends_it_though_nobody_reads_the_log(self):
        """E3, E7"""
        reader, writer = os.pipe()
        self.addCleanup(os.close, reader)
        self.addCleanup(os.close, writer)
        fcntl.fcntl(writer, fcntl.F_SETPIPE_SZ, 4096)
        self.server.stop()
        self.server = harness.SqsServer("--latency", "DeleteMessageBatch=60s")
        self.addCleanup(self.server.stop)
        self.daemon.environment["SLUICE_QUEUE_URL"] = self.server.queue.url
        self.daemon.environment["SLUICE_ENDPOINT"] = self.server.endpoint
        self.start_with_log_to(writer)
        self.send()
        wait_for(lambda: self.stored() == self.sent, "all logins are rows")
        filler = os.open(f"/proc/self/fd/{writer}", os.O_WRONLY | os.O_NONBLOCK)
        self.addCleanup(os.close, filler)
        with self.assertRaises(BlockingIOError):
            while True:
                os.write(filler, b"x")
        # The deletes that never end hold the first signal until the deadline; the second does not wait.
        self.daemon.process.send_signal(signal.SIGTERM)
        wait_for(lambda: self.seen_by(signal.SIGTERM), "the first signal is taken")
        self.daemon.process.send_signal(signal.SIGTERM)
        self.assertEqual(self.daemon.process.wait(timeout=DEADLINE_SECONDS / 2), 128 + signal.SIGTERM)

    def seen_by(self, number):
        """Whether the signal is no longer pending."""
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        pending = [int(line.split()[1], 16) for line in status.splitlines() if "Pnd:" in line]
        return not any(each & (1 << (number - 1)) for each in pending)

    def test_a_log_on_a_full_disk_is_dropped_and_counted(self):
        """E6"""
        # Where the admin server listens stands in the log alone: a port that is told beforehand.
        port = harness.free_port()
        self.daemon.config.write_text(
            self.daemon.config.read_text().replace("listen: 127.0.0.1:0", f"listen: 127.0.0.1:{port}")
        )
        self.daemon.admin = lambda: f"http://127.0.0.1:{port}"
        with open("/dev/full", "wb") as full:
            self.start_with_log_to(full)
        self.check_rows_come_in()
        self.assertGreater(self.daemon.metrics()["sluice_log_lines_lost_total"], 0)
        self.assertEqual(self.daemon.stop(), 0)


class AdminServer(Rig):
    def setUp(self):
        super().setUp()
        self.daemon.start()
        self.daemon.wait_ready()

    def status(self, text):
        return int(self.ask(text).split(" ")[1])

    def test_hundreds_of_slow_clients_are_cut_off_and_rows_come_in(self):
        """E16: slowloris"""
        slow = [self.connect() for _ in range(300)]
        for peer in slow:
            try:
                peer.sendall(b"GET /metrics HTTP/1.1\r\nHost: x\r\nX-Slow: ")
            except OSError:
                pass  # one too many: already told so
        self.check_rows_come_in()
        for peer in slow:
            peer.settimeout(HEADER_SECONDS * 4)
            try:
                while peer.recv(65536):
                    pass
            except ConnectionError:
                pass  # cut off, which is as good
        self.daemon.wait_ready()
        self.assertEqual(self.daemon.stop(), 0)

    def test_what_is_no_plain_question_gets_a_plain_no(self):
        """E16: huge header, body, POST, path scan, pipelining"""
        head = b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n"
        for path in (b"//", b"/admin", b"/..%2f..%2fetc/passwd", b"/metrics/", b"/debug/pprof", b"/" * 4000):
            self.assertEqual(self.status(b"GET " + path + head + b"\r\n"), 404, path)
        for method in (b"POST", b"PUT", b"DELETE", b"TRACE", b"PATCH"):
            self.assertEqual(self.status(method + b" /metrics" + head + b"\r\n"), 405, method)
        self.assertEqual(
            self.status(b"GET /metrics" + head + b"X-Long: " + b"x" * 9_000 + b"\r\n\r\n"), 431
        )
        self.assertEqual(
            self.status(b"POST /metrics" + head + b"Content-Length: 1000000\r\n\r\n" + b"x" * 100), 413
        )
        self.assertEqual(self.status(b"\x16\x03\x01\x02\x00rubbish\r\n\r\n"), 400)
        many = (b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n" * 50) + b"GET /healthz" + head + b"\r\n"
        self.assertEqual(self.ask(many).count("200 OK"), 51)
        self.assertEqual(self.daemon.readiness(), 200)

    def test_no_message_adds_a_label_to_the_metrics(self):
        """E17"""

        def names(page):
            return {name for name in page if "le=" not in name}

        def hostile(word):
            """Bad in every way that has a reason, with words that are different each time."""
            login = harness.Logins(seed=1).login(user_id=word)
            return [
                json.dumps(login),
                json.dumps({word: word}),
                json.dumps({**login, "app_version": word}),
                json.dumps({**login, "locale": word * 40}),
                json.dumps({**login, "locale": {word: word}}),
                json.dumps({**login, "ip": "\0" + word}),
                f'{{"user_id":"{word}","user_id":"{word}"}}',
                word,
                f'{{"{word}":' + "[" * 100 + "]" * 100 + "}",
            ]

        def ended():
            page = self.daemon.metrics() or {}
            return sum(v for k, v in page.items() if k.startswith("sluice_records_total{"))

        def scrape_after(first, last):
            self.server.queue.send(*[body for i in range(first, last) for body in hostile(f"canary{i}")])
            self.sent += 9 * (last - first)
            wait_for(lambda: ended() == self.sent, "all have ended")
            wait_for(lambda: self.server.queue.left() == 0, "all messages are deleted")
            return self.daemon.metrics()

        before = scrape_after(0, 5)
        after = scrape_after(5, 100)
        self.assertEqual(names(before), names(after))
        self.assertNotIn("canary", str(after))


class Death(Rig):
    """E22: nothing that was in memory is on a disk afterwards."""

    def dies(self, command, **more):
        """The status of a process that ends with SIGABRT, with as large a core as it may write."""

        def unlimited():
            hard = resource.getrlimit(resource.RLIMIT_CORE)[1]
            if os.geteuid() == 0:  # root may raise it
                hard = resource.RLIM_INFINITY
            resource.setrlimit(resource.RLIMIT_CORE, (hard, hard))

        process = subprocess.Popen(command, cwd=self.folder, preexec_fn=unlimited, **more)
        self.addCleanup(process.wait)
        self.addCleanup(process.kill)
        return process

    def core_of(self, process):
        process.send_signal(signal.SIGABRT)
        _, status = os.waitpid(process.pid, 0)
        process.returncode = -os.WTERMSIG(status)
        self.assertEqual(process.returncode, -signal.SIGABRT)
        return os.WCOREDUMP(status)

    def skip_or_fail(self):
        """No program leaves a core: that must be a setting of the system, or a limit of the user."""
        pattern = pathlib.Path("/proc/sys/kernel/core_pattern").read_text().strip()
        limit = resource.getrlimit(resource.RLIMIT_CORE)[1]
        why = f"no core of another program: core_pattern is '{pattern}', ulimit -Hc is {limit}"
        if pattern.startswith(("|", "/")) or not pattern or (os.geteuid() != 0 and limit == 0):
            self.skipTest(why)
        self.fail(why)

    def test_no_core_is_written_of_it(self):
        # The same death of another program does leave one here, else nothing would be proven.
        another = self.dies(["sleep", "600"])
        wait_for(lambda: b"sleep" in pathlib.Path(f"/proc/{another.pid}/cmdline").read_bytes(), "it runs")
        if not self.core_of(another):
            self.skip_or_fail()
        with open(self.daemon.log_path, "ab") as log:
            self.daemon.process = self.dies(
                [str(harness.BUILD / "sluice"), "run", "-c", str(self.daemon.config)],
                env=self.daemon.environment,
                stderr=log,
            )
        self.check_rows_come_in()
        limits = pathlib.Path(f"/proc/{self.daemon.process.pid}/limits").read_text()
        core = next(line for line in limits.splitlines() if line.startswith("Max core file size"))
        self.assertEqual(core.split()[4:6], ["0", "0"])
        before = set(os.listdir(self.folder))
        self.assertFalse(self.core_of(self.daemon.process))
        self.assertEqual(set(os.listdir(self.folder)), before)


if __name__ == "__main__":
    unittest.main()
