"""What the daemon tells the service manager, heard at a socket in systemd's place."""

import os
import pathlib
import signal
import socket
import time
import unittest

import harness
from harness import wait_for


class Manager:
    """The other end of $NOTIFY_SOCKET: keeps what it hears (sd_notify(3))."""

    def __init__(self, folder):
        self.path = str(pathlib.Path(folder, "notify"))
        self.socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.socket.bind(self.path)
        self.socket.setblocking(False)
        self.heard = []

    def listen(self):
        while True:
            try:
                self.heard += self.socket.recv(4096).decode().splitlines()
            except BlockingIOError:
                return self.heard

    def status(self):
        """The last one, without its name."""
        told = [line for line in self.listen() if line.startswith("STATUS=")]
        return told[-1].removeprefix("STATUS=") if told else ""


class Notifications(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.manager = Manager(folder.name)
        self.addCleanup(self.manager.socket.close)
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)

    def begin(self, database, **environment):
        self.daemon = harness.Daemon(
            self.folder, database, self.server.queue, harness.example(),
            NOTIFY_SOCKET=self.manager.path, **environment,
        )  # fmt: skip
        self.addCleanup(self.daemon.kill)
        self.daemon.start()

    def database(self):
        database = harness.Database()
        self.addCleanup(database.drop)
        return database

    def heard(self, line):
        wait_for(lambda: line in self.manager.listen(), line)

    def test_ready_then_what_it_does_then_its_end(self):
        self.begin(self.database())
        self.heard("READY=1")
        self.server.queue.send(harness.NO_LOGIN, *harness.Logins(1).bodies(20))
        done = "user_logins: running; 21 received: 20 rows, 1 dead letters; 0 in flight"
        wait_for(lambda: self.manager.status() == done, "the status tells what became of all")
        self.assertNotIn("STOPPING=1", self.manager.heard)
        self.assertEqual(self.daemon.stop(), 0)
        heard = self.manager.listen()
        self.assertLess(heard.index("READY=1"), heard.index("STOPPING=1"))
        self.assertNotIn("WATCHDOG=1", heard)  # nobody asked for it

    def test_ready_without_a_database_and_says_what_is_amiss(self):
        self.begin(None)
        self.heard("READY=1")
        wait_for(lambda: "Connection refused" in self.manager.status(), "the status says why it waits")
        self.assertIsNone(self.daemon.process.poll())

    def test_feeds_the_watchdog_from_its_loop(self):
        # A third of it is the pause between two signs of life.
        self.begin(self.database(), WATCHDOG_USEC="300000")

        def fed(times):
            return self.manager.listen().count("WATCHDOG=1") >= times

        wait_for(lambda: fed(5), "five signs of life")
        # A loop that stands still is not heard of, which is all that systemd can see.
        self.daemon.process.send_signal(signal.SIGSTOP)
        wait_for(lambda: state_of(self.daemon.process.pid) == "T", "it stands still")
        silent_since = self.manager.listen().count("WATCHDOG=1")
        self.daemon.process.send_signal(signal.SIGCONT)
        wait_for(lambda: fed(silent_since + 2), "it is heard of again")

    def test_a_reload_begins_and_ends(self):
        self.begin(self.database())
        self.heard("READY=1")
        for text in (harness.example(sink=["batch: { rows: 7 }"]), "pipelines: 7\n"):
            self.manager.heard.clear()
            before = time.clock_gettime(time.CLOCK_MONOTONIC)
            self.daemon.config.write_text(text)
            self.daemon.process.send_signal(signal.SIGHUP)
            self.heard("READY=1")  # whatever came of it
            told = [line for line in self.manager.heard if "=" in line and "STATUS" not in line]
            self.assertEqual([line.partition("=")[0] for line in told],
                             ["RELOADING", "MONOTONIC_USEC", "READY"])  # fmt: skip
            self.assertGreaterEqual(int(told[1].partition("=")[2]), int(before * 1e6))
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_watchdog_of_another_process_is_not_fed(self):
        self.begin(self.database(), WATCHDOG_USEC="300000", WATCHDOG_PID=str(os.getpid()))
        self.heard("READY=1")
        self.daemon.wait_ready()
        self.assertEqual(self.daemon.stop(), 0)
        self.assertNotIn("WATCHDOG=1", self.manager.listen())


def state_of(process):
    return pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0]


if __name__ == "__main__":
    unittest.main()
