"""Compares what the queue server wrote down with what the tables hold: each message that was sent is
there exactly once, and was there before it was deleted from the queue."""

import bisect
import collections
import json


def key_tail(message_id):
    """What the ledger keeps of a message id: its last 80 bits."""
    return message_id.replace("-", "")[-20:]


class Checker:
    def __init__(self, test, journal, stream, database, daemon):
        self.test = test
        self.stream = stream
        self.sent = stream.sent
        self.database = database
        self.daemon = daemon
        self.receives = collections.Counter()
        self.received = []  # when, and which message; in that order
        self.deleted_at = {}  # the first time: a queue may hand it out once more afterwards
        self.other_ends = []  # what SQS may do to a message and did not have to
        self._read(journal)

    def _read(self, journal):
        with open(journal) as lines:
            for line in lines:
                event = json.loads(line)
                if event["queue"] != "messages":
                    continue
                kind, id = event["event"], event["id"]
                if kind == "received":
                    self.receives[id] += 1
                    self.received.append((event["time"], id))
                elif kind == "deleted":
                    self.deleted_at.setdefault(id, event["time"])
                elif kind in ("redriven", "moved", "expired", "purged"):
                    self.other_ends.append(event)
        self.received.sort()

    def check(self, receives_most=None, bad=(), rewritten=False):
        """`receives_most`: how often a message was handed out at most. `bad`: numbers of records
        that the database itself refused. `rewritten`: the table was copied by ALTER TABLE, and its
        rows tell no more which transaction brought them."""
        self.bad = set(bad)
        self._check_each_is_there_once()
        self._check_values()
        self._check_commits_came_before_deletes(rewritten)
        if receives_most is not None:
            worst, times = self.receives.most_common(1)[0]
            self.test.assertLessEqual(times, receives_most, f"receives of {worst}")

    def _check_each_is_there_once(self):
        self.test.assertGreater(len(self.sent), 0)
        records = {id for id, number in self.sent.items() if number and number not in self.bad}
        rows = collections.Counter(self.database.lines("SELECT message_id FROM chaos"))
        letters = dict(
            line.split("|")
            for line in self.database.lines("SELECT message_id, reason FROM sluice.dead_letters")
        )
        ledger = self.database.lines("SELECT message_id FROM sluice.ledger")
        self._same("duplicates", {id: n for id, n in rows.items() if n > 1}, {})
        self._same("rows", set(rows), records)
        self._same("dead letters", set(letters), set(self.sent) - records)
        reasons = {"missing", "database_refused"} if self.bad else {"missing"}
        self._same("reasons", set(letters.values()) - reasons, set())
        tails = collections.Counter(map(key_tail, self.sent))
        self._same("ledger", collections.Counter(map(key_tail, ledger)), tails)
        self._same("deletes", set(self.deleted_at), set(self.sent))
        self._same("lost to the queue", self.other_ends, [])

    def _check_values(self):
        """Stored as computed, and sealed so that it can be opened again."""
        order = 'ORDER BY message_id COLLATE "C"'
        stored = self.database.lines(f"SELECT message_id, number, word FROM chaos {order}")
        records = sorted(
            (id, number) for id, number in self.sent.items() if number and number not in self.bad
        )
        expected = [f"{id}|{number}|{self.stream.word(number)}" for id, number in records]
        self._same("values", stored, expected)
        opened = self.daemon.command(
            "unmask", "--reason", "chaos", "--query", f"SELECT secret FROM chaos {order}"
        )
        if opened.returncode != 0:
            self.test.fail(f"secrets that cannot be opened: {opened.stderr[:300]}")
        secrets = [self.stream.secret(number) for _, number in records]
        self._same("secrets", opened.stdout.splitlines(), secrets)

    def _check_commits_came_before_deletes(self, rewritten):
        """The server's clock is the queue's: both run on this machine."""
        committed = {}
        for line in self.database.lines(
            "SELECT message_id, floor(extract(epoch FROM pg_xact_commit_timestamp(xmin)) * 1000) "
            "FROM sluice.ledger"
        ):
            id, at = line.split("|")
            committed[key_tail(id)] = int(at)
        early = {
            id: at for id, at in self.deleted_at.items() if committed[key_tail(id)] > at
        }
        self._same("deleted before it was committed", early, {})
        tables = ["sluice.dead_letters"] + ["chaos"] * (not rewritten)
        for table in tables:
            apart = self.database.count(
                f"SELECT count(*) FROM {table} t WHERE NOT EXISTS (SELECT FROM sluice.ledger l WHERE "
                "right(replace(l.message_id::text, '-', ''), 20) = "
                "right(replace(t.message_id, '-', ''), 20) AND l.xmin = t.xmin)"
            )
            self.test.assertEqual(apart, 0, f"{table}: not in one transaction with the ledger")

    def _same(self, what, found, expected):
        """As assertEqual, and without a page of ten thousand lines when they differ."""
        if found == expected:
            return
        if isinstance(found, (set, list)):
            more = sorted(set(map(str, found)) - set(map(str, expected)))
            fewer = sorted(set(map(str, expected)) - set(map(str, found)))
            self.test.fail(f"{what}: {len(more)} too many {more[:3]}, {len(fewer)} too few {fewer[:3]}")
        self.test.fail(f"{what}: {str(found)[:300]} is not {str(expected)[:300]}")

    def in_flight_at(self, begin, end):
        """How many messages a process had in flight that ran from begin to end (milliseconds)."""
        first, last = (bisect.bisect_left(self.received, (at,)) for at in (begin, end))
        ids = {id for _, id in self.received[first:last]}
        return sum(self.deleted_at.get(id, end) >= end for id in ids)
