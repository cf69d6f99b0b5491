"""What the daemon must do whatever server of the SQS protocol it drains: rows and dead letters, stops
and kills, a redrive policy, long polls, leases that are extended, what a message is beside its body.

SLUICE_SQS_SERVER names the server (tests/support/queue_servers.py), SLUICE_SERVER_MESSAGES how many
logins are drained.
"""

import datetime
import json
import os
import time
import unittest

import harness
import queue_servers
from harness import wait_for

LOGINS = int(os.environ.get("SLUICE_SERVER_MESSAGES", "10000"))
OTHERS = LOGINS // 100
ENDS = 6
SLOW_LOGINS = 300


class Conformance(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = folder.name

    def begin(self, *queues, config=None):
        """The last of the queues is the one that is drained."""
        server = queue_servers.serve(queues=queues)
        self.addCleanup(server.stop)
        self.queues = server.queues
        self.queue = server.queues[-1]
        self.daemon = harness.Daemon(self.folder, self.database, self.queue, config)
        self.addCleanup(self.daemon.kill)

    def send_logins(self, count, others=0, seed=12):
        made = harness.Logins(seed)
        self.logins = [made.login() for _ in range(count)]
        bodies = [json.dumps(each) for each in self.logins] + [harness.NO_LOGIN] * others
        made.random.shuffle(bodies)
        self.queue.send(*bodies)

    def slow_down_batches(self, seconds):
        migrated = self.daemon.command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        self.database.lines(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            f"$$ BEGIN PERFORM pg_sleep({seconds}); RETURN NULL; END $$; "
            "CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT "
            "EXECUTE FUNCTION slow()"
        )

    def counted(self, family, **labels):
        """The sum of a family's values that have these labels."""
        asked = [f'{name}="{value}"' for name, value in labels.items()]
        return sum(
            value
            for name, value in (self.daemon.metrics() or {}).items()
            if name.startswith(family + "{") and all(each in name for each in asked)
        )

    def rows(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def check_rows_are_the_logins(self):
        rows = self.database.lines(
            "SELECT user_id, device_type, coalesce(locale, ''), app_version FROM user_logins"
        )
        self.assertEqual(sorted(rows), sorted("|".join(harness.row_of(each)) for each in self.logins))

    def check_everything_is_there_once(self, others):
        self.assertEqual(self.queue.left(), 0)
        self.check_rows_are_the_logins()
        letters = self.database.lines(
            "SELECT reason, column_name, count(*) FROM sluice.dead_letters GROUP BY 1, 2"
        )
        self.assertEqual(letters, [f"missing|user_id|{others}"])


class Streams(Conformance):
    def test_the_queue_is_drained_into_rows_and_dead_letters(self):
        self.begin("logins,visibility=30s")
        self.send_logins(LOGINS, OTHERS)
        self.assertEqual(self.daemon.run_once(timeout=600), 0, self.daemon.log()[-3000:])
        self.check_everything_is_there_once(OTHERS)

    def test_stops_and_kills_lose_nothing_and_store_nothing_twice(self):
        # So slow, and with so few at hand for a stop to finish, that every end comes in mid-stream.
        config = harness.example(sink=["batch: { rows: 20, linger: 10ms }"]).replace(
            "    sink:\n", "    limits: { in_flight_messages: 200 }\n    sink:\n"
        )
        self.begin("logins,visibility=5s", config=config)
        self.slow_down_batches("0.1")
        self.send_logins(LOGINS, OTHERS)
        for end in range(ENDS):
            self.daemon.start()
            wait_for(lambda: self.counted("sluice_records_total", result="row") > 0, "first rows")
            if end % 2 == 0:
                self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
            else:
                self.daemon.kill()
        self.assertGreater(self.queue.left(), 0, "the ends came too late to prove anything")
        self.database.lines("DROP FUNCTION slow CASCADE")
        self.daemon.start()
        wait_for(lambda: self.queue.left() == 0, "the queue is empty", 300)
        again = self.counted("sluice_sqs_messages_received_total", delivery="again")
        self.assertGreater(again, 0, "nothing came again after the kills")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
        self.check_everything_is_there_once(OTHERS)


class Redrive(Conformance):
    EXHAUSTED = 20

    def test_what_the_redrive_policy_took_away_is_drained_from_where_it_lies(self):
        self.begin("failed", "logins,visibility=30s,dead_letters=failed,max_receives=2")
        failed = self.queues[0]
        self.send_logins(self.EXHAUSTED, seed=1)
        exhausted = self.logins

        def all_have_failed():  # by a consumer that never deletes what it received
            self.queue.call("ReceiveMessage", {"MaxNumberOfMessages": 10, "VisibilityTimeout": 0})
            return failed.left() == self.EXHAUSTED

        wait_for(all_have_failed, "the queue's policy takes them away")
        self.assertEqual(self.queue.left(), 0)
        self.send_logins(500, seed=2)
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.check_rows_are_the_logins()
        self.assertEqual(failed.left(), self.EXHAUSTED)

        self.logins += exhausted
        self.daemon.environment["SLUICE_QUEUE_URL"] = failed.url
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        self.check_rows_are_the_logins()
        self.assertEqual(failed.left(), 0)


class Polls(Conformance):
    ARRIVALS = 3

    def test_a_message_ends_a_long_poll_and_nobody_asks_meanwhile(self):
        # One more fetcher is asked for when polls come back full, and none does here.
        config = harness.example(source=["fetchers: { min: 1, max: 1 }", "wait: 20s"])
        self.begin("logins,visibility=30s", config=config)
        self.daemon.start()
        self.daemon.wait_ready()
        for arrived in range(1, self.ARRIVALS + 1):
            wait_for(lambda: self.counted("sluice_sqs_fetchers", state="polling") == 1, "it polls")
            self.queue.send(json.dumps(harness.Logins(seed=arrived).login()))
            wait_for(lambda: self.rows() == arrived, "the message is stored", 15)  # not yet 20 s
        # One for each arrival, one that waits; the attempt before ready, and one that a slow machine
        # lets run out.
        self.assertLessEqual(self.counted("sluice_sqs_receives_total"), self.ARRIVALS + 3)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])


class Leases(Conformance):
    VISIBILITY = 6

    def test_what_waits_for_a_slow_database_is_kept_until_its_turn(self):
        """The batches together take several times as long as the queue would hide a message."""
        config = harness.example(
            source=["fetchers: { min: 1, max: 4 }"],
            sink=["batch: { rows: 20, linger: 10ms }", "timeouts: { statement: 5s, lock: 4s }"],
        )
        self.begin(f"logins,visibility={self.VISIBILITY}s", config=config)
        self.slow_down_batches("1")
        self.send_logins(SLOW_LOGINS)
        begun = time.monotonic()
        self.daemon.start()
        wait_for(lambda: self.queue.left() == 0, "the queue is empty", 180)
        self.assertGreater(time.monotonic() - begun, self.VISIBILITY, "it was not slow enough")
        self.assertGreater(self.counted("sluice_sqs_lease_extensions_total", result="extended"), 0)
        received = "sluice_sqs_messages_received_total"
        self.assertEqual(self.counted(received, delivery="again"), 0)
        self.assertEqual(self.counted(received), SLOW_LOGINS)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log()[-3000:])
        self.check_rows_are_the_logins()


ORIGINS = """
pipelines:
  origins:
    source: { sqs: { queue_url: "${env:SLUICE_QUEUE_URL}", endpoint: "${env:SLUICE_ENDPOINT}", wait: 1s } }
    record:
      columns:
        message_id: { type: text, from: "@message_id", required: true }
        sent_at:    { type: timestamptz, from: "@sent_at", required: true }
        receives:   { type: integer, from: "@receive_count", required: true }
        body:       { type: text, from: "@body", required: true }
        kind:       { type: text, from: "@attribute/kind" }
        weight:     { type: numeric, from: "@attribute/weight" }
    sink: { postgres: { url: "${env:DATABASE_URL}", table: origins } }
keys: { keyring: "${env:SLUICE_KEYRING}" }
admin: { listen: 127.0.0.1:0 }
"""


class Origins(Conformance):
    def check_bodies(self, *bodies):
        self.begin("logins,visibility=30s", config=ORIGINS)
        begun = datetime.datetime.now(datetime.timezone.utc)
        expected = set()
        for weight, body in enumerate(bodies):
            attributes = {
                "kind": {"DataType": "String", "StringValue": "login"},
                "weight": {"DataType": "Number", "StringValue": str(weight)},
            }
            sent = self.queue.call(
                "SendMessage", {"MessageBody": body, "MessageAttributes": attributes if weight else {}}
            )
            told = ("login", str(weight)) if weight else ("", "")
            expected.add((sent["MessageId"], "1", body.encode().hex(), *told))
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        found = self.database.lines(
            "SELECT message_id, receives, encode(convert_to(body, 'UTF8'), 'hex'), kind, weight "
            "FROM origins"
        )
        self.assertEqual({tuple(line.split("|")) for line in found}, expected)
        early = begun - datetime.timedelta(seconds=1)  # milliseconds are cut off
        late = self.database.lines(
            f"SELECT sent_at FROM origins WHERE sent_at NOT BETWEEN '{early.isoformat()}' AND now()"
        )
        self.assertEqual(late, [])

    def test_what_a_message_is_beside_its_body_comes_into_columns(self):
        self.check_bodies(
            '{"a":1}', '{"a":"\u00e4\u20ac \\"quoted\\" \\\\ \\n"}', '{ "a" :\t[1, 2] }\n'
        )

    def test_characters_of_four_bytes_come_whole(self):
        self.check_bodies('{"a":"\U0001f600"}', '{"\U00010348":1}')


if __name__ == "__main__":
    unittest.main()
