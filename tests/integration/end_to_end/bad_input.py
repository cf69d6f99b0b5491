"""A bad message costs only itself: one dead letter with its column and rule; its neighbours of the
same receive become rows."""

import json
import unittest

import harness
import queue_servers

MEBIBYTE = 1 << 20


def login(**fields):
    return json.dumps({"user_id": "u1", "ip": "198.51.100.7", **fields})


def of_size(size):
    """A login whose body has so many bytes, because of a long user_id."""
    return login(user_id="u" * (size - len(login(user_id=""))))


# what it is, body, reason, column
BAD = [
    ("another type of message", harness.NO_LOGIN, "missing", "user_id"),
    ("a missing field", '{"ip":"198.51.100.7"}', "missing", "user_id"),
    ("a null where a value is required", login(user_id=None), "missing", "user_id"),
    ("a number where text belongs", login(user_id=5), "wrong_type", "user_id"),
    ("a boolean where text belongs", login(device_type=True), "wrong_type", "device_type"),
    ("an object where text belongs", login(device_type={"os": "ios"}), "wrong_type", "device_type"),
    ("a list where text belongs", login(locale=["DE"]), "wrong_type", "locale"),
    ("a number in a masked column", login(ip=3221225985), "wrong_type", "masked_ip"),
    ("an object in a masked column", login(device_id={"a": 1}), "wrong_type", "masked_device_id"),
    ("a mebibyte", of_size(MEBIBYTE), "too_long", "user_id"),
    ("longer than its column", login(locale="L" * 33), "too_long", "locale"),
    ("characters are counted, not bytes", login(locale="\u00e4" * 33), "too_long", "locale"),
    ("sealed text longer than its column", login(ip="1" * 200), "too_long", "masked_ip"),
    ("a version that is none", login(app_version="latest"), "unparsable", "app_version"),
    ("a version beyond the type", login(app_version="99999999999.0"), "out_of_range", "app_version"),
    ("a blank body", " ", "not_json_object", ""),
    ("no JSON", "not JSON at all", "not_json_object", ""),
    ("half a document", login()[:-5], "not_json_object", ""),
    ("two documents", login() + login(), "not_json_object", ""),
    ("a list", "[" + login() + "]", "not_json_object", ""),
    ("a lone number", "17", "not_json_object", ""),
    ("binary rubbish", "\ufffd\u00ff\u00fe\t\r\u07ff\u2028\uffee", "not_json_object", ""),
    ("a key twice", '{"user_id":"u1","user_id":"u2"}', "duplicate_key", ""),
    ("NUL in a text", '{"user_id":"u\\u0000"}', "invalid_text", "user_id"),
    ("half a pair of surrogates", '{"user_id":"\\ud800"}', "invalid_text", "user_id"),
    ("NUL in a masked column", '{"user_id":"u","ip":"1\\u0000"}', "invalid_text", "masked_ip"),
    ("deeper than the limit", login(extra=json.loads("[" * 100 + "]" * 100)), "too_deep", ""),
]


class BadInput(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.database = harness.Database()
        cls.addClassCleanup(cls.database.drop)
        folder = harness.temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.server = queue_servers.serve()
        cls.addClassCleanup(cls.server.stop)
        cls.daemon = harness.Daemon(folder.name, cls.database, cls.server.queue)
        cls.addClassCleanup(cls.daemon.kill)

        # In the order sent, ten a receive: each bad one stands at another place among good ones.
        made = harness.Logins(seed=9)
        cls.ids, cls.good = {}, []
        for number, (what, body, _, _) in enumerate(BAD):
            neighbours = [made.login() for _ in range(9)]
            bodies = [json.dumps(each) for each in neighbours]
            at = number % 10
            if len(body) > 100_000:  # a batch may not be larger than a message
                cls.server.queue.send(*bodies[:at])
                cls.ids[what] = cls.server.queue.send(body)[0]
                cls.server.queue.send(*bodies[at:])
            else:
                cls.ids[what] = cls.server.queue.send(*bodies[:at], body, *bodies[at:])[at]
            cls.good += neighbours
        # And one good one among nine that are bad.
        crowd = [body for _, body, _, _ in BAD if len(body) < 10_000][:9]
        cls.good.append(made.login())
        cls.server.queue.send(*crowd[:4], json.dumps(cls.good[-1]), *crowd[4:])
        cls.letters = len(BAD) + len(crowd)
        cls.exit_code = cls.daemon.run_once()

    def test_it_ends_well_with_nothing_left(self):
        self.assertEqual(self.exit_code, 0, self.daemon.log()[-3000:])
        self.assertEqual(self.server.queue.left(), 0)

    def test_every_neighbour_becomes_a_row(self):
        self.assertEqual(
            sorted(self.database.lines("SELECT user_id FROM user_logins")),
            sorted(each["user_id"] for each in self.good),
        )

    def test_each_becomes_one_dead_letter_that_names_column_and_rule(self):
        found = {}
        for line in self.database.lines(
            "SELECT message_id, reason, coalesce(column_name, '') FROM sluice.dead_letters"
        ):
            message_id, reason, column = line.split("|")
            self.assertNotIn(message_id, found)
            found[message_id] = (reason, column)
        self.assertEqual(len(found), self.letters)
        for what, _, reason, column in BAD:
            with self.subTest(what):
                self.assertEqual(found[self.ids[what]], (reason, column))

    def test_no_detail_holds_a_value(self):
        details = "\n".join(self.database.lines("SELECT detail FROM sluice.dead_letters"))
        self.assertGreater(len(details), 100)
        for value in ("198.51.100.7", "latest", "99999999999", "LLLL", "oops", "uuuu"):
            self.assertNotIn(value, details + self.daemon.log())

    def test_bodies_are_sealed_and_kept(self):
        states = self.database.lines(
            "SELECT DISTINCT body_sealed, convert_from(substring(body FOR 3), 'UTF8'), state, "
            "pipeline, receive_count, length(config_hash) FROM sluice.dead_letters"
        )
        self.assertEqual(states, ["t|p1.|new|user_logins|1|16"])


if __name__ == "__main__":
    unittest.main()
