"""Bodies that are bad, odd or on a border, from a seed.

A body is made as text from texts: what no JSON library would write is what it is for.
"""

import base64
import random
import string

import body_samples as samples
from body_columns import NOTE_LONG, NOTE_TOO_LONG, WIDE

# What a masked column hides is made of these; none of it may be seen anywhere. The point: no
# sealed text may look like it.
CANARY = "c4n.4ry"
HIDDEN_IPV4 = "100.77."
HIDDEN_IPV6 = "2001:db8:c4a4:"
# Clear values hold this one. It may stand in a row, and nowhere in a log, a detail or a metric.
VALUE = "v4lue"

FIELDS = {
    "wide": [*dict.fromkeys(c["from"].split("/")[1] for c in WIDE.values() if c["from"][0] == "/")],
    "strict": ["id", "score", "geo", "items", "note", "mail"],
    "whole": ["a", "o", "k"],
}
ALWAYS = {"name", "id", "score", "k"}
MASKED = {"mail", "device", "phone", "address", "near", "secret"}
ALPHABETS = [
    "abcXYZ 019_-",
    "\u00e4\u00df\u0416\u05d0\u4e2d\U0001f600a",
    '\t\n\r\b\f\x01\x1f\x7f"\\/{}[]:,',
]
SHORT_ESCAPES = {'"': '\\"', "\\": "\\\\", "/": "\\/", "\b": "\\b", "\f": "\\f", "\n": "\\n",
                 "\r": "\\r", "\t": "\\t"}  # fmt: skip


def spelled(name):
    """A key with its first letter escaped."""
    return f'"\\u{ord(name[0]):04x}{name[1:]}"'


class Bodies:
    """The same seed gives the same bodies."""

    def __init__(self, seed):
        self.r = random.Random(seed)

    def pick(self, *of):
        return self.r.choice(of)

    # ---- texts -----------------------------------------------------------------------------------

    def letters(self, count):
        """That nothing can make shorter."""
        return "".join(self.r.choices(string.ascii_letters + string.digits, k=count))

    def text(self, most=20):
        alphabet = self.pick(*ALPHABETS)
        return "".join(self.r.choices(alphabet, k=self.r.randint(0, most)))

    def quoted(self, text):
        """A JSON string that says the text, in one of the many ways."""
        share = self.pick(0, 0, 0, 0.1, 1)
        out = []
        for letter in text:
            must = letter in '"\\' or letter < " "
            out.append(self.escape(letter) if must or self.r.random() < share else letter)
        return '"' + "".join(out) + '"'

    def escape(self, letter):
        short = SHORT_ESCAPES.get(letter)
        if short and self.r.random() < 0.7:
            return short
        halves = letter.encode("utf-16-be").hex()
        halves = self.pick(halves, halves.upper())
        return "".join("\\u" + halves[at : at + 4] for at in range(0, len(halves), 4))

    def canary(self, of):
        return f"{CANARY}{of}{self.r.randrange(1 << 30):x}"

    def hidden_ip(self):
        r = self.r
        if r.random() < 0.3:
            return f"{HIDDEN_IPV6}{r.randrange(1 << 16):x}::{r.randrange(1, 1 << 16):x}"
        return f"{HIDDEN_IPV4}{r.randrange(256)}.{r.randrange(256)}"

    def document(self, depth):
        """Any JSON."""
        r = self.r
        if depth == 0 or r.random() < 0.4:
            return self.pick(self.quoted(self.text()), str(r.randint(-999, 999)), "1.50", "null", "true")
        inner = [self.document(depth - 1) for _ in range(r.randrange(4))]
        if r.random() < 0.5:
            return "[" + ",".join(inner) + "]"
        keys = r.sample(["k", "x", "0", "", "\u00e4", "a b", "a.b", "~"], len(inner))
        return "{" + ",".join(f"{self.quoted(key)}:{each}" for key, each in zip(keys, inner)) + "}"

    def some(self, least, most):
        return self.r.randint(least, most)

    def array(self, element):
        return "[" + ",".join(self.pick(element(), "null") for _ in range(self.some(0, 4))) + "]"

    def say(self, texts):
        """One of the samples as a string."""
        return f'"{self.pick(*texts)}"'

    def moment(self):
        day = self.pick(*samples.DATES[:17])
        clock = self.pick(*samples.CLOCKS)
        return f'"{day}{self.pick("T", "t", " ", "_")}{clock}{self.pick(*samples.ZONES)}"'

    def epoch(self):
        number = self.pick(*samples.EPOCHS)
        return self.pick(number, f'"{number}"', f'" {number}"', self.say(samples.NO_NUMBERS))

    # ---- values ----------------------------------------------------------------------------------

    def changed(self, pipeline, name):
        """A value that may not fit."""
        if pipeline == "whole" or self.r.random() < 0.3:
            return self.misplaced(name)
        return BORDERS[name](self)

    def misplaced(self, name):
        """A value where it does not belong; of a masked column it is still one to be hidden."""
        if name not in MASKED:
            return self.pick(*samples.ODD)
        secret = self.quoted(self.canary("odd"))
        return self.pick(
            "5", "true", secret, f"[{secret}]", f'{{"v":{secret}}}', f"[[{secret},1]]",
            f"{{{secret}:1}}", self.quoted('{"mail":%s}' % secret), f'"{CANARY}\\u0000"',
            f'"{CANARY}\\ud800"',
        )  # fmt: skip

    # ---- whole bodies ----------------------------------------------------------------------------

    def fields(self, pipeline):
        """[key, value, name] of fields that fit, most of those there are, in any order."""
        share = self.pick(0.3, 0.6, 0.9)
        out = [
            [self.quoted(name), GOOD[name](self), name]
            for name in FIELDS[pipeline]
            if name in ALWAYS or self.r.random() < share
        ]
        self.r.shuffle(out)
        return out

    def written(self, fields):
        spaces = ("",) if self.r.random() < 0.7 else ("", " ", "\n", "\t", "\r\n")

        def spaced(text):
            return self.pick(*spaces) + text + self.pick(*spaces)

        inside = ",".join(f"{spaced(key)}:{spaced(value)}" for key, value, _ in fields)
        return spaced(f"{{{inside or self.pick(*spaces)}}}")

    def body(self, pipeline):
        """One body, of any kind."""
        fields = self.fields(pipeline)
        kind = self.r.random()
        if kind < 0.25:
            return self.written(fields)
        if kind < 0.65:
            for field in self.r.sample(fields, min(len(fields), self.pick(1, 1, 1, 2))):
                field[1] = self.changed(pipeline, field[2])
            return self.written(fields)
        if kind < 0.85:
            change = self.pick(
                self.without, self.renamed, self.repeated, self.stranger, self.deep, self.crowded
            )
            change(fields)
            return self.written(fields)
        return self.broken(self.written(fields)) or " "  # SQS takes no empty one

    def insert(self, fields, key, value, name="?"):
        fields.insert(self.some(0, len(fields)), [key, value, name])

    def without(self, fields):
        fields.pop(self.r.randrange(len(fields)))

    def renamed(self, fields):
        field = self.pick(*fields)
        name = field[2]
        field[0] = self.pick(
            f'"{name} "', f'"{name.upper()}"', f'"{name}\\u0000"', spelled(name), '""',
            f'"{name}\\ud800"', f'"/{name}"', f'"\ufeff{name}"',
        )  # fmt: skip

    def repeated(self, fields):
        """A key a second time, under another spelling perhaps."""
        key, value, name = self.pick(*fields)
        self.insert(fields, self.pick(key, spelled(name)), self.pick(value, "null", "1", '"x"', "{}"))

    def stranger(self, fields):
        """A field that no column takes."""
        key = self.pick(self.quoted(self.text()), '"\\u0000"', '"\\ud800"', '""', f'"{"k" * 3000}"')
        self.insert(fields, key, self.pick(*samples.ODD, self.document(4)))

    def deep(self, fields):
        """Around the limits of depth, and far beyond."""
        depth = self.pick(2, 4, 5, 6, 60, 62, 63, 64, 65, 500)
        value = self.pick("[" * depth + "]" * depth, '{"d":' * depth + "1" + "}" * depth)
        field = self.pick(*fields)
        if field[2] in MASKED:
            self.insert(fields, '"deep"', value)
        else:
            field[1] = value

    def crowded(self, fields):
        """Many keys, one of them twice perhaps."""
        keys = [f'"key_of_one_length_{at:04}_and_end"' for at in range(self.pick(30, 31, 32, 33, 300))]
        if self.r.random() < 0.5:
            keys.append(self.pick(*keys))
        fields += [[key, "0", "?"] for key in keys]

    def broken(self, text):
        """No JSON, or only just."""
        at = self.r.randrange(len(text) + 1)
        head, tail = text[:at], text[at:]
        return self.pick(
            lambda: head,
            lambda: tail,
            lambda: head + self.pick(*samples.STRAYS) + tail,
            lambda: head + tail[1:],
            lambda: head + tail[1:20] + tail,
            lambda: head + self.pick(*samples.STRAYS) + tail[1:],
            lambda: "\ufeff" + text,
            lambda: text + self.pick(text, *samples.TAILS),
            lambda: "[" + text + "]",
            lambda: self.pick(*samples.NO_DOCUMENTS),
            lambda: text.replace(":", self.pick(*samples.COLONS), 1),
            lambda: text.replace(",", self.pick(",,", ";", ", ", " "), 1),
            lambda: self.quoted(text),
            lambda: "{" * self.pick(3, 70, 2000) + text,
            lambda: "[" * self.pick(3, 70, 2000),
            lambda: '{"k":' * self.pick(3, 70, 2000),
        )()

    def large(self, pipeline, size):
        """So many bytes or a little less, in one of several ways."""
        fields = self.fields(pipeline)
        left = size - len(self.written(fields).encode()) - 4000
        key, value = self.pick(
            lambda: ('"pad"', '"' + "x" * left + '"'),
            lambda: ('"pad"', '"' + "\\u0041" * (left // 6) + '"'),
            lambda: ('"pad"', "[" + "1," * (left // 2) + "1]"),
            lambda: ('"pad"', "[" * left),
            lambda: ('"pad"', "1" * left),
            lambda: ('"pad"', " " * left + "1"),
            lambda: ('"' + "k" * left + '"', "1"),
        )()
        self.insert(fields, key, value)
        return self.written(fields)


def day(b, least_year=1):
    return f"{b.some(least_year, 9999):04}-{b.some(1, 12):02}-{b.some(1, 28):02}"


# A value that fits, of each field.
GOOD = {
    "name": lambda b: b.quoted(VALUE + b.text(30)),
    "nick": lambda b: b.quoted(b.pick("", " ", "\t") + b.pick("Bob_7", "ALICE", "") + b.pick("", "\n")),
    "tier": lambda b: b.quoted(b.pick("free", "plus", "pro")),
    "count": lambda b: b.pick("0", "1000", str(b.some(0, 1000))),
    "small": lambda b: str(b.some(-(2**31), 2**31 - 1)),
    "spoken": lambda b: b.pick("42", '" 42 "', '"-7"', '"1e2"'),
    "big": lambda b: str(b.some(-(2**63), 2**63 - 1)),
    "exact": lambda b: (
        f"{b.some(-(10**30), 10 ** b.pick(1, 9, 40))}.{b.some(0, 10**9)}{b.pick('', 'e7', 'E-12')}"
    ),
    "price": lambda b: f"{b.some(0, 998)}.{b.some(0, 99):02}",
    "ratio": lambda b: repr(b.pick(b.r.random(), b.r.uniform(-1e9, 1e9), b.r.uniform(-1, 1) * 1e-300)),
    "flag": lambda b: b.pick("true", "false"),
    "said": lambda b: b.pick("true", '"true"', '" FALSE "'),
    "born": lambda b: f'"{day(b)}"',
    "geboren": lambda b: '"' + ".".join(reversed(day(b).split("-"))) + '"',
    "local": lambda b: f'"{day(b)}T{b.some(0, 23):02}:{b.some(0, 59):02}"',
    "seen": lambda b: (
        f'"{day(b, 2)} 12:00:{b.some(0, 59):02}.{b.some(0, 999_999):06}{b.pick("Z", "+02:00", "-1130")}"'
    ),
    "logged": lambda b: f'"{b.some(1, 30):02}/Nov/2025:12:00:{b.some(0, 59):02} +0{b.some(0, 9)}00"',
    "at_ms": lambda b: str(b.some(-(10**13), 10**13)),
    "at_s": lambda b: b.pick(str(b.some(0, 2 * 10**9)), '" 1763640000 "', '"1763640000.25"'),
    "ref": lambda b: f'"{b.r.getrandbits(32):08x}-9dad-11d1-80B4-{b.r.getrandbits(48):012x}"',
    "host": lambda b: b.quoted(
        b.pick(f"192.0.2.{b.some(0, 255)}", f"2001:db8::{b.some(0, 65535):x}/64")
    ),
    "extra": lambda b: b.document(3),
    "blob": lambda b: b.quoted(
        b.pick(lambda x: "\\x" + x.hex(), lambda x: base64.b64encode(x).decode())(
            b.r.randbytes(b.some(0, 30))
        )
    ),
    "tags": lambda b: b.array(lambda: b.quoted(b.text(16))),
    "scores": lambda b: b.array(lambda: str(b.some(-5, 100))),
    "version": lambda b: b.quoted(f"{b.some(0, 99)}.{b.some(0, 999)}.{b.some(0, 999)}"),
    "list": lambda b: f'[{{"a/b":{b.quoted(VALUE + b.text())}}},{b.document(1)}]',
    "mail": lambda b: b.quoted(b.canary("mail") + b.pick("@example.org", b.text(8))),
    "device": lambda b: b.quoted(b.pick(b.canary("device"), f"{CANARY}device{b.some(0, 99)}")),
    "phone": lambda b: b.quoted(b.canary("phone")),
    "address": lambda b: b.quoted(b.hidden_ip()),
    "near": lambda b: b.quoted(b.hidden_ip()),
    "secret": lambda b: f"{{{b.quoted(b.canary('key'))}:[{b.quoted(b.canary('in'))}]}}",
    "id": lambda b: b.quoted(f"{VALUE}{b.some(0, 20_000)}"),
    "score": lambda b: repr(b.r.uniform(-1e9, 1e9)),
    "geo": lambda b: f'{{"lat":{b.some(-90, 90)},"lon":{b.r.uniform(-180, 180)!r}}}',
    "items": lambda b: b.document(3),
    "note": lambda b: b.quoted(b.letters(b.pick(10, 100, NOTE_LONG))),
    "a": lambda b: b.quoted(b.text()),
    "o": lambda b: b.pick(
        f'{{"n":{b.pick(*samples.NUMERICS)},"n":{b.pick(*samples.NUMERICS)}}}', '{"n":1}', "7", "{}"
    ),
    "k": lambda b: b.document(4),
}

# A value that is on the border, on either side.
BORDERS = {
    "name": lambda b: b.pick(f'"{b.letters(b.some(39, 42))}"', '"' + "\xe4" * b.some(39, 41) + '"'),
    "nick": lambda b: b.say(samples.NICKS),
    "tier": lambda b: b.say(samples.TIERS),
    "count": lambda b: b.pick(*samples.COUNTS),
    "small": lambda b: b.pick(*samples.INT4),
    "spoken": lambda b: b.say(samples.INT4 + samples.NO_NUMBERS + samples.INT8),
    "big": lambda b: b.pick(*samples.INT8, *samples.INT4),
    "exact": lambda b: b.pick(*samples.NUMERICS, *samples.INT8, *samples.DOUBLES),
    "price": lambda b: b.pick(*samples.NUMERICS),
    "ratio": lambda b: b.pick(*samples.DOUBLES, *samples.INT8),
    "flag": lambda b: b.pick(b.say(samples.WORDS), "1", "0"),
    "said": lambda b: b.pick(b.say(samples.WORDS), "1", "0"),
    "born": lambda b: b.say(samples.DATES),
    "geboren": lambda b: b.say(samples.GERMAN + samples.DATES),
    "local": lambda b: b.moment(),
    "seen": lambda b: b.moment(),
    "logged": lambda b: b.say(samples.LOGGED),
    "at_ms": lambda b: b.epoch(),
    "at_s": lambda b: b.epoch(),
    "ref": lambda b: b.say(samples.UUIDS),
    "host": lambda b: b.say(samples.ADDRESSES),
    "extra": lambda b: b.pick(*samples.NUMERICS, *samples.DOUBLES, b.document(4)),
    "blob": lambda b: b.say(samples.BINARIES),
    "tags": lambda b: b.pick(*samples.TAGS),
    "scores": lambda b: f"[{b.pick(*samples.INT4)},{b.pick('null', '-5', '-6', *samples.ODD)}]",
    "version": lambda b: b.say(samples.VERSIONS),
    "list": lambda b: b.pick(*samples.LISTS),
    # Sealed, these are about as long as the column is.
    "mail": lambda b: b.quoted(CANARY + "m" * b.pick(*range(50, 70), 200)),
    "device": lambda b: b.quoted(CANARY + b.text(1000)),
    "phone": lambda b: b.quoted(CANARY + b.text(1000)),
    "address": lambda b: b.quoted(b.hidden_ip() + b.pick("", "/24", "/32", "/128", " ", "x")),
    "near": lambda b: b.pick(
        b.quoted(b.hidden_ip() + b.pick("", "/16", "/24", "/32", "/64")), b.say(samples.ADDRESSES)
    ),
    "secret": lambda b: b.pick(*samples.ODD),
    "id": lambda b: b.pick(f'"{b.letters(b.some(63, 66))}"', '"' + "\U0001f600" * b.some(63, 65) + '"'),
    "score": lambda b: b.pick("13", "13.0", "1.3e1", "-1e300", "-1.1e300", "null", *samples.DOUBLES),
    "geo": lambda b: b.pick(f'{{"lat":{b.pick(*samples.DOUBLES, "91", "-90.0")}}}', *samples.PLACES),
    "items": lambda b: b.pick("[" * 5 + "]" * 5, "[" * 6 + "]" * 6, b.document(4)),
    "note": lambda b: b.quoted(b.letters(b.pick(NOTE_LONG, NOTE_TOO_LONG))),
}
