"""A crowd of hostile connections at the admin server while messages flow: none is lost, none twice,
and whoever watches the daemon still hears of it.

    abuse.py --measure CONNECTIONS [MESSAGES [ROUNDS]]    what a crowd costs; 1 if more than a tenth
"""

import pathlib
import statistics
import subprocess
import sys
import time
import unittest

import harness
from harness import wait_for

CONNECTIONS = 2_000
LOGINS = 20_000
SHARE_MIN = 0.9  # of the rate alone: less is too little
TICKS = 100  # of a second, in /proc


class Abusers:
    def __init__(self, daemon, count):
        program = pathlib.Path(__file__).parents[2] / "support" / "abusers.py"
        self.process = subprocess.Popen(
            [sys.executable, "-B", str(program), daemon.admin().split("//")[1], str(count)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        if self.process.stdout.readline() != "all have come\n":
            raise AssertionError("the crowd did not come")

    def stop(self):
        if self.process.poll() is None:
            self.process.kill()
        self.process.communicate()


class Rig:
    def __init__(self, add_cleanup):
        self.database = harness.Database()
        add_cleanup(self.database.drop)
        folder = harness.temporary_folder()
        add_cleanup(folder.cleanup)
        self.server = harness.SqsServer()
        add_cleanup(self.server.stop)
        self.daemon = harness.Daemon(folder.name, self.database, self.server.queue, harness.example())
        add_cleanup(self.daemon.kill)
        self.add_cleanup = add_cleanup
        self.sent = 0

    def start(self):
        self.daemon.start()
        self.daemon.wait_ready()

    def send(self, count):
        self.sent += count
        self.server.queue.send(*harness.Logins(seed=self.sent).bodies(count))

    def abuse(self, count):
        abusers = Abusers(self.daemon, count)
        self.add_cleanup(abusers.stop)
        return abusers

    def deleted(self):
        return self.server.stats()["queues"]["logins"]["totals"].get("deleted", 0)

    def wait_for_all(self):
        wait_for(lambda: self.deleted() == self.sent, "all are deleted", 300)

    def stored(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def cpu_seconds(self):
        """Of the daemon so far."""
        stat = pathlib.Path(f"/proc/{self.daemon.process.pid}/stat").read_text().rsplit(") ", 1)[1].split()
        return (int(stat[11]) + int(stat[12])) / TICKS


class Abuse(unittest.TestCase):
    def test_messages_flow_past_a_hostile_crowd(self):
        """E16"""
        rig = Rig(self.addCleanup)
        rig.start()
        abusers = rig.abuse(CONNECTIONS)
        for _ in range(4):
            rig.send(LOGINS // 4)
            rig.wait_for_all()
        self.assertIsNone(abusers.process.poll())
        self.assertEqual(rig.stored(), rig.sent)
        # A bound on what it holds for them: its own descriptors are a few dozen.
        descriptors = len(list(pathlib.Path(f"/proc/{rig.daemon.process.pid}/fd").iterdir()))
        self.assertLess(descriptors, 200)
        abusers.stop()
        rig.daemon.wait_ready()
        page = rig.daemon.metrics()
        self.assertEqual(page['sluice_conservation_gap{pipeline="user_logins"}'], 0)
        self.assertEqual(rig.daemon.stop(), 0, rig.daemon.log()[-2000:])


def drained(connections, messages):
    """Messages a second, and the daemon's CPU microseconds a message, from when the crowd is there."""
    cleanups = []
    try:
        rig = Rig(lambda cleanup, *arguments: cleanups.append((cleanup, arguments)))
        lines = rig.daemon.folder / "logins"
        lines.write_text("\n".join(harness.Logins(seed=1).bodies(messages)) + "\n")
        sent = rig.daemon.command("send", str(lines))
        assert sent.returncode == 0, sent.stderr
        rig.sent = messages
        rig.daemon.start()
        wait_for(rig.daemon.admin, "the admin server listens")
        abusers = rig.abuse(connections)
        wait_for(rig.deleted, "messages flow")
        begin, cpu, done = time.monotonic(), rig.cpu_seconds(), rig.deleted()
        wait_for(lambda: rig.deleted() == messages, "all are deleted", 600)
        count, spent = messages - done, time.monotonic() - begin
        assert rig.stored() == messages and abusers.process.poll() is None
        return count / spent, (rig.cpu_seconds() - cpu) * 1e6 / count
    finally:
        for cleanup, arguments in reversed(cleanups):
            cleanup(*arguments)


def measure(connections, messages, rounds):
    """Alone and in the crowd by turns, so that what else the machine does meets both alike."""
    figures = {0: [], connections: []}
    for _ in range(rounds):
        for count, found in figures.items():
            found.append(drained(count, messages))
            rate, cpu = found[-1]
            print(f"{count:6} connections: {rate:8.0f} messages/s, {cpu:5.1f} us of CPU each", flush=True)
    alone, crowded = ([rate for rate, _ in found] for found in figures.values())
    pairs = [with_them / without for without, with_them in zip(alone, crowded)]
    share = statistics.median(crowded) / statistics.median(alone)
    print(f"with {connections} connections: {share:.3f} of the rate alone (median by median); "
          f"mean by mean {sum(crowded) / sum(alone):.3f}, pair by pair {statistics.median(pairs):.3f}")  # fmt: skip
    return share


if __name__ == "__main__":
    if "--measure" in sys.argv:
        given = [int(each) for each in sys.argv[sys.argv.index("--measure") + 1 :]]
        share = measure(*given, *[400_000, 3][len(given) - 1 :])
        sys.exit(share < SHARE_MIN)
    unittest.main()
