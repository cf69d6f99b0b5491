"""Schemathesis reads the OpenAPI description and asks a real daemon what it can think of.

    api_explored.py SCHEMATHESIS EXAMPLES SEED    examples of each operation
"""

import json
import subprocess
import sys

import harness
from harness import wait_for

TOKEN = "open-sesame-0123456789"
# Not the events: they have no end. And a name that there is not may have any form.
EXCLUDED = ["--exclude-path", "/api/v1/events"]
CHECKS = [
    "not_a_server_error",
    "status_code_conformance",
    "content_type_conformance",
    "response_headers_conformance",
    "response_schema_conformance",
    "unsupported_method",
    "allow_header_conformance",
    "ignored_auth",
]


def main(schemathesis, examples, seed):
    database = harness.Database()
    server = harness.SqsServer()
    folder = harness.temporary_folder()
    config = harness.example().replace("127.0.0.1:0 }", f'127.0.0.1:0, token: "{TOKEN}" }}')
    daemon = harness.Daemon(folder.name, database, server.queue, config)
    try:
        daemon.start()
        daemon.wait_ready()
        server.queue.send(*harness.Logins(seed=1).bodies(200), *['{"oops":1}'] * 20)
        wait_for(lambda: server.queue.left() == 0, "the queue is empty")
        # Names and limits that there are, among those that it makes up.
        description = json.loads(daemon.get("/api/v1/openapi.json")[1])
        parameters = description["components"]["parameters"]
        parameters["Name"]["schema"] = {"anyOf": [{"const": "user_logins"}, parameters["Name"]["schema"]]}
        document = daemon.folder / "openapi.json"
        document.write_text(json.dumps(description))
        explored = subprocess.run(
            [schemathesis, "run", str(document), "--url", daemon.admin(), "--header", f"Authorization: Bearer {TOKEN}",
             "--checks", ",".join(CHECKS), "--max-examples", examples, "--seed", seed, "--phases", "coverage,fuzzing",
             "--generation-database", "none", "--continue-on-failure", *EXCLUDED],
            cwd=folder.name,
        )  # fmt: skip
        if daemon.metrics() is None or daemon.stop() != 0:
            print(daemon.log()[-2000:])
            return 1
        return explored.returncode
    finally:
        daemon.kill()
        server.stop()
        database.drop()
        folder.cleanup()


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
