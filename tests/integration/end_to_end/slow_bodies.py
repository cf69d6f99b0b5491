"""Bodies of a mebibyte that are made to cost time: expressions that backtrack, keys that collide,
numbers without end. Each costs about what any body of its size costs, and ends as it should."""

import json
import resource
import unittest

import harness

SIZE = 1_000_000  # bytes of a body, about
COPIES = 3
# Of the daemon, for all bodies: ten times what they cost. The square of one size costs more.
CPU_SECONDS_MAX = 6

COLUMNS = {
    "id": {"type": "text", "from": "/id", "required": True},
    "evil": {"type": "text", "from": "/evil", "parse": ["trim", "lower"], "matches": "(a+)+(a|aa)*b"},
    "exact": {"type": "numeric", "from": "/exact"},
    "whole": {"type": "integer", "from": "/whole"},
    "real": {"type": "double", "from": "/real"},
    "tags": {"type": "text[]", "from": "/tags"},
    "version": {"type": "integer", "from": "/version", "parse": "version_major"},
    "seen": {"type": "timestamptz", "from": "/seen"},
    "host": {"type": "inet", "from": "/host"},
    "blob": {"type": "bytea", "from": "/blob"},
    "extra": {"type": "jsonb", "from": "/extra"},
}


def body(**fields):
    return json.dumps({"id": "u1", **fields}, separators=(",", ":"))


def raw(name, value):
    return f'{{"id":"u1","{name}":{value}}}'


def colliding_keys(count):
    """All of one length, with the same eight letters in front and behind."""
    return [f'"begin_it{number:05}_the_end"' for number in range(count)]


def with_keys(keys):
    return '{"id":"u1",' + ",".join(key + ":1" for key in keys) + "}"


KEYS = colliding_keys(SIZE // 26)

# what it is, body, reason and column of its letter, or None for a row
BODIES = [
    ("an expression that would backtrack", body(evil="a" * SIZE), "no_match", "evil"),
    ("and one that matches", body(evil="a" * (SIZE // 2) + "b"), None, None),
    ("white space to trim", body(evil=" " * (SIZE // 2) + "b" + "\t" * (SIZE // 4)), "no_match", "evil"),
    ("escapes", raw("evil", '"' + "\\u0041" * (SIZE // 6) + '"'), "no_match", "evil"),
    ("keys that collide", with_keys(KEYS), None, None),
    ("and the first one again", with_keys(KEYS + KEYS[:1]), "duplicate_key", ""),
    ("keys in a jsonb", raw("extra", with_keys(KEYS[5:])), None, None),
    ("keys in an object that nobody asks for", raw("other", with_keys(KEYS[5:])), None, None),
    ("keys with escapes", with_keys(key.replace("g", "\\u0067") for key in KEYS[::2]), None, None),
    ("a numeric of a million digits", raw("exact", "7" * SIZE), "too_long", "exact"),
    ("a fraction of as many", raw("exact", "0." + "7" * SIZE), "too_long", "exact"),
    ("an integer", raw("whole", "7" * SIZE), "out_of_range", "whole"),
    ("an integer with many zeros behind the point", raw("whole", "7." + "0" * SIZE), None, None),
    ("an exponent", raw("whole", "1e" + "9" * SIZE), "out_of_range", "whole"),
    ("a double", raw("real", "7" * SIZE), "out_of_range", "real"),
    ("a double near a half", raw("real", "9007199254740993." + "0" * SIZE + "1"), None, None),
    ("an array of many texts", body(tags=["\\"] * (SIZE // 10)), None, None),
    ("an array of many arrays", body(extra=[[]] * (SIZE // 3)), None, None),
    ("a version of many parts", body(version="1" + ".1" * (SIZE // 2)), None, None),
    ("a version of many digits", body(version="0" * SIZE + "x"), "unparsable", "version"),
    ("a time of many digits", body(seen="2025-11-20T12:00:00." + "0" * SIZE), "unparsable", "seen"),
    ("an address", body(host="1:" * (SIZE // 2)), "unparsable", "host"),
    ("base64", body(blob="A" * SIZE), None, None),
    ("base64 with a stray character", body(blob="A" * SIZE + "*AAA"), "unparsable", "blob"),
    ("a string that never ends", raw("evil", '"' + '\\"' * (SIZE // 2)), "not_json_object", ""),
    ("arrays that never end", raw("extra", "[" * SIZE), "too_deep", ""),
    ("commas", raw("extra", "[" + "," * SIZE + "]"), "not_json_object", ""),
    ("quotes", raw("extra", '"' * SIZE), "not_json_object", ""),
    ("white space", " " * SIZE + "{}" + "\n" * 1000, "missing", "id"),
]


class SlowBodies(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = harness.Database()
        cls.addClassCleanup(cls.database.drop)
        folder = harness.temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.server = harness.SqsServer()
        cls.addClassCleanup(cls.server.stop)
        config = json.dumps({
            "pipelines": {"slow": {
                "source": {"sqs": {"queue_url": cls.server.queue.url,
                                   "endpoint": cls.server.queue.endpoint, "wait": "1s"}},
                "record": {"columns": COLUMNS},
                "sink": {"postgres": {"url": "${env:DATABASE_URL}", "table": "slow"}},
                "on_error": {"brake": "off"},
            }},
            "keys": {"keyring": "${env:SLUICE_KEYRING}"},
            "admin": {"listen": "127.0.0.1:0"},
        })  # fmt: skip
        cls.daemon = harness.Daemon(folder.name, cls.database, cls.server.queue, config)
        cls.addClassCleanup(cls.daemon.kill)
        cls.expected = {}
        for _ in range(COPIES):
            for what, text, reason, column in BODIES:
                message_id = cls.server.queue.send(text)[0]
                cls.expected[message_id] = (what, reason, column)
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        cls.exit_code = cls.daemon.run_once(timeout=600)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        cls.cpu_seconds = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime

    def test_it_ends_well_with_nothing_left(self):
        self.assertEqual(self.exit_code, 0, self.daemon.log()[-3000:])
        self.assertEqual(self.server.queue.left(), 0)

    def test_none_costs_more_than_its_size(self):
        self.assertLess(self.cpu_seconds, CPU_SECONDS_MAX)

    def test_each_ends_as_it_should(self):
        letters = {}
        for line in self.database.lines(
            "SELECT message_id, reason, coalesce(column_name, '') FROM sluice.dead_letters"
        ):
            message_id, reason, column = line.split("|")
            self.assertNotIn(message_id, letters)
            letters[message_id] = (reason, column)
        rows = 0
        for message_id, (what, reason, column) in self.expected.items():
            with self.subTest(what):
                self.assertEqual(letters.get(message_id), reason and (reason, column))
                rows += reason is None
        self.assertEqual(self.database.count("SELECT count(*) FROM slow"), rows)


if __name__ == "__main__":
    unittest.main()
