"""What the database holds, as it shows it itself, against what the oracle expects."""

import json
import re
import struct
import subprocess

from body_json import Node
from body_oracle import Masked, Number, address

NULL = "\\N"
ESCAPED = re.compile(r"\\(.)", re.DOTALL)
ESCAPES = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def copied(database, sql):
    """The rows of a query, every value as PostgreSQL writes it; None for null."""
    done = subprocess.run(
        ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-d", database.url, "-f", "-"],
        input=f"SET timezone = 'UTC'; COPY ({sql}) TO STDOUT;".encode(),
        capture_output=True,
    )
    if done.returncode != 0:
        raise RuntimeError(f"{sql}: {done.stderr.decode()}")
    rows = []
    for line in done.stdout.decode().split("\n")[:-1]:
        rows.append([
            None if field == NULL else ESCAPED.sub(lambda m: ESCAPES.get(m[1], m[1]), field)
            for field in line.split("\t")
        ])  # fmt: skip
    return rows


def stored_is(column, expected, stored):
    """Whether what the database shows is the value that the oracle expects."""
    if expected is None or stored is None:
        return expected is None and stored is None
    if isinstance(expected, Masked):
        return stored.startswith("p1." if expected.opens else "t1.")
    if column.array:
        return json.loads(stored) == expected
    if isinstance(expected, Node):
        return same_json(expected, json.loads(stored, parse_int=Number, parse_float=Number))
    if isinstance(expected, tuple):
        return address(stored) == expected
    if isinstance(expected, float):
        return bits(float(stored)) == bits(expected)
    if isinstance(expected, bool):
        return stored == ("t" if expected else "f")
    if isinstance(expected, bytes):
        return stored == "\\x" + expected.hex()
    return stored == str(expected)


def bits(value):
    return struct.pack(">d", value)


def same_json(node, other):
    """A node, and jsonb that was read with Number for every number."""
    if node.kind == "object":
        members = node.members()
        return (
            isinstance(other, dict)
            and members.keys() == other.keys()
            and all(same_json(members[key], other[key]) for key in members)
        )
    if node.kind == "array":
        return (
            isinstance(other, list)
            and len(node.value) == len(other)
            and all(map(same_json, node.value, other))
        )
    if node.kind == "number":
        return isinstance(other, Number) and Number(node.value).stored() == other.stored()
    return type(other) is type(node.value) and node.value == other
