"""E19: bodies that unpack to hundreds of times their size, and a database that takes nothing. What the
response says of a message does not tell what its rows will need; memory stays bounded all the same."""

import base64
import gzip
import json
import pathlib
import subprocess
import unittest

import harness
from harness import wait_for

MEBIBYTE = 1 << 20
BUDGET = 16  # MiB, limits.in_flight_bytes
BESIDES = 48  # MiB: what the daemon may need beside its budget
MESSAGES = 3_000
TEXT = "x" * 60_000  # of each: 180 MB in all


def pack(number):
    text = json.dumps({"id": number, "text": TEXT})
    return base64.b64encode(gzip.compress(text.encode())).decode()


class Lock:
    """The table, locked by another session until release()."""

    def __init__(self, database, table):
        self.session = subprocess.Popen(
            ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database.url],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        self.session.stdin.write(f"BEGIN; LOCK TABLE {table}; SELECT 'locked';\n")
        self.session.stdin.flush()
        assert self.session.stdout.readline() == "locked\n"

    def release(self):
        self.session.stdin.close()
        self.session.wait(timeout=30)
        self.session.stdout.close()


class MemoryBound(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = harness.SqsServer(queues=("logins,visibility=10s",))
        self.addCleanup(self.server.stop)
        queue = self.server.queue
        config = json.dumps({
            "pipelines": {"packed": {
                "source": {"sqs": {"queue_url": queue.url, "endpoint": queue.endpoint, "wait": "1s"}},
                "record": {"encoding": "base64+gzip", "columns": {
                    "id": {"type": "integer", "from": "/id", "required": True},
                    "text": {"type": "text", "from": "/text"},
                }},
                "sink": {"postgres": {"url": "${env:DATABASE_URL}", "table": "packed"}},
                "limits": {"in_flight_bytes": f"{BUDGET}MiB"},
            }},
            "keys": {"keyring": "${env:SLUICE_KEYRING}"},
            "admin": {"listen": "127.0.0.1:0"},
            "shutdown": {"deadline": "5s"},
        })  # fmt: skip
        self.daemon = harness.Daemon(folder.name, self.database, queue, config)
        self.addCleanup(self.daemon.kill)

    def peak(self):
        """MiB that the daemon has had in memory at most."""
        status = pathlib.Path(f"/proc/{self.daemon.process.pid}/status").read_text()
        line = next(each for each in status.splitlines() if each.startswith("VmHWM:"))
        return int(line.split()[1]) / 1024

    def sample(self, name, labels=""):
        return (self.daemon.metrics() or {}).get(f'{name}{{pipeline="packed"{labels}}}', 0)

    def is_full(self):
        """All is received, and the workers have made as many rows as they may."""
        return (
            self.sample("sluice_in_flight_messages") == MESSAGES
            and self.sample("sluice_row_bytes") >= BUDGET * MEBIBYTE // 3
        )

    def fill(self):
        """As much as it takes while nothing can be stored; the lock that sees to that."""
        self.daemon.start()
        self.daemon.wait_ready()
        lock = Lock(self.database, "packed")
        self.addCleanup(lock.release)
        self.server.queue.send(*[pack(number) for number in range(MESSAGES)])
        wait_for(self.is_full, "it holds what it can")
        return lock

    def wait_until_stored(self):
        wait_for(
            lambda: self.database.count("SELECT count(DISTINCT id) FROM packed") == MESSAGES,
            "all are rows",
        )
        wait_for(lambda: self.server.queue.left() == 0, "all messages are deleted")

    def test_bodies_that_unpack_to_more_than_the_budget(self):
        lock = self.fill()
        self.assertGreater(self.sample("sluice_ring_depth", ',ring="intake"'), 0)
        self.assertLess(self.peak(), BUDGET + BESIDES)

        lock.release()
        self.wait_until_stored()
        wait_for(lambda: self.sample("sluice_row_bytes") == 0, "nothing is held")
        self.assertLess(self.peak(), BUDGET + BESIDES)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])

    def test_a_stop_while_nothing_can_be_stored_gives_the_messages_back(self):
        lock = self.fill()
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
        # Those that no byte of was sent are visible at once: most of them no worker had begun.
        self.assertGreater(self.server.queue.visible(), MESSAGES // 2)
        lock.release()
        self.daemon.start()
        self.wait_until_stored()
        self.assertEqual(self.database.count("SELECT count(*) FROM packed"), MESSAGES)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])


if __name__ == "__main__":
    unittest.main()
