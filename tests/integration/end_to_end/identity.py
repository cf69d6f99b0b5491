"""Who the daemon is to AWS: the metadata of an instance, the agent of a container, the role of a pod,
a program. The queue checks every signature, so the keys that were given out are the ones in use."""

import datetime
import http.server
import json
import pathlib
import sys
import threading
import time
import unittest
import urllib.parse

import harness
from harness import wait_for

LOGINS = 200
KEYS = "ASIATEST", "given-out-secret"


def time_in(seconds):
    at = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=seconds)
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")


class GivingServer:
    """Plays IMDS, the agent of a container and STS, and gives out keys that live `life` seconds."""

    def __init__(self):
        self.life = 3600
        self.id = KEYS[0]
        self.broken = None  # or (status, body)
        self.asked = []
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def answer(self, status, text):
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text.encode())

            def do_GET(self):
                length = int(self.headers.get("Content-Length", 0))
                body = self.rfile.read(length).decode()
                outer.asked.append(f"{self.command} {self.path} {body}")
                self.answer(*(outer.broken or outer.reply(self.command, self.path, self.headers, body)))

            do_PUT = do_POST = do_GET

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()

    def keys(self, token_name="Token"):
        return {"Code": "Success", "AccessKeyId": self.id, "SecretAccessKey": KEYS[1],
                token_name: "given-out-session", "Expiration": time_in(self.life)}  # fmt: skip

    def reply(self, method, path, headers, body):
        roles = "/latest/meta-data/iam/security-credentials/"
        if (method, path) == ("PUT", "/latest/api/token"):
            return 200, "imds-token"
        if path.startswith("/latest/") and headers.get("x-aws-ec2-metadata-token") != "imds-token":
            return 401, ""
        if path == "/latest/meta-data/placement/region":
            return 200, "us-east-1"
        if path == roles:
            return 200, "reader"
        if path == roles + "reader":
            return 200, json.dumps(self.keys())
        if path == "/v1/credentials":
            good = headers.get("Authorization") == "pod-token"
            return (200, json.dumps(self.keys())) if good else (403, '{"message":"who are you?"}')
        if method == "POST":
            asked = urllib.parse.parse_qs(body)
            if asked.get("WebIdentityToken") != ["eyJ-jwt"]:
                return 400, ("<ErrorResponse><Error><Code>InvalidIdentityToken</Code>"
                             "<Message>not that one</Message></Error></ErrorResponse>")  # fmt: skip
            action = asked["Action"][0]
            keys = self.keys("SessionToken")
            del keys["Code"]
            inner = "".join(f"<{name}>{value}</{name}>" for name, value in keys.items())
            return 200, (f"<{action}Response><{action}Result><Credentials>{inner}</Credentials>"
                         f"</{action}Result></{action}Response>")  # fmt: skip
        return 404, ""


class Identity(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.giving = GivingServer()
        self.addCleanup(self.giving.stop)
        self.port = harness.free_port()
        self.serve()

    def serve(self, secret=KEYS[1]):
        path = self.folder / "secret"
        path.write_text(secret)
        self.server = harness.SqsServer("--signatures", f"{KEYS[0]}:{path}", port=self.port)
        self.addCleanup(self.server.stop)

    def start(self, **environment):
        """Without any keys but those that the environment leads to."""
        nobody = {name: "" for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")}
        files = {"AWS_CONFIG_FILE": str(self.folder / "config"),
                 "AWS_SHARED_CREDENTIALS_FILE": str(self.folder / "none"),
                 "AWS_EC2_METADATA_DISABLED": "true"}  # fmt: skip
        self.daemon = harness.Daemon(
            self.folder, self.database, self.server.queue, **{**nobody, **files, **environment}
        )
        self.addCleanup(self.daemon.kill)
        self.daemon.start()

    def send(self, seed=1):
        """By the hand of somebody who has the keys: the test server checks our signatures, too."""
        command = self.folder / f"logins{seed}.jsonl"
        command.write_text("\n".join(harness.Logins(seed=seed).bodies(LOGINS)) + "\n")
        sender = harness.Daemon(self.folder, self.database, self.server.queue,
                                AWS_ACCESS_KEY_ID=KEYS[0], AWS_SECRET_ACCESS_KEY=KEYS[1])  # fmt: skip
        sent = sender.command("send", str(command), timeout=60)
        self.assertEqual(sent.returncode, 0, sent.stderr)

    def rows(self):
        exists = self.database.exists("user_logins")
        return self.database.count("SELECT count(*) FROM user_logins") if exists else 0

    def expiry(self):
        found = [v for k, v in (self.daemon.metrics() or {}).items()
                 if k.startswith("sluice_credentials_expiry_timestamp_seconds")]  # fmt: skip
        return found[0] if found else None

    def check_works(self, sent=LOGINS):
        wait_for(lambda: self.rows() == sent, "all rows", 90)
        self.assertEqual(self.daemon.readiness(), 200)
        log = self.daemon.log()
        for secret in (KEYS[1], "given-out-session", "imds-token", "pod-token", "eyJ-jwt"):
            self.assertNotIn(secret, log)

    def check_expiry(self):
        self.assertAlmostEqual(self.expiry(), time.time() + self.giving.life, delta=120)

    def test_the_role_of_an_instance(self):
        self.send()
        self.start(AWS_EC2_METADATA_DISABLED="false",
                   AWS_EC2_METADATA_SERVICE_ENDPOINT=self.giving.url)  # fmt: skip
        self.check_works()
        self.check_expiry()
        self.assertEqual(self.daemon.stop(), 0)

    def test_the_region_of_an_instance(self):
        self.send()
        self.start(AWS_EC2_METADATA_DISABLED="false", AWS_REGION="", AWS_DEFAULT_REGION="",
                   AWS_EC2_METADATA_SERVICE_ENDPOINT=self.giving.url)  # fmt: skip
        self.check_works()
        self.assertIn("GET /latest/meta-data/placement/region ", self.giving.asked)

    def test_the_role_of_a_container(self):
        token = self.folder / "token"
        token.write_text("pod-token")
        self.send()
        self.start(AWS_CONTAINER_CREDENTIALS_FULL_URI=self.giving.url + "/v1/credentials",
                   AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))  # fmt: skip
        self.check_works()
        self.check_expiry()

    def test_the_role_of_a_pod(self):
        token = self.folder / "jwt"
        token.write_text("eyJ-jwt\n")
        self.send()
        self.start(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ENDPOINT_URL_STS=self.giving.url,
                   AWS_ROLE_ARN="arn:aws:iam::111122223333:role/reader")  # fmt: skip
        self.check_works()
        self.check_expiry()

    def test_the_keys_of_a_program(self):
        program = self.folder / "give keys.py"
        program.write_text("import json; print(json.dumps(" + repr(
            {"Version": 1, "AccessKeyId": KEYS[0], "SecretAccessKey": KEYS[1]}) + "))")  # fmt: skip
        (self.folder / "config").write_text(
            f"[default]\ncredential_process = {sys.executable} '{program}'\n"
        )
        self.send()
        self.start()
        self.check_works()
        self.assertIsNone(self.expiry())  # they never do

    def test_short_lives_are_renewed_while_messages_flow(self):
        self.giving.life = 4
        token = self.folder / "token"
        token.write_text("pod-token")
        self.start(AWS_CONTAINER_CREDENTIALS_FULL_URI=self.giving.url + "/v1/credentials",
                   AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))  # fmt: skip
        self.daemon.wait_ready()
        sent = 0
        while len(self.giving.asked) < 4:
            sent += LOGINS
            self.send(seed=sent)
            self.check_works(sent)
        self.assertEqual(self.daemon.stop(), 0)

    def test_a_source_that_is_down_is_said_and_goes_on_when_it_is_repaired(self):
        token = self.folder / "jwt"
        token.write_text("another")
        self.send()
        self.start(AWS_WEB_IDENTITY_TOKEN_FILE=str(token), AWS_ENDPOINT_URL_STS=self.giving.url,
                   AWS_ROLE_ARN="arn:aws:iam::111122223333:role/reader")  # fmt: skip
        wait_for(lambda: "InvalidIdentityToken: not that one" in self.daemon.log(), "it says why")
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        self.assertEqual(self.rows(), 0)
        token.write_text("eyJ-jwt")
        self.check_works()

    def test_a_key_that_the_service_does_not_know_is_got_anew(self):
        token = self.folder / "token"
        token.write_text("pod-token")
        self.giving.id = "ASIADELETED"
        self.send()
        self.start(AWS_CONTAINER_CREDENTIALS_FULL_URI=self.giving.url + "/v1/credentials",
                   AWS_CONTAINER_AUTHORIZATION_TOKEN_FILE=str(token))  # fmt: skip
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        wait_for(lambda: "UnrecognizedClientException" in self.daemon.log(), "it says why")
        self.giving.id = KEYS[0]
        self.check_works()

    def test_nobody_has_anything(self):
        self.start()
        self.assertEqual(self.daemon.process.wait(30), 2)
        for place in ("AWS_ACCESS_KEY_ID", "AWS_WEB_IDENTITY_TOKEN_FILE", "AWS profile",
                      "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_EC2_METADATA_DISABLED"):  # fmt: skip
            self.assertIn(place, self.daemon.log())


if __name__ == "__main__":
    unittest.main()
