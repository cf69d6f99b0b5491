"""The checker of the chaos tests sees what it is there to see: each test spoils what a sound run has
stored, and expects its complaint."""

import unittest

from harness import wait_for
from rig import ChaosTest, Rig, at_once

MESSAGES = 300
REPLACED = "WITH old AS (DELETE FROM {0} WHERE {1} RETURNING *) INSERT INTO {0} SELECT * FROM old"


class CheckerItself(ChaosTest):
    def check_it_sees(self, spoil, complaint):
        rig = Rig(self, self.postgres, waiting=50, most=MESSAGES)
        rig.daemon().start().wait_ready()
        rig.stream.start()
        rig.wait_for_deletes(MESSAGES)
        wait_for(lambda: rig.queue.left() == 0, "the queue is empty")
        rig.database.lines(spoil)
        with self.assertRaisesRegex(AssertionError, complaint):
            rig.finish()

    @at_once
    def test_a_lost_row(self):
        self.check_it_sees("DELETE FROM chaos WHERE number = 7", "rows: 0 too many .* 1 too few")

    @at_once
    def test_a_row_that_is_there_twice(self):
        twice = "INSERT INTO chaos SELECT * FROM chaos WHERE number = 7"
        self.check_it_sees(twice, "duplicates")

    @at_once
    def test_a_wrong_value(self):
        self.check_it_sees("UPDATE chaos SET word = 'other' WHERE number = 7", "values")

    @at_once
    def test_a_value_that_is_not_sealed(self):
        self.check_it_sees("UPDATE chaos SET secret = '10.0.0.7' WHERE number = 7", "secrets that cannot be opened")

    @at_once
    def test_a_dead_letter_that_an_environment_made(self):
        wrong = "UPDATE sluice.dead_letters SET reason = 'poison' WHERE id = 1"
        self.check_it_sees(wrong, "reasons")

    @at_once
    def test_a_commit_that_came_after_the_delete(self):
        one = "message_id IN (SELECT message_id FROM sluice.ledger LIMIT 1)"
        self.check_it_sees(REPLACED.format("sluice.ledger", one), "deleted before it was committed")

    @at_once
    def test_a_row_that_came_without_its_entry_of_the_ledger(self):
        self.check_it_sees(REPLACED.format("chaos", "number = 7"), "not in one transaction")

    @at_once
    def test_a_daemon_that_goes_on_receiving_what_it_cannot_store(self):
        rig = Rig(self, self.postgres, waiting=50)
        daemon = rig.daemon().start()
        daemon.wait_ready()
        rig.stream.start()
        rig.wait_for_deletes()
        # To meet a lock is no reason to stop: it receives what comes, until it is full.
        with rig.database.locked("chaos"):
            wait_for(lambda: rig.queue.visible() == 0, "all there is is in flight")
            with self.assertRaisesRegex(AssertionError, "in vain: it receives nothing"):
                rig.wait_until_it_receives_nothing(daemon, look_seconds=1.5, seconds=6)
        rig.finish()


if __name__ == "__main__":
    unittest.main()
