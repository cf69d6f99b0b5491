"""What must become of a body, by the rules of the configuration: slowly, and with other means than
the daemon's. Whole numbers are Python's, of any size; dates are days since 0001-01-01.

A column is given as it stands in the configuration, so that both read the same.
"""

import base64
import binascii
import dataclasses
import datetime
import ipaddress
import re

from body_json import NUMBER, SURROGATE, Document

DIGITS_MAX = 400
EXPONENT_MAX = 308
LONG = 2000  # digits
TRIMMED = " \t\n\r\f\v"
REDACTED = "[redacted]"
MONTHS = ["January", "February", "March", "April", "May", "June", "July", "August", "September",
          "October", "November", "December"]  # fmt: skip
DAY_US = 86_400_000_000
YEARS_END = datetime.date(9999, 12, 31).toordinal()  # day 1 is 0001-01-01

UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
DATE = re.compile(r"([0-9]{4})-([0-9]{2})-([0-9]{2})")
TIME = re.compile(
    r"([0-9]{4}-[0-9]{2}-[0-9]{2})[Tt ]([0-9]{2}):([0-9]{2})(?::([0-9]{2})(?:\.([0-9]{1,9}))?)?"
    r"([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)?"
)
GERMAN_DATE = re.compile(r"([0-9]{2})\.([0-9]{2})\.([0-9]{4})")
LOG_TIME = re.compile(
    r"([0-9]{2})/(" + "|".join(f"{m}|{m[:3]}" for m in MONTHS) + r")/([0-9]{4})"
    r":([0-9]{2}):([0-9]{2}):([0-9]{2}) ([Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)",
    re.IGNORECASE | re.ASCII,
)
VERSION = re.compile(r"([0-9]+)(\.[0-9]+)*([-+][0-9A-Za-z.+-]+)?")
PACKED = re.compile(r"([0-9]+)(?:\.([0-9]+))?(?:\.([0-9]+))?")


class Refused(Exception):
    """By one of these reasons; several where one text has several faults."""

    def __init__(self, *reasons):
        self.reasons = set(reasons)


@dataclasses.dataclass
class Letter:
    """The dead letter that a message must become. Its detail tells a byte offset, if there are
    bytes to blame: within these."""

    reasons: set
    column: str | None = None
    bytes: tuple | None = None


@dataclasses.dataclass
class Masked:
    """A stored text that hides a clear one; `opens`: unmask gives it back."""

    clear: str
    opens: bool


# ---- numbers -------------------------------------------------------------------------------------


class Number:
    """digits times ten to a power, exactly."""

    def __init__(self, text):
        found = NUMBER.fullmatch(text)
        if not found:
            raise Refused("unparsable")
        sign, whole, fraction, exponent = found.groups()
        self.text = text
        self.negative = sign == "-"
        self.count = len(whole) + len(fraction or "")
        self.exponent = bounded(exponent or "0")
        self.power = self.exponent - len(fraction or "")
        digits = whole + (fraction or "")
        if self.count > LONG:
            # Of so many digits the last ones only tell that there is more than nothing behind.
            short = digits.rstrip("0")
            self.power += len(digits) - len(short)
            digits = short.lstrip("0") or "0"
            if len(digits) > LONG:
                self.power += len(digits) - LONG - 1
                digits = digits[:LONG] + "1"
        self.digits = int(digits)

    def whole(self, shift=0):
        """The number times 10**shift as a whole number, and whether it is one."""
        power = self.power + shift
        if self.digits == 0:
            return 0, True
        if power >= 0:
            value, rest = self.digits * 10 ** min(power, 60), 0
        elif -power > len(str(self.digits)):
            value, rest = 0, 1
        else:
            value, rest = divmod(self.digits, 10**-power)
        return -value if self.negative else value, rest == 0

    def check_bounds(self):
        faults = set()
        if self.count > DIGITS_MAX:
            faults.add("too_long")
        if abs(self.exponent) > EXPONENT_MAX:
            faults.add("out_of_range")
        if faults:
            raise Refused(*faults)

    def stored(self):
        """As PostgreSQL shows it: the digits that were written, and no exponent."""
        if self.power >= 0:
            text = str(self.digits * 10**self.power)
        else:
            text = str(self.digits).rjust(1 - self.power, "0")
            text = text[: self.power] + "." + text[self.power :]
        return "-" + text if self.negative and self.digits else text


def bounded(exponent):
    """Of any length; far beyond every bound it is all the same how far."""
    sign, digits = ("-", exponent[1:]) if exponent[0] == "-" else ("", exponent.lstrip("+"))
    digits = digits.lstrip("0") or "0"
    return int(sign + (digits if len(digits) < 7 else "9999999"))


def whole_number(text, least, most):
    value, exact = Number(text).whole()
    beyond = not least <= value <= most
    if exact:
        if beyond:
            raise Refused("out_of_range")
        return value
    raise Refused("wrong_type", *(["out_of_range"] if beyond else []))


def double(text):
    number = Number(text)
    value = float(text)
    if value in (float("inf"), float("-inf")) or (value == 0 and number.digits != 0):
        raise Refused("out_of_range")
    return value


def numeric(text):
    number = Number(text)
    number.check_bounds()
    return number.stored()


# ---- dates and times -----------------------------------------------------------------------------


def day_number(year, month, day):
    """1 is 0001-01-01; the year 0 is before it."""
    try:
        return datetime.date(year + 400, month, day).toordinal() - 146_097
    except ValueError:  # no such day; and years beyond 9599 need another way
        if year + 400 <= 9999:
            raise Refused("unparsable") from None
    try:
        return datetime.date(year, month, day).toordinal()
    except ValueError:
        raise Refused("unparsable") from None


def date_text(day):
    if not 1 <= day <= YEARS_END:
        raise Refused("out_of_range")
    return datetime.date.fromordinal(day).isoformat()


def zone_minutes(text):
    if text in "Zz":
        return 0
    digits = text[1:].replace(":", "").ljust(4, "0")
    hours, minutes = int(digits[:2]), int(digits[2:])
    if hours > 15 or minutes > 59:
        raise Refused("unparsable")
    return (hours * 60 + minutes) * (-1 if text[0] == "-" else 1)


def clock(hour, minute, second):
    if hour > 23 or minute > 59 or second > 59:
        raise Refused("unparsable")
    return ((hour * 60 + minute) * 60 + second) * 1_000_000


def moment_text(us, suffix):
    """Of microseconds since the beginning of day 0."""
    day, us = divmod(us, DAY_US)
    seconds, fraction = divmod(us, 1_000_000)
    text = f"{date_text(day)} {seconds // 3600:02}:{seconds // 60 % 60:02}:{seconds % 60:02}"
    if fraction:
        text += f".{fraction:06}".rstrip("0")
    return text + suffix


def date(text):
    found = DATE.fullmatch(text)
    if not found:
        raise Refused("unparsable")
    return date_text(day_number(*map(int, found.groups())))


def moment(text, with_zone):
    found = TIME.fullmatch(text)
    if not found:
        # What stands behind too fine a fraction may be no time.
        fine = re.search(r"\.[0-9]{7}", text)
        raise Refused("unparsable", *(["out_of_range"] if fine else []))
    day, hour, minute, second, fraction, zone = found.groups()
    faults = set()
    if (zone is not None) != with_zone:
        faults.add("unparsable")
    fraction = (fraction or "").ljust(9, "0")
    if fraction[6:] != "000":
        faults.add("out_of_range")
    try:
        us = day_number(*map(int, day.split("-"))) * DAY_US
        us += clock(int(hour), int(minute), int(second or 0)) + int(fraction[:6])
        us -= zone_minutes(zone or "Z") * 60_000_000
    except Refused as refused:
        raise Refused(*faults, *refused.reasons) from None
    if faults:
        raise Refused(*faults)
    return moment_text(us, "+00" if with_zone else "")


def epoch(text, shift, with_zone):
    us, exact = Number(text).whole(shift)
    if not exact:
        raise Refused("out_of_range")
    return moment_text(us + datetime.date(1970, 1, 1).toordinal() * DAY_US, "+00" if with_zone else "")


def german_date(text):
    found = GERMAN_DATE.fullmatch(text)
    if not found:
        raise Refused("unparsable")
    return date_text(day_number(*map(int, reversed(found.groups()))))


def log_time(text):
    found = LOG_TIME.fullmatch(text)
    if not found:
        raise Refused("unparsable")
    day, month, year, hour, minute, second, zone = found.groups()
    month = [m[:3].lower() for m in MONTHS].index(month[:3].lower()) + 1
    us = day_number(int(year), month, int(day)) * DAY_US
    us += clock(int(hour), int(minute), int(second)) - zone_minutes(zone) * 60_000_000
    return moment_text(us, "+00")


FORMATS = {"%d.%m.%Y": german_date, "%d/%b/%Y:%H:%M:%S %z": log_time}


# ---- other types ---------------------------------------------------------------------------------


def address(text):
    """(bytes, prefix length)"""
    host, slash, bits = text.partition("/")
    try:
        if "%" in host:
            raise ValueError  # a scope is no part of an address
        parsed = ipaddress.ip_address(host)
    except ValueError:
        raise Refused("unparsable") from None
    prefix = parsed.max_prefixlen
    if slash:
        if not re.fullmatch(r"[0-9]{1,3}", bits) or int(bits) > prefix:
            raise Refused("unparsable")
        prefix = int(bits)
    return parsed.packed, prefix


def network_of(packed):
    """24 bits of IPv4, 48 of IPv6."""
    kept = 3 if len(packed) == 4 else 6
    return packed[:kept] + bytes(len(packed) - kept), kept * 8


def address_text(packed, prefix):
    text = str(ipaddress.ip_address(packed))
    return text if prefix == len(packed) * 8 else f"{text}/{prefix}"


def binary(text):
    try:
        if text.startswith("\\x"):
            if not re.fullmatch(r"([0-9a-fA-F]{2})*", text[2:]):
                raise Refused("unparsable")
            return bytes.fromhex(text[2:])
        out = base64.b64decode(text.encode("ascii"), validate=True)
    except (binascii.Error, UnicodeEncodeError):
        raise Refused("unparsable") from None
    if base64.b64encode(out).decode() != text:  # stray bits
        raise Refused("unparsable")
    return out


def uuid(text):
    if not UUID.fullmatch(text):
        raise Refused("unparsable")
    return text.lower()


def boolean(text):
    if text not in ("true", "false"):
        raise Refused("unparsable")
    return text == "true"


def version_major(text, most):
    found = VERSION.fullmatch(text)
    if not found:
        raise Refused("unparsable")
    if int(found[1]) > most:
        raise Refused("out_of_range")
    return int(found[1])


def version_packed(text):
    found = PACKED.fullmatch(text)
    if not found:
        # A part too many may stand behind one that is too large.
        large = any(int(part) > 999 for part in re.findall(r"[0-9]+", text)[:3])
        raise Refused("unparsable", *(["out_of_range"] if large else []))
    major, *minor = (int(part or 0) for part in found.groups())
    if major >= 10**12 or max(minor) > 999:
        raise Refused("out_of_range")
    return (major * 1000 + minor[0]) * 1000 + minor[1]


def storable(text):
    """No NUL, and no half of a surrogate pair."""
    if "\0" in text or SURROGATE.search(text):
        raise Refused("invalid_text")
    return text


def check_json(node):
    """Everything in it can be stored as jsonb."""
    faults = set()
    for kind, text in node.strings():
        try:
            if kind == "string":
                storable(text)
            else:
                Number(text).check_bounds()
        except Refused as refused:
            faults |= refused.reasons
    if faults:
        raise Refused(*faults)


INT4 = (-(2**31), 2**31 - 1)
INT8 = (-(2**63), 2**63 - 1)
NUMBERS = {
    "integer": lambda text: whole_number(text, *INT4),
    "bigint": lambda text: whole_number(text, *INT8),
    "numeric": numeric,
    "double": double,
}
TEXTS = {
    "text": lambda text: text,
    "date": date,
    "timestamp": lambda text: moment(text, False),
    "timestamptz": lambda text: moment(text, True),
    "uuid": uuid,
    "inet": address,
    "bytea": binary,
}


class Column:
    """One column of the configuration."""

    def __init__(self, name, settings, key_id=""):
        self.name = name
        self.settings = settings
        self.array = settings["type"].endswith("[]")
        self.type = settings["type"].removesuffix("[]")
        self.path = [
            token.replace("~1", "/").replace("~0", "~") for token in settings["from"].split("/")[1:]
        ]
        verbs = settings.get("parse", [])
        self.verbs = verbs if isinstance(verbs, list) else [verbs]
        self.mask = settings.get("mask")
        self.key_id = key_id

    def judge(self, root):
        """What is stored; None for null. Raises Refused."""
        node = found(root, self.path)
        if node is None and "default" in self.settings:
            return self.default()
        if node is None or node.kind == "null":
            if self.settings.get("required"):
                raise Refused("missing")
            return None
        if self.mask == "drop":
            return None
        if self.array:
            if node.kind != "array":
                raise Refused("wrong_type")
            return [None if each.kind == "null" else self.read(each) for each in node.value]
        return self.hide(self.read(node))

    def place(self, document):
        """The bytes of the value, from the first one to behind the last; None if it is missing."""
        node = found(document.root, self.path)
        if node is None:
            return None
        begin = len(document.text[: node.begin].encode())
        return begin, begin + len(document.text[node.begin : node.end].encode())

    def default(self):
        value = self.settings["default"]
        return value if not isinstance(value, str) else self.hide(self.check(value))

    def read(self, node):
        return self.check(self.convert(node))

    def convert(self, node):
        if self.type == "jsonb":
            check_json(node)
            return node
        if node.kind == "boolean" and self.type == "boolean":
            return node.value
        last = self.verbs[-1] if self.verbs else None
        if node.kind == "number":
            if last in ("epoch_s", "epoch_ms"):
                return self.by_verb(last, node.value)
            if self.type in NUMBERS and not self.reads_text_only(last):
                return NUMBERS[self.type](node.value)
        if node.kind == "string" and (self.verbs or self.type in TEXTS):
            return self.from_text(storable(node.value), last)
        raise Refused("wrong_type")

    @staticmethod
    def reads_text_only(verb):
        return isinstance(verb, dict) or verb in ("version_major", "version_packed")

    def from_text(self, text, last):
        if "trim" in self.verbs:
            text = text.strip(TRIMMED)
        if "lower" in self.verbs:
            text = re.sub("[A-Z]", lambda m: m[0].lower(), text)
        if last not in (None, "trim", "lower"):
            return self.by_verb(last, text)
        if self.type == "boolean":
            return boolean(text)
        return {**NUMBERS, **TEXTS}[self.type](text)

    def by_verb(self, verb, text):
        if verb == "version_major":
            return version_major(text, INT4[1])
        if verb == "version_packed":
            return version_packed(text)
        if verb in ("epoch_s", "epoch_ms"):
            return epoch(text, 6 if verb == "epoch_s" else 3, self.type == "timestamptz")
        return FORMATS[verb["format"]](text)

    def check(self, value):
        rules = self.settings
        if self.type == "text" and self.mask is None and len(value) > rules.get("max_length", 1e9):
            raise Refused("too_long")
        if "min" in rules and less(self.type, value, rules["min"]):
            raise Refused("out_of_range")
        if "max" in rules and less(self.type, rules["max"], value):
            raise Refused("out_of_range")
        if "one_of" in rules and value not in rules["one_of"]:
            raise Refused("not_one_of")
        if "matches" in rules and not re.fullmatch(rules["matches"], value):
            raise Refused("no_match")
        return value

    def hide(self, value):
        """What the mask makes of a value."""
        if self.mask is None:
            return value
        if self.mask == "redact":
            return REDACTED
        if self.mask == "truncate_ip":
            if self.type == "inet":
                return network_of(value[0])
            try:
                return self.fitting(address_text(*network_of(address(value)[0])))
            except Refused as refused:
                raise Refused(*(refused.reasons - {"unparsable"} or {"cannot_mask"})) from None
        clear, size = value, None
        if self.type == "inet":
            packed, prefix = value
            if prefix != len(packed) * 8:
                raise Refused("cannot_mask")
            clear, size = address_text(packed, prefix), len(packed)
        opens = self.mask == "seal"
        hidden = 16 if not opens else 17 + (len(clear.encode()) if size is None else size)
        self.fitting("_" * (len(f"p1.{self.key_id}.") + (hidden * 4 + 2) // 3))
        return Masked(clear, opens)

    def fitting(self, stored):
        if len(stored) > self.settings.get("max_length", 1e9):
            raise Refused("too_long")
        return stored


def less(kind, left, right):
    """In the order of the type; numeric is compared as exactly as it is stored."""
    if kind == "numeric":
        (a, a_power), (b, b_power) = scaled(str(left)), scaled(str(right))
        return a * 10 ** (a_power - min(a_power, b_power)) < b * 10 ** (b_power - min(a_power, b_power))
    return left < right


def scaled(text):
    whole, _, fraction = text.partition(".")
    return int(whole + fraction), -len(fraction)


def found(root, path):
    """What a JSON pointer leads to, or None."""
    node = root
    for token in path:
        if node.kind == "object":
            node = node.members().get(token)
        elif node.kind == "array" and re.fullmatch("0|[1-9][0-9]*", token):
            index = int(token)
            node = node.value[index] if index < len(node.value) else None
        else:
            return None
        if node is None:
            return None
    return node


class Mapping:
    """The columns and limits of a pipeline."""

    def __init__(self, columns, depth_max, repeats_refused, unknown_refused, key_id):
        self.columns = [
            Column(name, settings, key_id)
            for name, settings in columns.items()
            if settings["from"].startswith("/") or settings["from"] == ""
        ]
        self.depth_max = depth_max
        self.repeats_refused = repeats_refused
        self.unknown_refused = unknown_refused
        self.taken = {tuple(column.path) for column in self.columns}
        self.ways = {path[:size] for path in self.taken for size in range(len(path))}

    def judge(self, body):
        """A Letter, or {column: what is stored}. The columns are looked at in their order; of
        several faults of the document any may be named, if it stands before the text ends to be
        JSON."""
        document = Document(body)
        faults = set()
        if not document.is_object:
            faults.add("not_json_object")
        if document.repeats and self.repeats_refused:
            faults.add("duplicate_key")
        if document.depth > self.depth_max:
            faults.add("too_deep")
        if self.unknown_refused and document.top and self.has_unknown(document.top[0], ()):
            faults.add("unknown_field")
        if faults:
            return Letter(faults, None, (0, len(body.encode())))
        row = {}
        for column in self.columns:
            try:
                row[column.name] = column.judge(document.root)
            except Refused as refused:
                return Letter(refused.reasons, column.name, column.place(document))
        return row

    def has_unknown(self, node, path):
        """A member that no column takes, beside or above those that one does."""
        if node.kind != "object":
            return False
        for key, member in node.value:
            inside = (*path, key)
            if inside in self.taken:
                continue
            if inside not in self.ways or self.has_unknown(member, inside):
                return True
        return False
