"""E5, E21: one allocation fails, in our code or in a library, in any thread, at any moment. The process
may end, as after a kill; it never stores a half, blames a message or forgets one."""

import json
import os
import pathlib
import random
import signal
import unittest

import harness

LOGINS = 120
OTHERS = 5
ROUNDS = int(os.environ.get("SLUICE_ALLOCATION_ROUNDS", "12"))  # of each kind
SEED = int(os.environ.get("SLUICE_ALLOCATION_SEED", "5"))

# It went on, it said what failed, or it ended where it stood (std::terminate, an assertion of a library).
ENDS = {0, 1, 2, -signal.SIGABRT}


class FailedAllocations(unittest.TestCase):
    def setUp(self):
        self.random = random.Random(SEED)
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.server = harness.SqsServer(queues=("logins,visibility=1s",))
        self.addCleanup(self.server.stop)
        config = harness.example(source=["wait: 1s", "fetchers: { min: 1, max: 2 }"])
        self.daemon = harness.Daemon(self.folder, self.database, self.server.queue, config)
        self.addCleanup(self.daemon.kill)
        self.made = harness.Logins(seed=4)
        self.sent = []
        self.others = 0

    def send(self):
        logins = [self.made.login() for _ in range(LOGINS)]
        self.sent += logins
        self.others += OTHERS
        self.server.queue.send(*map(json.dumps, logins), *[harness.NO_LOGIN] * OTHERS)

    def run_with(self, **environment):
        plain = dict(self.daemon.environment)
        self.daemon.environment.update(
            LD_PRELOAD=str((harness.BUILD / "failing_allocation.so").resolve()),
            # libpq asks libgssapi for a ticket, which may fall over a failed allocation: SIGSEGV in it.
            PGGSSENCMODE="disable",
            **environment,
        )
        try:
            return self.daemon.run_once()
        finally:
            self.daemon.environment = plain

    def allocations(self, **which):
        """How many there are in a whole run."""
        told = self.folder / "allocations"
        # Once only: no later run has the allocations of making the tables.
        migrated = self.daemon.command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        self.send()
        code = self.run_with(SLUICE_ALLOCATIONS=str(told), **which)
        self.assertEqual(code, 0, self.daemon.log()[-3000:])
        return int(told.read_text())

    def check_everything_is_there_once(self):
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.assertEqual(self.server.queue.left(), 0)
        self.assertEqual(
            sorted(self.database.lines("SELECT user_id FROM user_logins")),
            sorted(each["user_id"] for each in self.sent),
        )
        letters = self.database.lines("SELECT reason, count(*) FROM sluice.dead_letters GROUP BY 1")
        self.assertEqual(letters, [f"missing|{self.others}"])

    def fail_one_after_the_other(self, **which):
        whole = self.allocations(**which)
        self.assertGreater(whole, ROUNDS)
        ends, struck = [], 0
        mark = self.folder / "failed"
        for _ in range(ROUNDS):
            self.send()
            number = self.random.randrange(1, whole)
            code = self.run_with(
                SLUICE_FAIL_ALLOCATION=str(number), SLUICE_FAILED=str(mark), **which
            )
            struck += mark.exists()
            mark.unlink(missing_ok=True)
            self.assertIn(code, ENDS, f"allocation {number} {which}: {self.daemon.log()[-3000:]}")
            ends.append(code)
            # What a death left is stored before the next, so that no message has seen three of them.
            if code != 0:
                self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.check_everything_is_there_once()
        # Runs differ a little: the last allocations of one may not come in another.
        self.assertGreater(struck, ROUNDS // 2, f"too few of {ROUNDS} rounds had their failure")
        return ends

    def test_any_thread(self):
        self.fail_one_after_the_other()

    def test_a_worker_that_cannot_go_on_ends_the_process(self):
        ends = self.fail_one_after_the_other(SLUICE_FAIL_THREADS="transform")
        # A daemon without its worker would hold messages and never store them.
        self.assertIn(-signal.SIGABRT, ends, f"no worker failed in {ROUNDS} rounds")


if __name__ == "__main__":
    unittest.main()
