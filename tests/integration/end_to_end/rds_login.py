"""login: rds_iam. A server that takes tokens of AWS alone, over TLS: it computes each signature itself,
by the published algorithm, and lets whoever has a good one through to a real PostgreSQL."""

import base64
import datetime
import hashlib
import hmac
import json
import os
import pathlib
import select
import socket
import ssl
import struct
import subprocess
import sys
import threading
import time
import unittest
import urllib.parse

import harness
from harness import wait_for

USER = "orders app"  # a blank must be escaped in the token
REGION = "us-east-1"
SSL_REQUEST, PROTOCOL_3 = 80877103, 196608
CONNECTS_SECONDS = 90  # longer than the pause after a failure that a person must mend


def signature_of(token, secret):
    """What the signature of a token must be, from all the rest of it."""
    server, _, query = token.partition("/?")
    signed, _, _ = query.rpartition("&X-Amz-Signature=")
    named = dict(urllib.parse.parse_qsl(query, keep_blank_values=True))
    _, day, region, service, end = named["X-Amz-Credential"].split("/")
    canonical = "\n".join(
        ["GET", "/", "&".join(sorted(signed.split("&"))), f"host:{server}", "", "host",
         hashlib.sha256(b"").hexdigest()]
    )  # fmt: skip
    text = "\n".join(
        ["AWS4-HMAC-SHA256", named["X-Amz-Date"], "/".join([day, region, service, end]),
         hashlib.sha256(canonical.encode()).hexdigest()]
    )  # fmt: skip
    key = ("AWS4" + secret).encode()
    for part in (day, region, service, end):
        key = hmac.digest(key, part.encode(), "sha256")
    return hmac.digest(key, text.encode(), "sha256").hex()


class Closed(Exception):
    pass


def read_exactly(connection, size):
    out = b""
    while len(out) < size:
        more = connection.recv(size - len(out))
        if not more:
            raise Closed
        out += more
    return out


def read_message(connection):
    kind, size = struct.unpack("!cI", read_exactly(connection, 5))
    return kind, read_exactly(connection, size - 4)


def message(kind, body):
    return kind + struct.pack("!I", len(body) + 4) + body


def log_in(upstream, url, database):
    """Startup and SCRAM-SHA-256 (RFC 7677) at the real server, up to AuthenticationOk."""
    settings = {"user": url.username, "database": database}
    body = struct.pack("!I", PROTOCOL_3)
    body += b"".join(f"{k}\0{v}\0".encode() for k, v in settings.items()) + b"\0"
    upstream.sendall(struct.pack("!I", len(body) + 4) + body)
    read_message(upstream)  # the mechanisms
    nonce = base64.b64encode(os.urandom(18)).decode()
    bare = f"n=,r={nonce}"
    first = ("n,," + bare).encode()
    upstream.sendall(message(b"p", b"SCRAM-SHA-256\0" + struct.pack("!I", len(first)) + first))
    server_first = read_message(upstream)[1][4:].decode()
    given = dict(each.split("=", 1) for each in server_first.split(","))
    salt, rounds = base64.b64decode(given["s"]), int(given["i"])
    salted = hashlib.pbkdf2_hmac("sha256", url.password.encode(), salt, rounds)
    client_key = hmac.digest(salted, b"Client Key", "sha256")
    without_proof = f"c=biws,r={given['r']}"
    signed = ",".join([bare, server_first, without_proof]).encode()
    signature = hmac.digest(hashlib.sha256(client_key).digest(), signed, "sha256")
    proof = base64.b64encode(bytes(a ^ b for a, b in zip(client_key, signature, strict=True)))
    upstream.sendall(message(b"p", f"{without_proof},p={proof.decode()}".encode()))
    read_message(upstream)
    kind, body = read_message(upstream)
    assert (kind, body) == (b"R", bytes(4)), body


class TokenServer:
    """Plays the front of a database of RDS."""

    def __init__(self, folder, database_url):
        self.real = urllib.parse.urlsplit(database_url)
        self.keys = {}  # access key id: secret
        self.tokens = []
        self.refused = []  # why
        self.speaks_tls = True
        self.tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self.certificate = self.make_certificate(folder, "server")
        self.tls.load_cert_chain(self.certificate, self.certificate.with_suffix(".key"))
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.serve, daemon=True).start()

    @staticmethod
    def make_certificate(folder, name):
        path = pathlib.Path(folder, name + ".pem")
        subprocess.run(
            ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256",
             "-nodes", "-days", "1", "-subj", f"/CN={name}", "-addext", "subjectAltName=IP:127.0.0.1",
             "-keyout", str(path.with_suffix(".key")), "-out", str(path)],
            check=True, capture_output=True,
        )  # fmt: skip
        return path

    def stop(self):
        self.listener.close()

    def serve(self):
        while True:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return  # stopped
            threading.Thread(target=self.meet, args=(connection,), daemon=True).start()

    def meet(self, connection):
        try:
            with connection:
                self.greet(connection)
        except (Closed, OSError):
            pass  # ssl.SSLError among them: the client does not like the certificate

    def greet(self, connection):
        size, code = struct.unpack("!II", read_exactly(connection, 8))
        assert (size, code) == (8, SSL_REQUEST), code
        if not self.speaks_tls:
            connection.sendall(b"N")
            self.refused.append("left without TLS" if not connection.recv(1) else "went on in clear")
            return
        connection.sendall(b"S")
        with self.tls.wrap_socket(connection, server_side=True) as client:
            size = struct.unpack("!I", read_exactly(client, 4))[0]
            fields = read_exactly(client, size - 4)[4:].decode().split("\0")
            asked = dict(zip(fields[::2], fields[1::2]))
            client.sendall(message(b"R", struct.pack("!I", 3)))  # AuthenticationCleartextPassword
            kind, body = read_message(client)
            assert kind == b"p", kind
            token = body.rstrip(b"\0").decode()
            self.tokens.append(token)
            why = self.fault_of(token, asked["user"])
            if why:
                self.refused.append(why)
                text = f'PAM authentication failed for user "{asked["user"]}"'
                fields = f"SFATAL\0VFATAL\0C28000\0M{text}\0\0"
                client.sendall(message(b"E", fields.encode()))
                return
            self.relay(client, asked["database"])

    def fault_of(self, token, user):
        server, _, query = token.partition("/?")
        named = dict(urllib.parse.parse_qsl(query))
        key_id, day, region, service, end = named["X-Amz-Credential"].split("/")
        signed_at = datetime.datetime.strptime(named["X-Amz-Date"] + "+0000", "%Y%m%dT%H%M%SZ%z")
        age = datetime.datetime.now(datetime.timezone.utc) - signed_at
        if (server, named["DBUser"], named["Action"]) != (f"127.0.0.1:{self.port}", user, "connect"):
            return "of another server or user"
        if (region, service, end, named["X-Amz-Expires"]) != (REGION, "rds-db", "aws4_request", "900"):
            return "of another scope"
        if not named["X-Amz-Date"].startswith(day) or abs(age.total_seconds()) > 300:
            return "of another time"
        if key_id not in self.keys:
            return "of a key that nobody knows"
        good = signature_of(token, self.keys[key_id])
        return None if named["X-Amz-Signature"] == good else "of a wrong signature"

    def relay(self, client, database):
        with socket.create_connection((self.real.hostname, self.real.port)) as upstream:
            log_in(upstream, self.real, database)
            client.sendall(message(b"R", bytes(4)))
            while True:
                ready = [client] if client.pending() else select.select([client, upstream], [], [])[0]
                for one, other in ((client, upstream), (upstream, client)):
                    if one in ready:
                        text = one.recv(1 << 16)
                        if not text:
                            return
                        other.sendall(text)


class RdsLogin(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        self.front = TokenServer(self.folder, self.database.url)
        self.addCleanup(self.front.stop)
        sqs = harness.SqsServer()
        self.addCleanup(sqs.stop)
        self.queue = sqs.queue
        self.daemon = self.make_daemon()
        self.addCleanup(self.daemon.kill)
        self.give("AKIAFIRST", "first-secret", "a+session/token==")

    def make_daemon(self):
        """Its keys come from a program, which prints what `give` wrote."""
        program = self.folder / "print.py"
        program.write_text(f"print(open({str(self.folder / 'keys')!r}).read())")
        (self.folder / "config").write_text(
            f"[default]\ncredential_process = {sys.executable} {program}\n"
        )
        url = f"postgresql://{urllib.parse.quote(USER)}@127.0.0.1:{self.front.port}"
        return harness.Daemon(
            self.folder, self.database, self.queue,
            harness.example(source=["wait: 1s"], sink=["login: rds_iam"]),
            DATABASE_URL=f"{url}/{self.database.name}?sslrootcert={self.front.certificate}",
            AWS_ACCESS_KEY_ID="", AWS_SECRET_ACCESS_KEY="", AWS_REGION=REGION,
            AWS_CONFIG_FILE=str(self.folder / "config"),
            AWS_SHARED_CREDENTIALS_FILE=str(self.folder / "none"), AWS_EC2_METADATA_DISABLED="true",
        )  # fmt: skip

    def give(self, key_id, secret, session, known=True, life=60):
        """Keys of so short a life are asked for anew whenever they are needed."""
        if known:
            self.front.keys[key_id] = secret
        ends = datetime.datetime.now(datetime.timezone.utc) + datetime.timedelta(seconds=life)
        self.put_keys(
            json.dumps(
                {"Version": 1, "AccessKeyId": key_id, "SecretAccessKey": secret,
                 "SessionToken": session, "Expiration": ends.strftime("%Y-%m-%dT%H:%M:%SZ")}
            )
        )  # fmt: skip

    def put_keys(self, text):
        new = self.folder / "keys.new"
        new.write_text(text)
        os.replace(new, self.folder / "keys")

    def send(self, user_id):
        self.queue.send(json.dumps({"user_id": user_id}))

    def stored(self, user_id):
        return self.database.exists("user_logins") and self.database.count(
            f"SELECT count(*) FROM user_logins WHERE user_id = '{user_id}'"
        )

    def check_nothing_leaked(self):
        log = self.daemon.log()
        for token in self.front.tokens:
            self.assertNotIn(token, log)
        for secret in ("X-Amz-Signature", "first-secret", "second-secret", "session/token"):
            self.assertNotIn(secret, log)

    def test_every_connection_has_a_token_of_its_own_by_the_keys_of_then(self):
        self.send("u1")
        self.daemon.start()
        wait_for(lambda: self.stored("u1"), "the first message is stored")
        told = 'sluice_certificate_expiry_timestamp_seconds{pipeline="user_logins",peer="database"}'
        end = harness.certificate_end(self.front.certificate)
        self.assertEqual(self.daemon.metrics()[told], end)
        self.assertGreater(len(self.front.tokens), 1)  # to prepare, to write, to tend the ledger
        first = len(self.front.tokens)

        self.give("ASIASECOND", "second-secret", "another/session/token")
        del self.front.keys["AKIAFIRST"]
        self.drop_connections()
        self.send("u2")
        wait_for(lambda: self.stored("u2"), "the message after the change is stored", CONNECTS_SECONDS)
        self.assertIn("ASIASECOND", self.front.tokens[-1])
        self.assertGreater(len(self.front.tokens), first)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.check_nothing_leaked()

    def test_commands_log_in_alike(self):
        for command in ("migrate", "preflight"):
            before = len(self.front.tokens)
            done = self.daemon.command(command, timeout=60)
            self.assertIn(done.returncode, (0, 1), done.stdout + done.stderr)  # 1: advice
            self.assertGreater(len(self.front.tokens), before)
        self.assertEqual(self.front.refused, [])
        self.assertTrue(self.database.exists("sluice.ledger"))

    def check_waits(self, said):
        self.send("u1")
        self.daemon.start()
        wait_for(lambda: said in self.daemon.log(), "it says why it waits")
        wait_for(lambda: self.daemon.readiness() == 503, "it is not ready")
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        self.assertEqual(self.queue.left(), 1)

    def check_goes_on(self):
        wait_for(lambda: self.stored("u1"), "the message is stored after the repair", CONNECTS_SECONDS)
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.check_nothing_leaked()

    def test_a_token_that_is_refused_is_waited_out(self):
        self.give("AKIAFIRST", "second-secret", "a+session/token==", known=False)
        self.check_waits("PAM authentication failed")
        self.assertIn("of a wrong signature", self.front.refused)
        self.give("AKIAFIRST", "first-secret", "a+session/token==")
        self.check_goes_on()

    def drop_connections(self):
        self.database.lines(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    def test_an_identity_that_fails_is_said_and_waited_out(self):
        self.give("AKIAFIRST", "first-secret", "a+session/token==", life=5)
        self.daemon.start()
        self.daemon.wait_ready()
        self.put_keys("no JSON")
        expiry = "sluice_credentials_expiry_timestamp_seconds"
        wait_for(
            lambda: any(name.startswith(expiry) and at < time.time()
                        for name, at in (self.daemon.metrics() or {}).items()),
            "the last keys have ended",
        )  # fmt: skip
        self.drop_connections()
        why = "user_logins: no token to log in with: no AWS credentials of credential_process: "
        wait_for(lambda: (self.daemon.get("/readyz") or (0, ""))[1].startswith(why),
                 "it says why it waits", CONNECTS_SECONDS)  # fmt: skip
        self.assertEqual(self.daemon.readiness(), 503)
        said = "credentials of credential_process: its output is no JSON object"
        wait_for(lambda: said in self.daemon.log(), "it says it in its log, too")
        self.assertEqual(self.daemon.get("/healthz")[0], 200)
        self.give("AKIAFIRST", "first-secret", "a+session/token==")
        self.send("u1")
        self.check_goes_on()

    def test_no_stranger_is_shown_a_token(self):
        other = TokenServer.make_certificate(self.folder, "other")
        self.front.tls.load_cert_chain(other, other.with_suffix(".key"))
        self.check_waits("certificate verify failed")
        self.front.speaks_tls = False
        wait_for(lambda: self.front.refused, "it meets a server without TLS", CONNECTS_SECONDS)
        self.assertEqual(set(self.front.refused), {"left without TLS"})
        self.assertEqual(self.front.tokens, [])
        own = self.front.certificate
        self.front.tls.load_cert_chain(own, own.with_suffix(".key"))
        self.front.speaks_tls = True
        self.check_goes_on()


if __name__ == "__main__":
    unittest.main()
