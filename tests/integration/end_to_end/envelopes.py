"""What producers wrap a record in: SNS notifications, EventBridge events, base64 of gzip; and the
attributes beside it. Each becomes a row; what is wrapped wrongly is a dead letter, to be replayed."""

import base64
import gzip
import http.client
import http.server
import json
import subprocess
import threading
import unittest

import harness
from harness import wait_for

CONFIG = """
pipelines:
{pipelines}
keys: {{ keyring: "${{env:SLUICE_KEYRING}}" }}
admin: {{ listen: 127.0.0.1:0 }}
"""

PIPELINE = """
  {name}:
    source: {{ sqs: {{ queue_url: "{url}", endpoint: "{endpoint}", wait: 1s }} }}
    record: {{ {form} columns: {{ {columns} }} }}
    sink: {{ postgres: {{ url: "${{env:DATABASE_URL}}", table: {name} }} }}
"""

PERSON = "user_id: { type: text, from: /user_id, required: true }, " \
         "ip: { type: inet, from: /ip, mask: seal }"  # fmt: skip
KIND = 'kind: { type: text, from: "@attribute/kind" }, ' \
       'tries: { type: integer, from: "@attribute/tries" }'  # fmt: skip
BODY = '{{ type: {}, from: "@body", mask: {} }}'

# name: (form, columns)
PIPELINES = {
    "notifications": ("format: sns_json,", f"{PERSON}, {KIND}"),
    "raw_delivery": ("", f"{PERSON}, {KIND}"),
    "events": ("", "user_id: { type: text, from: /detail/user_id, required: true }, "
                   "ip: { type: inet, from: /detail/ip, mask: seal }, "
                   "kind: { type: text, from: /detail-type }, "
                   "at: { type: timestamptz, from: /time }"),
    "packed": ("encoding: base64+gzip,", f"{PERSON}, whole: {BODY.format('text', 'seal')}"),
    "packed_notifications": ("format: sns_json, encoding: base64+gzip,", f"{PERSON}, {KIND}"),
    "unused_attributes": ("", PERSON),
}  # fmt: skip


def person(number):
    return {"user_id": f"u{number}", "ip": f"192.0.2.{number}"}


def pack(text):
    return base64.b64encode(gzip.compress(text.encode())).decode()


def notification(message, **attributes):
    """As SNS sends it where raw delivery is off."""
    out = {
        "Type": "Notification",
        "MessageId": "7d4b1c9a-57d5-5b1c-9a57-1c2d3e4f5a6b",
        "TopicArn": "arn:aws:sns:us-east-1:000000000000:logins",
        "Message": message,
        "Timestamp": "2026-01-15T09:30:00.123Z",
        "SignatureVersion": "1",
    }
    if attributes:
        out["MessageAttributes"] = {
            name: {"Type": type_, "Value": value} for name, (type_, value) in attributes.items()
        }
    return json.dumps(out)


def event(detail):
    """As EventBridge sends it."""
    return json.dumps(
        {
            "version": "0",
            "id": "6a7e8feb-b491-4cf7-a9f1-bf3703467718",
            "detail-type": "login",
            "source": "shop.web",
            "account": "111122223333",
            "time": "2026-01-15T09:30:00Z",
            "region": "us-east-1",
            "resources": [],
            "detail": detail,
        }
    )


def attributes(**values):
    """As SQS takes them: text, number, bytes."""
    out = {}
    for name, value in values.items():
        if isinstance(value, bytes):
            out[name] = {"DataType": "Binary", "BinaryValue": base64.b64encode(value).decode()}
        elif isinstance(value, int):
            out[name] = {"DataType": "Number", "StringValue": str(value)}
        else:
            out[name] = {"DataType": "String", "StringValue": value}
    return out


class Relay:
    """Stands before an SQS server, and keeps what was asked; may damage one answer, the first that has
    what is to be replaced."""

    def __init__(self, endpoint, damage=None):
        self.receives = []
        self.damaged = False
        outer = self

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                if self.headers["X-Amz-Target"].endswith(".ReceiveMessage"):
                    outer.receives.append(json.loads(body))
                server = http.client.HTTPConnection(endpoint.split("/")[2], timeout=60)
                kept = ("Content-Type", "X-Amz-Target", "Authorization", "X-Amz-Date")
                server.request("POST", self.path, body,
                               {name: self.headers[name] for name in kept if name in self.headers})
                answer = server.getresponse()
                text = answer.read()
                server.close()
                if damage and not outer.damaged and damage[0] in text:
                    outer.damaged = True
                    text = text.replace(*damage)
                self.send_response(answer.status)
                self.send_header("Content-Type", answer.headers["Content-Type"])
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class Envelopes(unittest.TestCase):
    def serve(self, *options, names=tuple(PIPELINES)):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = harness.SqsServer(*options, queues=names)
        self.addCleanup(self.server.stop)
        self.queues = {
            name.partition(",")[0]: queue
            for name, queue in zip(names, self.server.queues, strict=True)
        }
        self.daemon = harness.Daemon(folder.name, self.database, self.server.queue, self.config())
        self.addCleanup(self.daemon.kill)

    def config(self, **forms):
        """With other forms for some pipelines, if given."""
        return CONFIG.format(
            pipelines="".join(
                PIPELINE.format(name=name, url=queue.url, endpoint=queue.endpoint,
                                form=forms.get(name, PIPELINES[name][0]), columns=PIPELINES[name][1])
                for name, queue in self.queues.items()
            )
        )  # fmt: skip

    def send(self, name, body, with_attributes=None):
        more = {"MessageAttributes": with_attributes} if with_attributes else {}
        return self.queues[name].call("SendMessage", {"MessageBody": body, **more})["MessageId"]

    def drain(self):
        self.assertEqual(self.daemon.run_once(), 0, self.daemon.log()[-3000:])
        for queue in self.queues.values():
            self.assertEqual(queue.left(), 0)

    def letters(self):
        """{message id: reason, column, detail}"""
        lines = self.database.lines(
            "SELECT message_id, reason, coalesce(column_name, ''), coalesce(detail, '') "
            "FROM sluice.dead_letters WHERE state = 'new'"
        )
        return {line.split("|")[0]: tuple(line.split("|")[1:]) for line in lines}

    def test_each_becomes_its_row(self):
        self.serve()
        kinds = attributes(kind="first", tries=3, more=b"\x00\xff")
        in_sns = {"kind": ("String", "first"), "tries": ("Number", "3")}
        plain = [json.dumps(person(i)) for i in range(6)]
        self.send("notifications", notification(plain[0], **in_sns))
        self.send("raw_delivery", plain[1], kinds)
        self.send("events", event(person(2)))
        self.send("packed", pack(plain[3]))
        self.send("packed_notifications", notification(pack(plain[4]), **in_sns))
        self.send("unused_attributes", plain[5], kinds)
        self.drain()
        self.assertEqual(self.letters(), {})
        expected = {
            "notifications": "u0|first|3",
            "raw_delivery": "u1|first|3",
            "events": "u2|login|2026-01-15 09:30:00+00",
            "packed_notifications": "u4|first|3",
        }
        for name, row in expected.items():
            more = "kind, at" if name == "events" else "kind, tries"
            sql = f"SET timezone = 'UTC'; SELECT user_id, {more} FROM {name}"
            self.assertEqual(self.database.lines(sql), [row])
        self.assertEqual(self.database.lines("SELECT user_id FROM packed"), ["u3"])
        self.assertEqual(self.database.lines("SELECT user_id FROM unused_attributes"), ["u5"])
        for number, name in enumerate(PIPELINES):
            opened = self.opened(f"SELECT ip FROM {name}")
            self.assertEqual(opened, f"192.0.2.{number}\n")
        self.assertEqual(self.opened("SELECT whole FROM packed"), plain[3] + "\n")

    def opened(self, query):
        pipeline = query.split()[-1]
        done = self.daemon.command(
            "unmask", "--pipeline", pipeline, "--reason", "a test", "--query", query
        )
        self.assertEqual(done.returncode, 0, done.stderr)
        return done.stdout

    def test_what_is_wrapped_wrongly_is_a_dead_letter_that_says_so(self):
        self.serve()
        good = json.dumps(person(7))
        no_notification = "the body is no SNS notification; if the topic delivers raw, set format: json"
        no_gzip = "is no gzip, or not all of it"
        bomb = pack(good + " " * 1_000_000)
        bad = {
            self.send("notifications", good): ("bad_envelope", "", no_notification),
            self.send("notifications", notification("oops")): (
                "not_json_object", "", "byte offset 0"),
            self.send("notifications", notification(good, tries=("Number", "many"))): (
                "wrong_type", "tries", "got text"),
            self.send("raw_delivery", good, attributes(tries="three")): (
                "wrong_type", "tries", "got text"),
            self.send("events", good): ("missing", "user_id", ""),
            self.send("packed", good): ("bad_envelope", "", "is no base64"),
            self.send("packed", base64.b64encode(good.encode()).decode()): (
                "bad_envelope", "", no_gzip),
            self.send("packed", pack(good)[:-8]): ("bad_envelope", "", no_gzip),
            self.send("packed", bomb): (
                "bad_envelope", "", "unpacks to more than 100 times its size"),
            self.send("packed_notifications", pack(good)): ("not_json_object", "", "byte offset 0"),
            self.send("packed_notifications", notification(good)): (
                "bad_envelope", "", "is no base64"),
        }  # fmt: skip
        for name, body in (("notifications", notification(good)), ("packed", pack(good))):
            self.send(name, body)  # their neighbours
        self.drain()
        found = self.letters()
        self.assertEqual(found.keys(), bad.keys())
        for message_id, (reason, column, detail) in bad.items():
            self.assertEqual(found[message_id][:2], (reason, column))
            self.assertIn(detail, found[message_id][2])
        for name in ("notifications", "packed"):
            self.assertEqual(self.database.count(f"SELECT count(*) FROM {name}"), 1)
        kept = self.database.lines("SELECT convert_from(body, 'UTF8') FROM sluice.dead_letters")
        self.assertEqual({each[:3] for each in kept}, {"p1."})  # sealed
        self.assertNotIn("192.0.2.7", self.daemon.log())

    def test_letters_are_replayed_with_their_envelope_and_attributes(self):
        self.serve()
        self.send("notifications", json.dumps(person(1)))
        self.send("raw_delivery", notification(json.dumps(person(2)), kind=("String", "inner")),
                  attributes(kind="outer"))  # fmt: skip
        self.send("unused_attributes", pack(json.dumps(person(3))))
        self.send("raw_delivery", '{"user_id":7}', attributes(kind="kept"))
        self.drain()
        self.assertEqual(len(self.letters()), 4)
        # The topics deliver the other way round, and the producer packs.
        self.daemon.config.write_text(
            self.config(notifications="", raw_delivery="format: sns_json,",
                        unused_attributes="encoding: base64+gzip,")
        )  # fmt: skip
        for name in ("notifications", "raw_delivery", "unused_attributes"):
            done = subprocess.run(
                [str(harness.BUILD / "sluice"), "letters", "replay", "-c", str(self.daemon.config),
                 "--pipeline", name, "--yes"],
                env=self.daemon.environment, capture_output=True, text=True, timeout=60,
            )  # fmt: skip
            still_bad = name == "raw_delivery"
            self.assertEqual(done.returncode, 1 if still_bad else 0, done.stdout + done.stderr)
        self.assertEqual(self.database.lines("SELECT user_id FROM notifications"), ["u1"])
        self.assertEqual(self.database.lines("SELECT user_id, kind FROM raw_delivery"), ["u2|inner"])
        self.assertEqual(self.database.lines("SELECT user_id FROM unused_attributes"), ["u3"])
        self.assertEqual(len(self.letters()), 1)

    def test_attributes_are_asked_for_where_a_column_takes_them(self):
        self.serve(names=("raw_delivery", "notifications", "unused_attributes"))
        relay = Relay(self.server.endpoint)
        self.addCleanup(relay.stop)
        for queue in self.queues.values():
            queue.endpoint = relay.url
        self.daemon.config.write_text(self.config())
        self.drain()
        for name, queue in self.queues.items():
            asked = {json.dumps(each.get("MessageAttributeNames")) for each in relay.receives
                     if each["QueueUrl"] == queue.url}  # fmt: skip
            self.assertEqual(asked, {'["All"]'} if name == "raw_delivery" else {"null"}, name)

    def test_damaged_attributes_are_not_stored_and_come_again(self):
        self.serve(names=("raw_delivery,visibility=2s",))
        relay = Relay(self.server.endpoint, damage=(b'"first"', b'"fiRst"'))
        self.addCleanup(relay.stop)
        self.server.queue.endpoint = relay.url
        self.daemon.config.write_text(self.config())
        self.send("raw_delivery", json.dumps(person(1)), attributes(kind="first", more=b"\x00"))
        self.daemon.start()
        wait_for(lambda: relay.damaged and self.server.queue.left() == 0, "the message is stored")
        self.assertEqual(self.daemon.stop(), 0, self.daemon.log())
        self.assertEqual(self.database.lines("SELECT user_id, kind FROM raw_delivery"), ["u1|first"])
        self.assertEqual(self.letters(), {})


if __name__ == "__main__":
    unittest.main()
