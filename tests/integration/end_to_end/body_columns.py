"""The pipelines that generated bodies are sent to: their columns, as the configuration has them."""

# The pipeline `wide`: every type, check, verb and mask.
WIDE = {
    "name": {"type": "text", "max_length": 40, "from": "/name", "required": True},
    "nick": {"type": "text", "max_length": 12, "from": "/nick", "parse": ["trim", "lower"],
             "matches": "[a-z0-9_]*"},
    "tier": {"type": "text", "from": "/tier", "one_of": ["free", "plus", "pro"], "default": "free"},
    "count": {"type": "integer", "from": "/count", "min": 0, "max": 1000, "default": 7},
    "small": {"type": "integer", "from": "/small"},
    "spoken": {"type": "integer", "from": "/spoken", "parse": "trim"},
    "big": {"type": "bigint", "from": "/big"},
    "exact": {"type": "numeric", "from": "/exact"},
    "price": {"type": "numeric", "from": "/price", "min": "-0.01", "max": "999.99"},
    "ratio": {"type": "double", "from": "/ratio"},
    "flag": {"type": "boolean", "from": "/flag"},
    "said": {"type": "boolean", "from": "/said", "parse": ["trim", "lower"]},
    "born": {"type": "date", "from": "/born"},
    "geboren": {"type": "date", "from": "/geboren", "parse": {"format": "%d.%m.%Y"}},
    "local": {"type": "timestamp", "from": "/local"},
    "seen": {"type": "timestamptz", "from": "/seen"},
    "logged": {"type": "timestamptz", "from": "/logged",
               "parse": {"format": "%d/%b/%Y:%H:%M:%S %z"}},
    "at_ms": {"type": "timestamptz", "from": "/at_ms", "parse": "epoch_ms"},
    "at_s": {"type": "timestamp", "from": "/at_s", "parse": ["trim", "epoch_s"]},
    "ref": {"type": "uuid", "from": "/ref"},
    "host": {"type": "inet", "from": "/host"},
    "extra": {"type": "jsonb", "from": "/extra"},
    "blob": {"type": "bytea", "from": "/blob"},
    "tags": {"type": "text[]", "max_length": 16, "from": "/tags"},
    "scores": {"type": "integer[]", "from": "/scores", "min": -5},
    "version": {"type": "integer", "from": "/version", "parse": "version_major"},
    "packed": {"type": "bigint", "from": "/version", "parse": ["trim", "version_packed"]},
    "first": {"type": "text", "from": "/list/0/a~1b"},
    "mail": {"type": "text", "max_length": 120, "from": "/mail", "mask": "seal"},
    "device": {"type": "text", "from": "/device", "mask": "token"},
    "address": {"type": "inet", "max_length": 70, "from": "/address", "mask": "seal"},
    "phone": {"type": "text", "from": "/phone", "mask": "redact"},
    "near": {"type": "inet", "from": "/near", "mask": "truncate_ip"},
    "near_text": {"type": "text", "max_length": 18, "from": "/near", "mask": "truncate_ip"},
    "secret": {"type": "jsonb", "from": "/secret", "mask": "drop"},
    "message_id": {"type": "uuid", "from": "@message_id"},
    "sent_at": {"type": "timestamptz", "from": "@sent_at"},
    "sent_day": {"type": "date", "from": "@sent_at"},
}  # fmt: skip

# The pipeline `strict`: unknown fields and depth are refused, and its table has rules of its own.
STRICT = {
    "id": {"type": "text", "max_length": 64, "from": "/id", "required": True},
    "score": {"type": "double", "from": "/score", "min": -1e300},
    "lat": {"type": "double", "from": "/geo/lat"},
    "lon": {"type": "double", "from": "/geo/lon"},
    "items": {"type": "jsonb", "from": "/items"},
    "note": {"type": "text", "from": "/note"},
    "mail": {"type": "text", "from": "/mail", "mask": "token"},
    "message_id": {"type": "uuid", "from": "@message_id"},
}
STRICT_DEPTH = 6

# The pipeline `whole`: the body as it came, with equal keys allowed.
WHOLE = {
    "document": {"type": "jsonb", "from": ""},
    "body": {"type": "text", "from": "@body"},
    "a": {"type": "text", "from": "/a"},
    "inner": {"type": "numeric", "from": "/o/n"},
    "message_id": {"type": "uuid", "from": "@message_id"},
}

# Refused by the table of `strict`: CHECK, NOT NULL, a unique key, a foreign key, an index.
STRICT_RULES = """
ALTER TABLE strict ADD CONSTRAINT no_thirteen CHECK (score <> 13);
ALTER TABLE strict ALTER score SET NOT NULL;
ALTER TABLE strict ADD CONSTRAINT one_id UNIQUE (id);
CREATE TABLE latitudes (lat float8 PRIMARY KEY);
INSERT INTO latitudes SELECT generate_series(-90, 90);
ALTER TABLE strict ADD CONSTRAINT known_lat FOREIGN KEY (lat) REFERENCES latitudes (lat);
CREATE INDEX ON strict (note);
"""
NOTE_LONG, NOTE_INDEXED_MAX, NOTE_TOO_LONG = 2_000, 2_600, 20_000  # of random text; none between
