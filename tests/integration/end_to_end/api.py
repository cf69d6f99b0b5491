"""The admin API and its OpenAPI description: every answer is described, and every answer that is
described is given."""

import http.client
import json
import subprocess
import unittest

import harness
from harness import wait_for

TOKEN = "open-sesame-0123456789"
NAME = "user_logins"
ONE = "/api/v1/pipelines/{name}"
READERS_MAX = 8  # of events
REFUSALS = (400, 405, 408, 413, 431, 501, 505)  # of any request, as the description says
TYPES = {
    "object": dict,
    "array": list,
    "string": str,
    "integer": int,
    "number": (int, float),
    "boolean": bool,
    "null": type(None),
}


class Description:
    """Of the server at this address; checks answers against it, and notes which it saw."""

    def __init__(self, text):
        self.whole = json.loads(text)
        self.seen = set()

    def resolved(self, part):
        while "$ref" in part:
            at = self.whole
            for key in part["$ref"].removeprefix("#/").split("/"):
                at = at[key]
            part = at
        return part

    def described(self):
        return {
            (method, path, status)
            for path, operations in self.whole["paths"].items()
            for method, operation in operations.items()
            for status in operation["responses"]
            if status != "default"
        }

    def check(self, method, path, answer, text):
        """That this answer is one of those described for the path, which has {name} in it."""
        operations = self.whole["paths"][path]
        status = str(answer.status)
        if method.lower() in operations and status in operations[method.lower()]["responses"]:
            self.seen.add((method.lower(), path, status))
            response = operations[method.lower()]["responses"][status]
        else:
            assert answer.status in REFUSALS, f"{method} {path}: {answer.status} is not described"
            response = next(iter(operations.values()))["responses"]["default"]
        response = self.resolved(response)
        media = answer.headers["Content-Type"].split(";")[0]
        assert media in response["content"], f"{method} {path} {answer.status}: {media}"
        for header in response.get("headers", ()):
            assert header in answer.headers, f"{method} {path} {answer.status}: no {header}"
        if media == "application/json":
            self.check_value(json.loads(text), response["content"][media]["schema"])

    def check_value(self, value, schema, at="$"):
        """A schema of the keywords that the description uses; another one is an error."""
        schema = self.resolved(schema)
        known = {"type", "enum", "minimum", "properties", "required", "additionalProperties", "items",
                 "oneOf", "description"}  # fmt: skip
        assert schema.keys() <= known, f"{at}: {schema.keys() - known} are not checked"
        if "oneOf" in schema:
            fits = [one for one in schema["oneOf"] if self.fits(value, one, at)]
            assert len(fits) == 1, f"{at}: {value} fits {len(fits)} of them"
            return
        named = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
        kinds = [TYPES[one] for one in named]
        good = any(isinstance(value, kind) for kind in kinds)
        assert good and (not isinstance(value, bool) or "boolean" in named), f"{at}: {value} is no {named}"
        assert value in schema.get("enum", [value]), f"{at}: {value}"
        if "minimum" in schema:
            assert value >= schema["minimum"], f"{at}: {value}"
        if isinstance(value, dict) and "properties" in schema:
            assert value.keys() >= set(schema["required"]), f"{at}: {set(schema['required']) - value.keys()} is missing"
            for key, inner in value.items():
                assert key in schema["properties"], f"{at}.{key} is not described"
                self.check_value(inner, schema["properties"][key], f"{at}.{key}")
        if isinstance(value, list):
            for i, inner in enumerate(value):
                self.check_value(inner, schema["items"], f"{at}[{i}]")

    def fits(self, value, schema, at):
        try:
            self.check_value(value, schema, at)
        except AssertionError:
            return False
        return True


class Api(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)
        config = harness.example(source=["fetchers: { min: 1, max: 2 }", "wait: 1s"])
        self.daemon = harness.Daemon(folder.name, self.database, self.server.queue, config)
        self.addCleanup(self.daemon.kill)
        self.daemon.start()
        self.daemon.wait_ready()
        self.description = Description(self.daemon.get("/api/v1/openapi.json")[1])

    def connect(self):
        host, port = self.daemon.admin().split("//")[1].split(":")
        connection = http.client.HTTPConnection(host, int(port), timeout=30)
        self.addCleanup(connection.close)
        return connection

    def ask(self, method, path, status, query="", name=NAME, **fields):
        """The text of an answer that has this status and is described."""
        connection = self.connect()
        connection.request(method, path.replace("{name}", name) + query, headers=fields)
        answer = connection.getresponse()
        text = answer.read().decode()
        self.assertEqual(answer.status, status, f"{method} {path}: {text}")
        self.description.check(method, path, answer, text)
        connection.close()
        return text

    def follow(self, status=200):
        """A reader of events, whose first one has come."""
        connection = self.connect()
        connection.request("GET", "/api/v1/events")
        answer = connection.getresponse()
        self.assertEqual(answer.status, status)
        self.description.check("GET", "/api/v1/events", answer, "")
        return answer

    def next_event(self, answer):
        lines = iter(lambda: answer.readline().decode().rstrip("\n"), "")
        event = dict(line.split(": ", 1) for line in lines)
        self.assertEqual(event["event"], "status")
        data = json.loads(event["data"])
        self.description.check_value(data, {"$ref": "#/components/schemas/Status"})
        return data

    def paths(self, method):
        return [p for p, operations in self.description.whole["paths"].items() if method in operations]

    def test_all_that_is_described_is_given_and_all_that_is_given_described(self):
        self.server.queue.send(*harness.Logins(seed=1).bodies(300), *['{"oops":1}'] * 20)
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty")
        plain = [p for p in self.paths("get") if p != "/api/v1/events"]
        for path in plain:
            self.ask("GET", path, 200)
            self.ask("DELETE", path, 405)
        latest = json.loads(self.ask("GET", ONE + "/latest", 200, "?limit=7"))
        self.assertEqual([len(latest["rows"]), len(latest["rows"][0])], [7, len(latest["columns"])])
        letters = json.loads(self.ask("GET", ONE + "/letters", 200, "?limit=200"))["letters"]
        self.assertEqual(len(letters), 20)
        self.assertEqual([each["reason"] for each in letters], ["missing"] * 20)
        for path in self.paths("post"):
            self.ask("POST", path, 200)
            self.ask("POST", path, 404, name="nobody")
            self.ask("POST", path, 403, Origin="http://evil.example")
            self.ask("GET", path, 405)
        for path in self.paths("get"):
            if not self.is_public(path):
                self.ask("GET", path, 403, Host="evil.example")
            if "{name}" in path:
                self.ask("GET", path, 404, name="nobody")
        for path in (ONE + "/latest", ONE + "/letters"):
            self.ask("GET", path, 400, "?limit=201")

        readers = [self.follow() for _ in range(READERS_MAX)]
        self.follow(503)
        first = self.next_event(readers[0])
        self.assertGreater(self.next_event(readers[0])["time_ms"], first["time_ms"])
        for each in readers:
            each.close()

        self.ask("POST", ONE + "/pause", 200)
        self.assertIn("operator", self.ask("GET", "/readyz", 503))
        self.ask("POST", ONE + "/resume", 200)
        self.lock_tables()
        for path in (ONE + "/latest", ONE + "/letters"):
            self.assertIn("lock timeout", self.ask("GET", path, 503))
        self.unlock_tables()
        self.check_with_token()
        self.check_at_the_end()
        # That one says that it makes no progress of its own: nothing from outside brings it there.
        unseen = self.description.described() - self.description.seen
        self.assertEqual(unseen, {("get", "/healthz", "503")})

    def is_public(self, path):
        return self.description.whole["paths"][path]["get"].get("security") == []

    def lock_tables(self):
        self.locked = subprocess.Popen(
            ["psql", "-XAtq", "-d", self.database.url], stdin=subprocess.PIPE, text=True
        )
        self.addCleanup(self.locked.kill)
        self.locked.stdin.write("BEGIN; LOCK TABLE user_logins, sluice.dead_letters;\n")
        self.locked.stdin.flush()
        held = "SELECT count(*) FROM pg_locks WHERE mode = 'AccessExclusiveLock' AND granted"
        wait_for(lambda: self.database.count(held) >= 2, "the tables are locked")

    def unlock_tables(self):
        self.locked.communicate("COMMIT;\n")

    def check_with_token(self):
        self.daemon.stop()
        text = self.daemon.config.read_text()
        self.daemon.config.write_text(text.replace("127.0.0.1:0", f'127.0.0.1:0, token: "{TOKEN}"'))
        self.daemon.start()
        self.daemon.wait_ready()
        for method in ("GET", "POST"):
            for path in self.paths(method.lower()):
                if method == "POST" or not self.is_public(path):
                    self.ask(method, path, 401)
        self.ask("GET", ONE + "/letters", 200, Authorization=f"Bearer {TOKEN}")

    def check_at_the_end(self):
        """Its deletes take so long that the end does, too."""
        self.server.stop()
        port = int(self.server.endpoint.rsplit(":", 1)[1])
        self.server = harness.SqsServer("--latency", "DeleteMessageBatch=60s", port=port)
        self.addCleanup(self.server.stop)
        right = {"Authorization": f"Bearer {TOKEN}"}
        before = self.database.count("SELECT count(*) FROM user_logins")
        self.server.queue.send(*harness.Logins(seed=2).bodies(10))
        wait_for(lambda: self.database.count("SELECT count(*) FROM user_logins") > before, "rows come in")
        self.daemon.process.terminate()
        wait_for(lambda: json.loads(self.ask("GET", ONE, 200, **right))["state"] == "draining", "it ends")
        for command in ("pause", "resume", "run"):
            self.ask("POST", f"{ONE}/{command}", 409, **right)
        self.daemon.kill()


if __name__ == "__main__":
    unittest.main()
