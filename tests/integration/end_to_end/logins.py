"""A hundred thousand logins: every message becomes what was computed beforehand, and nothing clear
is left anywhere."""

import collections
import json
import re
import unittest

import harness
from harness import wait_for

LOGINS = 98_500
OTHERS = 1_000  # no logins at all
UNREADABLE = 500  # logins whose version is no version: dead letters that hold personal data
MESSAGES = LOGINS + OTHERS + UNREADABLE

RECEIVED = "sluice_sqs_messages_received_total"
ENDED = "sluice_records_total"


def total(metrics, family):
    return sum(value for name, value in metrics.items() if name.startswith(family + "{"))


def ended(metrics, how):
    return metrics[f'{ENDED}{{pipeline="user_logins",result="{how}"}}']


class Samples:
    """What is sent, and what must become of it."""

    def __init__(self):
        made = harness.Logins(seed=20_251_120)
        self.logins = [made.login() for _ in range(LOGINS)]
        self.unreadable = [made.login(app_version="latest") for _ in range(UNREADABLE)]
        self.bodies = [json.dumps(each) for each in self.logins + self.unreadable]
        self.bodies += [harness.NO_LOGIN] * OTHERS
        made.random.shuffle(self.bodies)
        self.clear = set(made.addresses) | set(made.devices)


def deliveries(journal):
    """How often each message was handed out, as the server wrote down."""
    counts = collections.Counter()
    with open(journal) as lines:
        for line in lines:
            event = json.loads(line)
            if event["event"] == "received":
                counts[event["id"]] += 1
    return counts


class LoginsBecomeRows(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.samples = Samples()
        cls.folder = harness.temporary_folder()
        cls.addClassCleanup(cls.folder.cleanup)
        cls.database = harness.Database()
        cls.addClassCleanup(cls.database.drop)
        journal = cls.folder.name + "/journal"
        server = harness.SqsServer("--duplicates", "5%", "--journal", journal)
        cls.addClassCleanup(server.stop)
        cls.daemon = harness.Daemon(cls.folder.name, cls.database, server.queue)
        cls.addClassCleanup(cls.daemon.kill)

        lines = cls.folder.name + "/logins.jsonl"
        with open(lines, "w") as out:
            out.write("\n".join(cls.samples.bodies) + "\n")
        sent = cls.daemon.command("send", lines)
        assert sent.returncode == 0, sent.stderr
        assert server.queue.left() == MESSAGES

        cls.daemon.start("--log-level", "debug")
        cls.scrapes = []
        wait_for(lambda: cls.drained(server), "the queue is empty and everything has ended", 300)
        cls.pages = cls.daemon.get("/metrics")[1] + cls.daemon.get("/api/v1/status")[1]
        cls.exit_code = cls.daemon.stop()
        cls.left = server.queue.left()
        server.stop()  # writes out the journal
        cls.deliveries = deliveries(journal)
        cls.repeats = sum(cls.deliveries.values()) - MESSAGES

    @classmethod
    def drained(cls, server):
        metrics = cls.daemon.metrics()
        if metrics is None:
            return False
        cls.scrapes.append(metrics)
        handed_out = server.stats()["queues"]["logins"]["totals"].get("received", 0)
        return server.queue.left() == 0 and total(metrics, ENDED) == handed_out

    def test_each_message_is_delivered_and_some_are_delivered_twice(self):
        self.assertEqual(len(self.deliveries), MESSAGES)
        self.assertEqual(max(self.deliveries.values()), 2)
        self.assertAlmostEqual(self.repeats / MESSAGES, 0.05, delta=0.005)
        self.assertEqual(self.left, 0)
        self.assertEqual(self.exit_code, 0)

    def test_rows_are_exactly_the_logins(self):
        rows = self.database.lines(
            "SELECT user_id, device_type, coalesce(locale, ''), app_version FROM user_logins"
        )
        self.assertEqual(
            sorted(rows), sorted("|".join(harness.row_of(each)) for each in self.samples.logins)
        )
        days = self.database.lines("SELECT DISTINCT create_date - current_date FROM user_logins")
        self.assertLessEqual(set(days), {"0", "-1"})  # midnight may pass meanwhile

    def test_dead_letters_are_exactly_the_rest_and_say_why(self):
        found = self.database.lines(
            "SELECT reason, column_name, count(*) FROM sluice.dead_letters GROUP BY 1, 2 ORDER BY 1"
        )
        self.assertEqual(
            found, [f"missing|user_id|{OTHERS}", f"unparsable|app_version|{UNREADABLE}"]
        )

    def test_the_counters_tell_the_same(self):
        last = self.scrapes[-1]
        self.assertEqual(ended(last, "row"), LOGINS)
        self.assertEqual(ended(last, "dead_letter"), OTHERS + UNREADABLE)
        self.assertEqual(ended(last, "duplicate"), self.repeats)
        self.assertEqual(total(last, RECEIVED), MESSAGES + self.repeats)
        for how in ("filtered", "released", "left", "lost"):
            self.assertEqual(ended(last, how), 0, how)

    def test_the_law_of_conservation_holds_at_every_scrape(self):
        in_mid_stream = 0
        for each in self.scrapes:
            uncommitted = each['sluice_uncommitted_messages{pipeline="user_logins"}']
            self.assertEqual(total(each, RECEIVED), total(each, ENDED) + uncommitted)
            self.assertEqual(each['sluice_conservation_gap{pipeline="user_logins"}'], 0)
            self.assertGreaterEqual(each['sluice_desired_replicas{pipeline="user_logins"}'], 1)
            in_mid_stream += uncommitted > 0
        self.assertGreater(in_mid_stream, 5, "it was never looked at while it worked")

    def test_equal_values_are_sealed_alike_and_different_ones_are_not(self):
        for column, field in (("masked_ip", "ip"), ("masked_device_id", "device_id")):
            sealed = dict(
                line.split("|")
                for line in self.database.lines(f"SELECT user_id, {column} FROM user_logins")
            )
            pairs = {(each[field], sealed[each["user_id"]]) for each in self.samples.logins}
            self.assertEqual(len(pairs), len({clear for clear, _ in pairs}))
            self.assertEqual(len(pairs), len({hidden for _, hidden in pairs}))

    def test_unmask_gives_back_every_value_and_is_audited(self):
        logins = sorted(self.samples.logins, key=lambda each: each["user_id"])
        for column, field in (("masked_ip", "ip"), ("masked_device_id", "device_id")):
            query = f'SELECT {column} FROM user_logins ORDER BY user_id COLLATE "C"'
            done = self.daemon.command("unmask", "--reason", "case 17", "--query", query)
            self.assertEqual((done.returncode, done.stderr), (0, ""))
            self.assertEqual(done.stdout.splitlines(), [each[field] for each in logins])
        audit = self.database.lines("SELECT reason, asked, opened FROM sluice.unmask_audit")
        self.assertEqual(audit, [f"case 17|{LOGINS}|{LOGINS}"] * 2)

    def test_nothing_clear_is_left_anywhere(self):
        places = {
            "table": "\n".join(self.database.lines("SELECT l::text FROM user_logins l")),
            "dead letters": "\n".join(
                self.database.lines(
                    "SELECT d::text, encode(body, 'escape'), encode(attributes, 'escape') "
                    "FROM sluice.dead_letters d"
                )
            ),
            "log": self.daemon.log(),
            "metrics and status": self.pages,
        }
        like_personal_data = re.compile(r"\d+\.\d+\.\d+\.\d+|\d{3}-\d{2}-\d{4}")
        sample = self.samples.logins[0]  # the sieve finds what it is there to find
        self.assertEqual(
            like_personal_data.findall(json.dumps(sample)), [sample["ip"], sample["device_id"]]
        )
        for place, text in places.items():
            self.assertGreater(len(text), 200, place)
            self.assertEqual(set(like_personal_data.findall(text)) & self.samples.clear, set(), place)
        letters = self.database.lines("SELECT count(*) FROM sluice.dead_letters WHERE body_sealed")
        self.assertEqual(letters, [str(OTHERS + UNREADABLE)])


if __name__ == "__main__":
    unittest.main()
