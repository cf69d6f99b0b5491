"""A FIFO queue: each message group is stored in its order, whatever is refused, killed or delivered
again. SLUICE_FIFO_MESSAGES sets how many messages the long test sends."""

import collections
import json
import os
import random
import signal
import subprocess
import time
import unittest

import harness
import queue_servers
from harness import wait_for

MESSAGES = int(os.environ.get("SLUICE_FIFO_MESSAGES", "15000"))
GROUPS = MESSAGES // 15
NO_RECORD_EVERY = 53  # the transform refuses it
REFUSED_EVERY = 47  # the database does
STRIKES = max(8, MESSAGES // 2_000)
FREEZE_SECONDS = 3
IN_FLIGHT_MOST = 600

CONFIG = """
pipelines:
  orders:
    source:
      sqs:
        queue_url: ${env:SLUICE_QUEUE_URL}
        endpoint: ${env:SLUICE_ENDPOINT}
        fetchers: { min: 2, max: 8 }
        wait: 1s
    record:
      columns:
        message_id: { type: text, from: "@message_id", required: true }
        group_id:   { type: text, from: "@group_id", required: true }
        number:     { type: bigint, from: /number, required: true }
    sink:
      postgres:
        url: ${env:DATABASE_URL}
        table: orders
        batch: { rows: 200, linger: 10ms }
        connections: 2
        timeouts: { statement: 4s, lock: 2s }
    on_error: { brake: off }
    limits: { in_flight_messages: IN_FLIGHT_MOST }
keys: { keyring: "${env:SLUICE_KEYRING}" }
admin: { listen: 127.0.0.1:0 }
""".replace("IN_FLIGHT_MOST", str(IN_FLIGHT_MOST))

# `place` tells in which order rows and dead letters were inserted. The next transaction of a group
# begins when the last one is committed, so it tells the order of their commits as well.
TABLES = f"""
CREATE SEQUENCE public.places;
DROP TABLE IF EXISTS public.orders;
CREATE TABLE public.orders (
    place bigint NOT NULL DEFAULT nextval('public.places'),
    message_id text NOT NULL,
    group_id text NOT NULL,
    number bigint NOT NULL CHECK (number % {REFUSED_EVERY} <> 0));
ALTER TABLE sluice.dead_letters ADD COLUMN place bigint NOT NULL DEFAULT nextval('public.places');
"""


class Fifo(unittest.TestCase):
    def begin(self, *options, visibility, messages, groups, daemons=1):
        self.random = random.Random(self.id())
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        queue = f"orders.fifo,visibility={visibility}"
        self.server = queue_servers.serve(*options, queues=(queue,))
        self.addCleanup(self.server.stop)
        self.daemons = []
        for _ in range(daemons):
            folder = harness.temporary_folder()
            self.addCleanup(folder.cleanup)
            daemon = harness.Daemon(folder.name, self.database, self.server.queue, CONFIG)
            self.addCleanup(daemon.kill)
            self.daemons.append(daemon)
        migrated = self.daemons[0].command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        self.database.lines(TABLES)
        self.send(messages, groups)

    def send(self, messages, groups):
        """Numbered messages, each group a sequence of its own; neighbours are of random groups."""
        self.sent = {}  # message id: group and place in it
        self.bad = set()
        sizes = collections.Counter()
        for at in range(0, messages, 10):
            entries = []
            for number in range(at + 1, min(at + 10, messages) + 1):
                body = {"number": number} if number % NO_RECORD_EVERY else {}
                entries.append({
                    "Id": str(number), "MessageBody": json.dumps(body),
                    "MessageGroupId": f"group-{self.random.randrange(groups)}",
                    "MessageDeduplicationId": str(number),
                })  # fmt: skip
            answer = self.server.queue.call("SendMessageBatch", {"Entries": entries})
            ids = {each["Id"]: each["MessageId"] for each in answer["Successful"]}
            self.assertEqual(len(ids), len(entries), answer)
            for entry in entries:
                number, group, id = int(entry["Id"]), entry["MessageGroupId"], ids[entry["Id"]]
                sizes[group] += 1
                self.sent[id] = (group, number)
                if number % NO_RECORD_EVERY == 0 or number % REFUSED_EVERY == 0:
                    self.bad.add(id)
        self.assertGreater(max(sizes.values()), 10)  # more than one delivery can hold

    def totals(self):
        return self.server.stats()["queues"]["orders.fifo"]["totals"]

    def deleted(self):
        return len(self.sent) - self.server.queue.left()

    def wait_until_it_stores(self, daemon):
        """Or until the others have left nothing for it."""
        def stored():
            metrics = daemon.metrics() or {}
            rows = metrics.get('sluice_records_total{pipeline="orders",result="row"}', 0)
            return rows > 0 or self.server.queue.left() == 0

        wait_for(stored, "the first rows of this process")

    def wait_until_empty(self, seconds):
        def empty():
            for daemon in self.daemons:
                if daemon.process is not None:
                    code = daemon.process.poll()
                    self.assertIsNone(code, f"it ended by itself: {daemon.log()[-3000:]}")
            return self.server.queue.left() == 0

        wait_for(empty, "the queue is empty", seconds)

    def check_all_is_there_once_and_in_order(self):
        ends = [
            (int(place), transaction, id, kind)
            for place, transaction, id, kind in (
                line.split("|")
                for line in self.database.lines(
                    "SELECT place, xmin, message_id, 'row' FROM public.orders UNION ALL "
                    "SELECT place, xmin, message_id, reason FROM sluice.dead_letters ORDER BY 1"
                )
            )
        ]
        self.assertEqual(len(ends), len(self.sent), "lost or doubled")
        self.assertEqual({id for _, _, id, _ in ends}, set(self.sent))
        self.assertEqual({id for _, _, id, kind in ends if kind != "row"}, self.bad)
        last_of = {}  # group: its last transaction, its numbers before that, the numbers in it
        for _, transaction, id, kind in ends:
            group, number = self.sent[id]
            last, before, within = last_of.get(group, (None, 0, []))
            if transaction != last:
                before, within = max([before, *(each for each, _ in within)]), []
            self.assertGreater(number, before, f"{group} was stored out of order")
            # Within a transaction all become visible at once; rows keep their order all the same.
            rows = [each for each, what in within if what == "row"]
            if kind == "row" and rows:
                self.assertGreater(number, rows[-1], f"rows of {group} stand out of order")
            within.append((number, kind))
            last_of[group] = (transaction, before, within)


class KillsAndRefusals(Fifo):
    def strike(self):
        """Something befalls one of two daemons; what it had comes again to either of them."""
        daemon = self.random.choice(self.daemons)
        try:  # the moment of the fault
            daemon.process.wait(timeout=self.random.uniform(0.05, 0.5))
            self.fail(f"it ended by itself: {daemon.log()[-3000:]}")
        except subprocess.TimeoutExpired:
            pass
        what = self.random.choice(["kill", "kill", "stop", "freeze"])
        if what == "freeze":
            daemon.process.send_signal(signal.SIGSTOP)
            time.sleep(FREEZE_SECONDS)  # the fault: longer than its leases
            daemon.process.send_signal(signal.SIGCONT)
            return
        if what == "kill":
            daemon.kill()
        else:
            self.wait_until_it_stores(daemon)
            self.assertEqual(daemon.stop(), 0, daemon.log()[-3000:])
        daemon.start()

    def test_every_group_is_stored_in_its_order(self):
        self.begin(visibility="2s", messages=MESSAGES, groups=GROUPS, daemons=2)
        for daemon in self.daemons:
            daemon.start()
        for number in range(STRIKES):
            goal = MESSAGES * number // STRIKES // 2
            wait_for(lambda: self.deleted() >= goal, "it goes on")
            self.strike()
        self.wait_until_empty(seconds=300 + MESSAGES / 100)
        for daemon in self.daemons:
            daemon.wait_ready()  # the last strike may have started it only now
            self.assertEqual(daemon.stop(), 0, daemon.log()[-3000:])
        if queue_servers.SERVER == queue_servers.OURS:  # the only one that counts
            received = self.totals()["received"]
            self.assertGreater(received, MESSAGES, "nothing came again")
            print(f"{MESSAGES} messages, {received} deliveries")
        self.check_all_is_there_once_and_in_order()


class LostAnswers(Fifo):
    def test_a_receive_whose_answer_was_lost_is_asked_again_by_its_name(self):
        """Else its messages would lock their groups for an hour."""
        self.begin(
            "--faults", "7,dropped_after=20%,on=ReceiveMessage",
            visibility="1h", messages=2_000, groups=40,
        )  # fmt: skip
        self.daemons[0].start()
        self.wait_until_empty(seconds=120)
        totals = self.totals()
        self.assertGreater(totals["repeated"], 0)
        self.assertEqual(totals["received"], 2_000)
        self.assertEqual(self.daemons[0].stop(), 0)
        self.check_all_is_there_once_and_in_order()


class Stops(Fifo):
    def test_what_a_stop_gives_back_keeps_its_place(self):
        self.begin(visibility="1h", messages=10_000, groups=300)
        for _ in range(4):
            self.daemons[0].start()
            self.wait_until_it_stores(self.daemons[0])
            self.assertEqual(self.daemons[0].stop(), 0, self.daemons[0].log()[-3000:])
            self.assertEqual(self.server.queue.left(names=("NotVisible",)), 0)
        self.assertGreater(self.server.queue.left(), 0, "the stops came too late")
        self.daemons[0].start()
        self.wait_until_empty(seconds=120)
        self.assertEqual(self.daemons[0].stop(), 0)
        self.check_all_is_there_once_and_in_order()


if __name__ == "__main__":
    unittest.main()
