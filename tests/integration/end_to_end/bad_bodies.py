"""Thousands of bad and odd bodies, each of which must end as exactly one row or one dead letter: the
one that a slow oracle says, with every stored value as it says, and nothing masked seen anywhere.

SLUICE_BAD_BODIES: how many; they go in pieces, each with a seed, a database and a queue of its own.
SLUICE_BAD_BODIES_SEED: of the first piece. A failure names the seed of its piece: with that seed, and
the size of that piece, it comes again.
"""

import collections
import contextlib
import datetime
import json
import os
import re
import subprocess
import time
import unittest

import body_columns
import body_generator as made
import harness
from body_json import Node
from body_oracle import Letter, Mapping, Masked
from body_stored import copied, stored_is

PIECE = 20_000
COUNT = int(os.environ.get("SLUICE_BAD_BODIES") or PIECE)
SEED = int(os.environ.get("SLUICE_BAD_BODIES_SEED") or 1)
SHOWN_MAX = 20  # complaints
KIBIBYTE = 1 << 10
BATCH_BYTES_MAX = 900 * KIBIBYTE  # of ten messages together, with room for what JSON adds
LARGE = [255 * KIBIBYTE, 256 * KIBIBYTE, 600 * KIBIBYTE, 1023 * KIBIBYTE]

# name of pipeline and table: columns, share of the bodies, record and limits of the configuration
PIPELINES = {
    "wide": (body_columns.WIDE, 0.6, {}, {}),
    "strict": (
        body_columns.STRICT,
        0.2,
        {"unknown_fields": "reject"},
        {"json_depth": body_columns.STRICT_DEPTH},
    ),
    "whole": (body_columns.WHOLE, 0.2, {}, {"duplicate_keys": "last_wins"}),
}
REASONS = {"not_json_object", "duplicate_key", "too_deep", "invalid_text", "unknown_field", "missing",
           "wrong_type", "unparsable", "out_of_range", "too_long", "not_one_of", "no_match",
           "cannot_mask", "database_refused"}  # fmt: skip
REFUSED_TWICE = ("database_refused", None, "23505")
SQLSTATES = {"23502", "23503", "23505", "23514", "54000"}
OFFSET = re.compile(r"\bbyte offset (\d+)$")
# Networks of truncated addresses may be seen, addresses may not.
HIDDEN = re.compile(
    re.escape(made.CANARY) + r"|100\.77\.\d+\.(?!0/24)\d+|2001:db8:c4a4:[0-9a-f]", re.IGNORECASE
)


def configuration(server):
    """JSON is YAML."""
    pipelines = {}
    for queue, (name, (columns, _, record, limits)) in zip(server.queues, PIPELINES.items()):
        pipelines[name] = {
            "source": {"sqs": {"queue_url": queue.url, "endpoint": queue.endpoint, "wait": "1s"}},
            "record": {**record, "columns": columns},
            "sink": {"postgres": {"url": "${env:DATABASE_URL}", "table": name}},
            "on_error": {"brake": "off"},
            "limits": limits,
        }
    return json.dumps({
        "pipelines": pipelines,
        "keys": {"keyring": "${env:SLUICE_KEYRING}"},
        "admin": {"listen": "127.0.0.1:0"},
    }, indent=1)  # fmt: skip


def hides(value):
    """Whether a value in clear holds what should be hidden: then the body proves nothing."""
    if isinstance(value, Node):
        return any(hides(text) for _, text in value.strings())
    if isinstance(value, list):
        return any(map(hides, value))
    return isinstance(value, str) and HIDDEN.search(value) is not None


class Piece:
    """One run of the daemon over bodies of one seed."""

    def __init__(self, test, seed, count):
        self.test = test
        self.seed = seed
        self.count = count
        self.complaints = []
        self.seen = collections.Counter()  # reasons, SQLSTATEs, rows
        self.pages = []
        self.columns = {}  # of each pipeline
        self.sent = {name: {} for name in PIPELINES}  # message id: (body, what must become of it)
        self.details = {}  # of letters
        self.masked = {}  # (pipeline, column): {clear text: stored text}
        self.sealed = {}  # stored text: clear text

    def run(self):
        with contextlib.ExitStack() as ends:
            folder = ends.enter_context(harness.temporary_folder())
            database = harness.Database()
            ends.callback(database.drop)
            server = harness.SqsServer(queues=PIPELINES)
            ends.callback(server.stop)
            daemon = harness.Daemon(folder, database, server.queue, configuration(server))
            ends.callback(daemon.kill)
            self.work(database, server, daemon)

    def work(self, database, server, daemon):
        migrated = daemon.command("migrate")
        self.test.assertEqual(migrated.returncode, 0, migrated.stderr)
        database.lines(body_columns.STRICT_RULES)
        key_id = json.loads(daemon.keyring.read_text())["keys"][0]["id"]
        begun = time.time()
        for queue, name in zip(server.queues, PIPELINES):
            self.send(queue, name, key_id)
        self.sent_between = begun - 1, time.time() + 1
        self.drain(daemon)
        for queue in server.queues:
            self.test.assertEqual(queue.left(), 0)

        self.letters = self.letters_of(database, daemon)
        for name in PIPELINES:
            self.judge(name, self.rows_of(database, name))
        self.check_masks(daemon)
        self.check_counts(database)
        self.check_silence(daemon)

    # ---- what is sent ----------------------------------------------------------------------------

    def send(self, queue, name, key_id):
        columns, share, record, limits = PIPELINES[name]
        mapping = Mapping(
            columns,
            depth_max=limits.get("json_depth", 64),
            repeats_refused="duplicate_keys" not in limits,
            unknown_refused=record.get("unknown_fields") == "reject",
            key_id=key_id,
        )
        self.columns[name] = mapping.columns
        batch, size = [], 0
        for body, expected in self.drawn(name, mapping, round(self.count * share)):
            if batch and (len(batch) == 10 or size + len(body) * 3 > BATCH_BYTES_MAX):
                self.send_batch(queue, name, batch)
                batch, size = [], 0
            batch.append((body, expected))
            size += len(body.encode())
        self.send_batch(queue, name, batch)

    def drawn(self, name, mapping, count):
        """So many bodies that prove something, and what must become of each."""
        bodies, left = made.Bodies(f"{self.seed}/{name}"), count
        for number in range(2 * count):
            if left == 0:
                return
            large = number < len(LARGE)
            body = bodies.large(name, LARGE[number]) if large else bodies.body(name)
            expected = mapping.judge(body)
            if isinstance(expected, dict) and any(map(hides, expected.values())):
                continue
            left -= 1
            yield body, expected
        self.test.assertEqual(left, 0, f"seed {self.seed}, {name}: too many bodies prove nothing")

    def send_batch(self, queue, name, batch):
        ids = queue.send(*[body for body, _ in batch])
        self.sent[name].update(zip(ids, batch))

    def drain(self, daemon):
        daemon.start("--once", "--log-level", "debug")
        end = time.monotonic() + 600
        while daemon.process.poll() is None:
            self.test.assertLess(time.monotonic(), end, "the daemon does not end")
            try:
                metrics = daemon.get("/metrics")
            except AssertionError:  # it has just ended
                break
            if metrics:
                self.pages.append(metrics[1])
            try:
                daemon.process.wait(timeout=0.3)
            except subprocess.TimeoutExpired:
                pass
        self.test.assertEqual(daemon.process.wait(), 0, daemon.log()[-3000:])

    # ---- what has become of it -------------------------------------------------------------------

    def rows_of(self, database, name):
        shown = [
            f'array_to_json("{column}")' if settings["type"].endswith("[]") else f'"{column}"'
            for column, settings in PIPELINES[name][0].items()
        ]
        rows = copied(database, f"SELECT {', '.join(shown)} FROM {name}")
        self.look_for_hidden(f"table {name}", rows)
        out = {}
        for values in rows:
            row = dict(zip(PIPELINES[name][0], values))
            if row["message_id"] in out:
                self.complain(name, row["message_id"], "has two rows")
            out[row["message_id"]] = row
        return out

    def letters_of(self, database, daemon):
        rows = copied(
            database,
            "SELECT pipeline, message_id, reason, sqlstate, column_name, detail, body_sealed, "
            "encode(body, 'escape'), attributes, receive_count FROM sluice.dead_letters",
        )
        self.look_for_hidden("dead letters", rows)
        out = {name: {} for name in PIPELINES}
        for name, message_id, reason, sqlstate, column, detail, sealed, *_ in rows:
            if message_id in out[name]:
                self.complain(name, message_id, "has two letters")
            if sealed != "t" or made.VALUE in (detail or ""):
                self.complain(name, message_id, f"shows what it holds: {sealed}, {detail}")
            out[name][message_id] = (reason, column, sqlstate)
            self.details[message_id] = detail or ""
        self.check_bodies(daemon)
        return out

    def check_bodies(self, daemon):
        """A letter keeps its body, byte for byte."""
        for name in PIPELINES:
            done = harness.run_sluice(
                "letters", "export", "-c", str(daemon.config), "--pipeline", name, "--reason", "a test",
                env=daemon.environment,
            )  # fmt: skip
            for line in done.stdout.split("\n")[:-1]:
                letter = json.loads(line)
                if letter["body"] != self.sent[name][letter["message_id"]][0]:
                    self.complain(name, letter["message_id"], f"its letter holds {letter['body']!r}")

    def complain(self, name, message_id, what):
        body, expected = self.sent[name].get(message_id, ("?", "?"))
        self.complaints.append(
            f"seed {self.seed} of {self.count}, {name}: {what}\n  body {body[:600]!r}\n"
            f"  expected {expected if isinstance(expected, Letter) else 'a row'}"
        )

    def judge(self, name, rows):
        letters = self.letters[name]
        for stranger in (rows.keys() | letters.keys()) - self.sent[name].keys():
            self.complain(name, stranger, f"{stranger} was never sent")
        refusals = self.refusals() if name == "strict" else {}
        for message_id, (_, expected) in self.sent[name].items():
            row, letter = rows.get(message_id), letters.get(message_id)
            if (row is None) == (letter is None):
                self.complain(name, message_id, f"is row {row} and letter {letter}")
            elif isinstance(expected, Letter):
                self.judge_letter(name, message_id, expected, letter, row)
            elif letter is not None:
                if letter not in refusals.get(message_id, (set(), True))[0]:
                    self.complain(name, message_id, f"became the letter {letter}")
                self.seen.update([letter[0], letter[2]])
            elif not refusals.get(message_id, (set(), True))[1]:
                self.complain(name, message_id, f"became a row, not {refusals[message_id][0]}")
            else:
                self.judge_row(name, message_id, expected, row)
        if name == "strict":
            self.check_twins(rows)

    def judge_letter(self, name, message_id, expected, letter, row):
        if letter is None:
            self.complain(name, message_id, f"became the row {row}")
            return
        reason, column, sqlstate = letter
        if reason not in expected.reasons or column != expected.column or sqlstate is not None:
            self.complain(name, message_id, f"became the letter {letter}")
        self.seen[reason] += 1
        told = OFFSET.search(self.details[message_id])
        if (told is not None) != (expected.bytes is not None) or (
            told and not expected.bytes[0] <= int(told[1]) <= expected.bytes[1]
        ):
            self.complain(name, message_id, f"its letter says {self.details[message_id]!r}")

    def judge_row(self, name, message_id, expected, row):
        self.seen["row"] += 1
        for column in self.columns[name]:
            value, stored = expected[column.name], row[column.name]
            if not stored_is(column, value, stored):
                self.complain(name, message_id, f"{column.name} is {stored!r}, not {value!r}")
            elif isinstance(value, Masked):
                self.note_masked(name, message_id, column, value, stored)
        if name == "whole" and row["body"] != self.sent[name][message_id][0]:
            self.complain(name, message_id, f"the body was stored as {row['body']!r}")
        if name == "wide":
            sent_at = datetime.datetime.fromisoformat(row["sent_at"]).timestamp()
            if not self.sent_between[0] <= sent_at <= self.sent_between[1]:
                self.complain(name, message_id, f"was sent at {row['sent_at']}")
            if row["sent_day"] != row["sent_at"][:10]:
                self.complain(name, message_id, f"was sent on {row['sent_day']}")

    def note_masked(self, name, message_id, column, value, stored):
        """Equal values are masked alike; whether different ones differ is seen in the end."""
        kept = self.masked.setdefault((name, column.name), {})
        if kept.setdefault(value.clear, stored) != stored:
            self.complain(name, message_id, f"{column.name}: {value.clear} is masked in two ways")
        if value.opens:
            self.sealed[stored] = value.clear

    def refusals(self):
        """{message id: (letters that the rules of the table allow, whether it may be a row)}, of all
        that may be refused by the table."""
        by_id = collections.defaultdict(list)
        for message_id, (_, row) in self.sent["strict"].items():
            if not isinstance(row, Letter):
                by_id[row["id"]].append((message_id, broken_rules(row)))
        self.twins = []  # of which exactly one becomes a row
        out = {}
        for same in by_id.values():
            good = [message_id for message_id, broken in same if not broken]
            if len(good) > 1:
                self.twins.append(good)
            for message_id, broken in same:
                taken = {REFUSED_TWICE} if len(good) > (0 if broken else 1) else set()
                if broken or taken:
                    out[message_id] = broken | taken, not broken
        return out

    def check_twins(self, rows):
        for twins in self.twins:
            if len(rows.keys() & set(twins)) != 1:
                self.complain(
                    "strict", twins[0], f"and its twins are {len(rows.keys() & set(twins))} rows"
                )

    # ---- what must be true of all together ---------------------------------------------------------

    def check_masks(self, daemon):
        """Different values are masked differently, and what is sealed opens to what was sent."""
        for column, stored in self.masked.items():
            self.test.assertEqual(len(set(stored.values())), len(stored), column)
        done = daemon.command("unmask", "--pipeline", "wide", "--reason", "a test", "--json",
                              input="\n".join(self.sealed) + "\n", timeout=300)  # fmt: skip
        self.test.assertEqual(done.returncode, 0, done.stderr[-2000:])
        opened = [json.loads(line) for line in done.stdout.split("\n")[:-1]]
        self.test.assertEqual(opened, list(self.sealed.values()))

    def check_counts(self, database):
        sent = sum(map(len, self.sent.values()))
        self.test.assertEqual(database.count("SELECT count(*) FROM sluice.ledger"), sent)
        gaps = re.findall(r"^sluice_conservation_gap\{.*\} (\S+)$", "\n".join(self.pages), re.MULTILINE)
        self.test.assertEqual(set(gaps), {"0"})

    def check_silence(self, daemon):
        """No masked value and no other value is in the log or in the metrics."""
        for what, text in (("log", daemon.log()), ("metrics", "\n".join(self.pages))):
            self.test.assertGreater(len(text), 200, what)
            self.look_for_hidden(what, [[text]])
            self.test.assertNotIn(made.VALUE, text, what)

    def look_for_hidden(self, where, rows):
        for row in rows:
            for value in row:
                if value is not None and (found := HIDDEN.search(value)):
                    self.complaints.append(f"seed {self.seed}: {where} shows {found.group(0)}: {row}")


def broken_rules(row):
    """The letters that the rules of the table of `strict` make of a row."""
    out = set()
    if row["score"] is None:
        out.add(("database_refused", "score", "23502"))
    if row["score"] == 13:
        out.add(("database_refused", None, "23514"))
    if row["lat"] is not None and not (row["lat"] % 1 == 0 and abs(row["lat"]) <= 90):
        out.add(("database_refused", None, "23503"))
    if row["note"] is not None and len(row["note"]) > body_columns.NOTE_INDEXED_MAX:
        out.add(("database_refused", None, "54000"))
    return out


class BadBodies(unittest.TestCase):
    def test_each_ends_as_the_oracle_says(self):
        left, seed = COUNT, SEED
        while left > 0:
            begin = time.monotonic()
            piece = Piece(self, seed, min(left, PIECE))
            piece.run()
            if piece.complaints:
                shown = "\n".join(piece.complaints[:SHOWN_MAX])
                self.fail(f"{len(piece.complaints)} complaints:\n{shown}")
            left, seed = left - piece.count, seed + 1
            sent = sum(map(len, piece.sent.values()))
            print(f"seed {piece.seed}: {sent} bodies, {piece.seen['row']} rows, "
                  f"{time.monotonic() - begin:.0f} s", flush=True)  # fmt: skip
            if piece.count >= PIECE // 10:  # the generator reaches all there is to reach
                self.assertLessEqual(REASONS | SQLSTATES | {"row"}, piece.seen.keys())
                self.assertGreater(piece.seen["row"], piece.count // 5)


if __name__ == "__main__":
    unittest.main()
