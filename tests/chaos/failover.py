"""The primary dies for good, and its synchronous standby is promoted: what was acknowledged is there."""

import unittest

from harness import psql, wait_for
from rig import SCALE, ChaosTest, Postgres, Rig

FAILOVERS = 2 * SCALE


class Failover(ChaosTest):
    """A primary that waits for its standby; both in the daemon's URL, as libpq has it."""

    SETTINGS = None

    def test_failover_to_a_synchronous_standby_loses_nothing(self):
        """A9, D2, D14: the standby is away for a while, so that commits hang with an unknown outcome;
        it comes back, the primary is killed under load, the standby promoted. Or the primary dies
        while the standby is away: what only the primary had must still be on the queue."""
        for number in range(FAILOVERS):
            self.fail_over(f"failover_{number}", standby_comes_back=number % 2 == 0)
            # Servers of many rounds would pile up.
            self.assertTrue(self.doCleanups(), "what this round began is ended")

    def fail_over(self, name, standby_comes_back):
        primary = Postgres()
        self.addCleanup(primary.close)
        standby = primary.standby()
        self.addCleanup(standby.close)
        rig = Rig(self, primary, visibility="10s", name=name, waiting=300)
        primary.set("synchronous_standby_names", "*")
        daemon = rig.daemon()
        both = rig.database.url_at(primary.port).replace(
            f"127.0.0.1:{primary.port}", f"127.0.0.1:{primary.port},127.0.0.1:{standby.port}"
        )
        daemon.environment["DATABASE_URL"] = both + "&target_session_attrs=read-write"
        daemon.start().wait_ready()
        rig.stream.start()
        rig.wait_for_deletes(500)

        standby.control("halt")
        waits = "SELECT count(*) FROM pg_stat_activity WHERE wait_event = 'SyncRep'"
        wait_for(lambda: psql(primary.url, waits) != ["0"], "a commit waits for the standby")
        # Told to go, a backend that waits has committed here and nowhere else. That batch runs again,
        # finds its rows, and must wait for the standby all the same.
        rig.database.throw_out()
        wait_for(lambda: daemon.readiness() == 503, "it is not ready")
        wait_for(lambda: psql(primary.url, waits) != ["0"], "it waits again: the barrier")
        only_here = psql(rig.database.url, "SELECT count(*) FROM sluice.ledger")
        self.assertGreater(int(only_here[0]), rig.deleted())
        if standby_comes_back:
            standby.control("resume")
            rig.wait_for_deletes(500)
            primary.control("halt")
        else:
            primary.control("halt")
            standby.control("resume")
        standby.control("promote")
        rig.database.server = standby.url
        rig.database.url = rig.database.url_at(standby.port)
        rig.wait_for_deletes(500)
        rig.finish(receives_most=3)


if __name__ == "__main__":
    unittest.main()
