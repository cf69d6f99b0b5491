"""A database that is locked, full, read-only, changed, out of reach or slow: it costs only time, and no
message becomes a dead letter by it.

Most of that time is waiting, since the daemon looks again every half minute when a person must act. So
these tests run all at once, each with its own database, queue and daemon.
"""

import errno
import os
import unittest

from harness import wait_for
from rig import CONFIG, ChaosTest, Rig, at_once, ended

REPAIR_SECONDS = 120  # a look every half minute, on a busy machine
FULL_DISK_BYTES = 24 << 20
QUIET_SECONDS = 1.5  # longer than a poll


class SickDatabase(ChaosTest):
    SETTINGS = ("max_connections=100",)

    # What they share

    def begin(self, before="", role=None, flowing=True):
        """A daemon in mid-stream; `before` runs before its first start, `role` is who it logs in as."""
        name = self._testMethodName.removeprefix("test_")[:60]
        self.rig = Rig(self, self.postgres, "--latency", "ReceiveMessage=80ms", visibility="10s",
                       name=name, waiting=100)  # fmt: skip
        self.database = self.rig.database
        self.daemon = self.rig.daemon(config=CONFIG.replace("max: 8", "max: 2"))
        if role:
            self.database.admin(f"CREATE ROLE {role} LOGIN PASSWORD 'right'; "
                                f"GRANT CREATE ON DATABASE {name} TO {role}")  # fmt: skip
            self.database.lines(f"GRANT ALL ON SCHEMA public TO {role}")
            place = self.database.url.split("@")[1]
            self.daemon.environment["DATABASE_URL"] = f"postgresql://{role}:right@{place}"
        if before:
            self.database.lines(before)
        self.daemon.start().wait_ready()
        self.rig.stream.start()
        if flowing:
            self.rig.wait_for_deletes(300)

    def wait_until_it_stops(self, why):
        def stopped():
            status, text = self.daemon.get("/readyz") or (0, "")
            return status == 503 and why in text

        wait_for(stopped, f"it is not ready, and says '{why}'")
        self.assertEqual(self.daemon.get("/healthz")[0], 200)  # a restart would cure nothing
        self.rig.wait_until_it_receives_nothing(self.daemon, QUIET_SECONDS)

    def check_it_goes_on(self, **promises):
        self.daemon.wait_ready(REPAIR_SECONDS)
        self.rig.wait_for_deletes(300, REPAIR_SECONDS)
        self.rig.finish(receives_most=1, **promises)

    def errors(self, verdict):
        metrics = self.daemon.metrics() or {}
        return sum(
            value for name, value in metrics.items()
            if name.startswith("sluice_postgres_errors_total{") and f'verdict="{verdict}"' in name
        )  # fmt: skip

    # The faults

    @at_once
    def test_lock_on_the_table_for_longer_than_lock_timeout(self):
        """D5: 55P03 again and again; nothing is deleted that is not stored."""
        self.begin()
        with self.database.locked("chaos"):
            wait_for(lambda: self.errors("try_again") >= 3, "lock_timeout strikes more than once")
            deleted = self.rig.deleted()
            self.assertLessEqual(deleted, self.database.count("SELECT count(*) FROM sluice.ledger"))
        self.check_it_goes_on()

    @at_once
    def test_full_disk(self):
        """D3: 53100 while a table grows; it goes on by itself when there is room again."""
        if os.geteuid() != 0:
            self.skipTest("only root may mount a small disk")
        disk = self.postgres.small_disk(FULL_DISK_BYTES)
        self.begin(
            f"CREATE TABLESPACE small LOCATION '{disk}'; CREATE TABLE chaos (message_id text NOT NULL, "
            "number bigint NOT NULL, word text, secret text) TABLESPACE small"
        )
        filler = disk / "filler"
        with open(filler, "wb", buffering=0) as file:
            try:
                while file.write(bytes(4096)):
                    pass
            except OSError as error:
                self.assertEqual(error.errno, errno.ENOSPC)
        wait_for(lambda: "No space left" in self.daemon.log(), "the disk is full")
        deleted = self.rig.deleted()
        self.assertLessEqual(deleted, self.database.count("SELECT count(*) FROM sluice.ledger"))
        filler.unlink()
        self.check_it_goes_on()

    @at_once
    def test_read_only(self):
        """D2: 25006, as after a failover that left us with the old primary."""
        self.begin()
        name = self.database.name
        self.database.admin(f"ALTER DATABASE {name} SET default_transaction_read_only = on")
        self.database.throw_out()
        self.wait_until_it_stops("read-only transaction")
        self.database.admin(f"ALTER DATABASE {name} RESET default_transaction_read_only")
        self.check_it_goes_on()

    @at_once
    def test_column_dropped_under_load(self):
        """D7: 42703; the column comes back, with what it held."""
        self.begin()
        self.database.lines("BEGIN; LOCK TABLE chaos; CREATE TABLE kept AS SELECT * FROM chaos; "
                            "ALTER TABLE chaos DROP word; COMMIT")  # fmt: skip
        self.wait_until_it_stops('column "word"')
        self.database.lines("ALTER TABLE chaos ADD word text; UPDATE chaos SET word = kept.word "
                            "FROM kept WHERE kept.message_id = chaos.message_id")  # fmt: skip
        self.check_it_goes_on(rewritten=True)

    @at_once
    def test_column_type_changed_under_load(self):
        """D7: 42804."""
        self.begin()
        to_date, to_number = "date '2000-01-01' + number::integer", "number - date '2000-01-01'"
        self.database.lines(f"ALTER TABLE chaos ALTER number TYPE date USING {to_date}")
        self.wait_until_it_stops('column "number"')
        self.database.lines(f"ALTER TABLE chaos ALTER number TYPE bigint USING {to_number}")
        self.check_it_goes_on(rewritten=True)

    @at_once
    def test_rights_revoked(self):
        """D8: 42501."""
        self.begin(role="writer")
        self.database.lines("ALTER TABLE chaos OWNER TO sluice; REVOKE ALL ON chaos FROM writer")
        self.wait_until_it_stops("permission denied")
        self.database.lines("GRANT ALL ON chaos TO writer")
        self.check_it_goes_on()

    @at_once
    def test_role_dropped(self):
        """D8: 28P01; to drop it and to rename it look the same to who logs in."""
        self.begin(role="guest")
        self.database.admin("ALTER ROLE guest RENAME TO gone")
        self.database.throw_out()
        self.wait_until_it_stops("password authentication failed")
        # A new name takes the password away.
        self.database.admin("ALTER ROLE gone RENAME TO guest; ALTER ROLE guest PASSWORD 'right'")
        self.check_it_goes_on()

    @at_once
    def test_too_many_connections(self):
        """D8: 53300."""
        self.begin(role="crowd")
        self.database.admin("ALTER ROLE crowd CONNECTION LIMIT 0")
        self.database.throw_out()
        self.wait_until_it_stops("too many connections")
        self.database.admin("ALTER ROLE crowd CONNECTION LIMIT -1")
        self.check_it_goes_on()

    @at_once
    def test_day_of_the_ledger_missing(self):
        """D9: 23514 of the ledger, above its floor: a fault of the deployment."""
        self.begin()
        day, bounds = self.database.one(
            "SELECT c.oid::regclass, pg_get_expr(c.relpartbound, c.oid) FROM pg_class c "
            "JOIN sluice.ledger l ON l.tableoid = c.oid LIMIT 1"
        ).split("|")
        self.database.lines(f"ALTER TABLE sluice.ledger DETACH PARTITION {day}")
        self.wait_until_it_stops("partition")
        self.database.lines(f"ALTER TABLE sluice.ledger ATTACH PARTITION {day} {bounds}")
        self.check_it_goes_on()

    @at_once
    def test_partition_of_the_table_missing(self):
        """D9: 23514 of the table: no row is to blame."""
        self.begin(
            "CREATE TABLE chaos (message_id text NOT NULL, number bigint NOT NULL, word text, "
            "secret text) PARTITION BY RANGE (number); "
            "CREATE TABLE first PARTITION OF chaos FOR VALUES FROM (0) TO (1000)",
            flowing=False,
        )
        self.wait_until_it_stops("partition")
        self.database.lines("CREATE TABLE more PARTITION OF chaos FOR VALUES FROM (1000) TO (MAXVALUE)")
        self.check_it_goes_on()

    @at_once
    def test_trigger_that_refuses_some_rows(self):
        """D10, C9, C10: P0001 costs those rows, which become dead letters, and nobody else."""
        self.begin()
        self.database.lines(
            "CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN "
            "IF NEW.number % 101 = 0 AND NEW.number > 2020 THEN RAISE EXCEPTION 'not this one'; END IF; "
            "RETURN NEW; END $$; "
            "CREATE TRIGGER refuse BEFORE INSERT ON chaos FOR EACH ROW EXECUTE FUNCTION refuse()"
        )
        self.rig.wait_for_deletes(4_000)
        self.rig.stream.stop()
        numbers = [each for each in self.rig.stream.sent.values() if each]
        bad = {each for each in numbers if each % 101 == 0 and each > 2020}
        self.assertGreater(len(bad), 10)
        self.rig.finish(receives_most=1, bad=bad)

    @at_once
    def test_slow_database(self):
        """D12, B5: every batch takes longer; leases are extended meanwhile, and nothing comes twice."""
        self.begin()
        self.database.lines(
            "CREATE FUNCTION wait() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(1.5); RETURN NULL; END $$; "
            "CREATE TRIGGER wait AFTER INSERT ON chaos FOR EACH STATEMENT EXECUTE FUNCTION wait()"
        )
        rows = ended(self.daemon, "row")
        wait_for(lambda: ended(self.daemon, "row") >= rows + 1000, "it stores slowly", REPAIR_SECONDS)
        self.assertEqual(self.daemon.readiness(), 200)
        extended = 'sluice_sqs_lease_extensions_total{pipeline="chaos",result="extended"}'
        self.assertGreater(self.daemon.metrics()[extended], 0)
        self.database.lines("DROP TRIGGER wait ON chaos")
        self.check_it_goes_on()


if __name__ == "__main__":
    unittest.main()
