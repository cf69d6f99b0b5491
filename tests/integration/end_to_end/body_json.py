"""JSON by its grammar (RFC 8259), slowly: what a body holds, and all that is wrong with it."""

import re

SPACE = re.compile(r"[ \t\n\r]*")
# Possessive: no text makes it try again.
STRING = re.compile(r'"((?:[^"\\\x00-\x1f]++|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*+)"')
ESCAPE = re.compile(r"\\(?:u([0-9a-fA-F]{4})|(.))")
NUMBER = re.compile(r"(-?)(0|[1-9][0-9]*)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]+))?")
WORDS = {"true": True, "false": False, "null": None}
SHORT = {"b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t"}
SURROGATE = re.compile("[\ud800-\udfff]")


class Malformed(Exception):
    pass


class Node:
    """A value: where it stands, and what it is.

    kind is null, boolean, number, string, array or object; value is the text of a number, the text
    of a string with lone surrogates as they are, a list of nodes, or a list of (key, node). begin
    and end count characters."""

    __slots__ = ("begin", "end", "kind", "value")

    def __init__(self, kind, value, begin, end=None):
        self.kind = kind
        self.value = value
        self.begin = begin
        self.end = end

    def members(self):
        """Of an object; the last of equal keys counts."""
        return dict(self.value)

    def strings(self):
        """Every text inside, keys too, and (kind, text) of every number, in no order."""
        todo = [self]
        while todo:
            node = todo.pop()
            if node.kind in ("string", "number"):
                yield node.kind, node.value
            elif node.kind == "array":
                todo += node.value
            elif node.kind == "object":
                for key, member in node.value:
                    yield "string", key
                    todo.append(member)


def unescaped(text):
    if "\\" not in text:
        return text
    whole = ESCAPE.sub(lambda m: chr(int(m[1], 16)) if m[1] else SHORT.get(m[2], m[2]), text)
    if not SURROGATE.search(whole):
        return whole
    # Halves that stand together are one character.
    return whole.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "surrogatepass")


class Document:
    """One body, read to its end or to where it is no JSON.

    is_object: it is one JSON object and nothing else. repeats: some object names a key twice.
    depth: of the deepest container, the outermost counting 1. top: the one value in a list, with
    what was read of it. These three as far as the text is JSON."""

    def __init__(self, text):
        self.text = text
        self.at = 0
        self.repeats = False
        self.depth = 0
        self.top = []
        self.root = None
        self.stack = [(Node("array", self.top, 0), None)]  # open containers, with the keys of objects
        self.key = None
        self.key_waits = False  # for its value
        try:
            self.root = self.read()
        except Malformed:
            if self.key_waits:  # it was read as well
                self.add(Node("null", None, self.at, self.at))
        self.is_object = self.root is not None and self.root.kind == "object"

    def skip(self):
        self.at = SPACE.match(self.text, self.at).end()
        return self.text[self.at : self.at + 1]

    def string(self):
        found = STRING.match(self.text, self.at)
        if not found:
            raise Malformed
        self.at = found.end()
        return unescaped(found[1])

    def scalar(self, first):
        begin = self.at
        if first == '"':
            text = self.string()
            return Node("string", text, begin, self.at)
        found = NUMBER.match(self.text, self.at)
        if found:
            self.at = found.end()
            return Node("number", found[0], begin, self.at)
        for word, value in WORDS.items():
            if self.text.startswith(word, self.at):
                self.at += len(word)
                return Node("null" if value is None else "boolean", value, begin, self.at)
        raise Malformed

    def read_key(self, keys):
        if self.skip() != '"':
            raise Malformed
        self.key = self.string()
        if self.skip() != ":":
            raise Malformed
        self.at += 1
        self.repeats |= self.key in keys
        keys.add(self.key)
        self.key_waits = True

    def add(self, node):
        self.key_waits = False
        container, keys = self.stack[-1]
        container.value.append(node if keys is None else (self.key, node))

    def read(self):
        """With a stack of its own: no document is too deep for it."""
        while True:
            first = self.skip()
            if first and first in "[{":
                inner = Node("array" if first == "[" else "object", [], self.at)
                self.at += 1
                self.add(inner)
                self.stack.append((inner, None if first == "[" else set()))
                self.depth = max(self.depth, len(self.stack) - 1)
                if self.skip() != "]}"[first == "{"]:
                    if first == "{":
                        self.read_key(self.stack[-1][1])
                    continue
            else:
                self.add(self.scalar(first))
            if self.close():
                return self.top[0]

    def close(self):
        """Behind a value: closes what ends here. Whether that was all there is."""
        while len(self.stack) > 1:
            _, keys = self.stack[-1]
            after = self.skip()
            self.at += 1
            if after == ",":
                if keys is not None:
                    self.read_key(keys)
                return False
            if after != ("]" if keys is None else "}"):
                raise Malformed
            self.stack.pop()[0].end = self.at
        if self.skip():
            raise Malformed
        return True
