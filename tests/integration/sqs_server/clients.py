"""What a current boto3 and AWS CLI see of sluice-sqs."""

import argparse
import hashlib
import json
import os
import signal
import socket
import ssl
import subprocess
import sys
import tempfile
import unittest
import urllib.error
import urllib.request

from botocore.exceptions import ClientError

import server as servers
from server import Server

AWS = None  # path of the AWS CLI, set by the command line


def code_of(call, **arguments):
    """The error code and HTTP status that a call ends with."""
    try:
        call(**arguments)
    except ClientError as error:
        return error.response["Error"]["Code"], error.response["ResponseMetadata"]["HTTPStatusCode"]
    raise AssertionError("the call was not refused")


def receive(sqs, url, **arguments):
    return sqs.receive_message(QueueUrl=url, **arguments).get("Messages", [])


def entries(count, **members):
    return [{"Id": f"e{i}", **{k: v.format(i) for k, v in members.items()}} for i in range(count)]


class OneServer(unittest.TestCase):
    """A test with a server of its own."""

    options = ()
    queues = ("q",)

    def setUp(self):
        self.server = self.enterContext(Server(*self.options, queues=self.queues))
        self.sqs = self.server.client()
        self.url = self.server.urls[0]

    def send(self, body, **arguments):
        return self.sqs.send_message(QueueUrl=self.url, MessageBody=body, **arguments)

    def receive(self, **arguments):
        return receive(self.sqs, self.url, **arguments)


class Queues(OneServer):
    queues = ()

    def setUp(self):
        super().setUp()
        self.url = self.sqs.create_queue(
            QueueName="made", Attributes={"VisibilityTimeout": "45"}, tags={"team": "data"}
        )["QueueUrl"]

    def test_a_queue_is_made_found_listed_and_deleted(self):
        self.assertEqual(self.sqs.get_queue_url(QueueName="made")["QueueUrl"], self.url)
        self.assertEqual(self.sqs.list_queues()["QueueUrls"], [self.url])
        self.sqs.delete_queue(QueueUrl=self.url)
        self.assertEqual(
            code_of(self.sqs.get_queue_url, QueueName="made"),
            ("AWS.SimpleQueueService.NonExistentQueue", 400),
        )
        self.assertEqual(
            code_of(self.sqs.create_queue, QueueName="made")[0],
            "AWS.SimpleQueueService.QueueDeletedRecently",
        )

    def test_attributes_are_told_and_changed(self):
        self.sqs.set_queue_attributes(QueueUrl=self.url, Attributes={"DelaySeconds": "3"})
        told = self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["All"])["Attributes"]
        self.assertEqual(told["VisibilityTimeout"], "45")
        self.assertEqual(told["DelaySeconds"], "3")
        self.assertEqual(told["QueueArn"], "arn:aws:sqs:us-east-1:000000000000:made")

    def test_tags_are_told_and_changed(self):
        self.sqs.tag_queue(QueueUrl=self.url, Tags={"cost": "low"})
        self.sqs.untag_queue(QueueUrl=self.url, TagKeys=["team"])
        self.assertEqual(self.sqs.list_queue_tags(QueueUrl=self.url)["Tags"], {"cost": "low"})

    def test_exceptions_have_the_classes_that_boto3_knows(self):
        with self.assertRaises(self.sqs.exceptions.QueueDoesNotExist):
            self.sqs.purge_queue(QueueUrl=self.url + "x")
        with self.assertRaises(self.sqs.exceptions.QueueNameExists):
            self.sqs.create_queue(QueueName="made", Attributes={"VisibilityTimeout": "46"})
        self.sqs.purge_queue(QueueUrl=self.url)
        with self.assertRaises(self.sqs.exceptions.PurgeQueueInProgress):
            self.sqs.purge_queue(QueueUrl=self.url)


class Messages(OneServer):
    def test_a_message_comes_as_it_was_sent(self):
        body = 'ä€😀 "quoted" \\ \n\t{"a":1}'
        attributes = {
            "kind": {"DataType": "String", "StringValue": "login"},
            "count": {"DataType": "Number", "StringValue": "42"},
            "raw": {"DataType": "Binary.png", "BinaryValue": b"\x00\x01\x02\xff"},
        }
        sent = self.send(body, MessageAttributes=attributes)
        (got,) = self.receive(
            MessageAttributeNames=["All"], MessageSystemAttributeNames=["All"]
        )
        self.assertEqual(got["Body"], body)
        self.assertEqual(got["MessageId"], sent["MessageId"])
        self.assertEqual(got["MD5OfBody"], hashlib.md5(body.encode()).hexdigest())
        self.assertEqual(got["MessageAttributes"], attributes)
        self.assertEqual(got["MD5OfMessageAttributes"], sent["MD5OfMessageAttributes"])
        self.assertEqual(got["Attributes"]["ApproximateReceiveCount"], "1")
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=got["ReceiptHandle"])
        self.assertEqual(self.receive(), [])

    def test_an_empty_receive_is_empty(self):
        self.assertNotIn("Messages", self.sqs.receive_message(QueueUrl=self.url))

    def test_a_message_comes_again_when_its_timeout_ends(self):
        self.send("a")
        (first,) = self.receive(VisibilityTimeout=1)
        self.assertEqual(self.receive(), [])
        (again,) = self.receive(WaitTimeSeconds=10, MessageSystemAttributeNames=["All"])
        self.assertEqual(again["MessageId"], first["MessageId"])
        self.assertNotEqual(again["ReceiptHandle"], first["ReceiptHandle"])
        self.assertEqual(again["Attributes"]["ApproximateReceiveCount"], "2")

    def test_a_timeout_is_changed_and_ended(self):
        self.send("a")
        (got,) = self.receive(VisibilityTimeout=1)
        handle = {"QueueUrl": self.url, "ReceiptHandle": got["ReceiptHandle"]}
        self.sqs.change_message_visibility(VisibilityTimeout=600, **handle)
        self.assertEqual(self.receive(WaitTimeSeconds=2), [])
        self.sqs.change_message_visibility(VisibilityTimeout=0, **handle)
        self.assertEqual(len(self.receive()), 1)

    def test_a_delayed_message_ends_a_long_poll(self):
        self.send("late", DelaySeconds=1)
        self.assertEqual(self.receive(), [])
        self.assertEqual(self.receive(WaitTimeSeconds=10)[0]["Body"], "late")

    def test_batches_succeed_in_part(self):
        sent = self.sqs.send_message_batch(
            QueueUrl=self.url, Entries=entries(10, MessageBody="m{}")
        )
        self.assertEqual(len(sent["Successful"]), 10)
        self.assertNotIn("Failed", sent)
        got = self.receive(MaxNumberOfMessages=10)
        self.assertEqual([each["Body"] for each in got], [f"m{i}" for i in range(10)])

        handles = [{"Id": str(i), "ReceiptHandle": m["ReceiptHandle"]} for i, m in enumerate(got)]
        handles[3]["ReceiptHandle"] = "garbage"
        deleted = self.sqs.delete_message_batch(QueueUrl=self.url, Entries=handles)
        self.assertEqual(len(deleted["Successful"]), 9)
        (failed,) = deleted["Failed"]
        self.assertEqual(
            (failed["Id"], failed["Code"], failed["SenderFault"]),
            ("3", "ReceiptHandleIsInvalid", True),
        )
        changed = self.sqs.change_message_visibility_batch(
            QueueUrl=self.url,
            Entries=[
                {"Id": "a", "ReceiptHandle": got[3]["ReceiptHandle"], "VisibilityTimeout": 0},
                {"Id": "b", "ReceiptHandle": got[4]["ReceiptHandle"], "VisibilityTimeout": 9},
            ],
        )
        self.assertEqual(changed["Successful"], [{"Id": "a"}])
        self.assertEqual(changed["Failed"][0]["Code"], "InvalidParameterValue")

    def test_what_cannot_be_is_refused(self):
        self.assertEqual(
            code_of(self.sqs.delete_message, QueueUrl=self.url, ReceiptHandle="garbage"),
            ("ReceiptHandleIsInvalid", 404),
        )
        self.assertEqual(
            code_of(self.sqs.receive_message, QueueUrl=self.url, MaxNumberOfMessages=11),
            ("InvalidParameterValue", 400),
        )
        self.assertEqual(
            code_of(self.sqs.send_message_batch, QueueUrl=self.url, Entries=[]),
            ("AWS.SimpleQueueService.EmptyBatchRequest", 400),
        )
        self.assertEqual(
            code_of(self.sqs.send_message, QueueUrl=self.url, MessageBody="x" * 1048577),
            ("InvalidParameterValue", 400),
        )

    def test_what_is_wrong_with_a_call_has_the_class_that_boto3_knows(self):
        known = self.sqs.exceptions
        twice = [{"Id": "same", "MessageBody": "m"}] * 2
        for expected, batch in (
            (known.EmptyBatchRequest, []),
            (known.TooManyEntriesInBatchRequest, entries(11, MessageBody="m")),
            (known.BatchEntryIdsNotDistinct, twice),
            (known.InvalidBatchEntryId, [{"Id": "not an id!", "MessageBody": "m"}]),
            (known.BatchRequestTooLong, entries(2, MessageBody="x" * 600_000)),
        ):
            with self.subTest(expected.__name__), self.assertRaises(expected):
                self.sqs.send_message_batch(QueueUrl=self.url, Entries=batch)
        self.assertEqual(self.receive(), [], "a batch that is refused is refused as a whole")
        with self.assertRaises(known.ReceiptHandleIsInvalid):
            self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle="garbage")
        with self.assertRaises(known.InvalidMessageContents):
            self.send("\x01")
        with self.assertRaises(known.InvalidAttributeName):
            self.sqs.get_queue_attributes(QueueUrl=self.url, AttributeNames=["Nonsense"])

    def test_the_largest_message_comes_whole(self):
        body = "\u20ac" * (1048576 // 3)
        self.send(body)
        self.assertEqual(self.receive()[0]["Body"], body)

    def test_it_tells_what_it_did(self):
        self.send("a")
        self.receive()
        self.assertEqual(self.server.get("/health"), b"ok\n")
        stats = self.server.stats()
        self.assertEqual(stats["queues"]["q"]["in_flight"], 1)
        self.assertEqual(stats["operations"]["SendMessage"]["calls"], 1)


class Redrive(OneServer):
    queues = ("dead", "q,visibility=0s,dead_letters=dead,max_receives=2")

    def setUp(self):
        super().setUp()
        self.dead, self.url = self.server.urls

    def fail(self, body):
        self.send(body)
        for _ in range(2):
            self.assertEqual(len(self.receive()), 1)
        self.assertEqual(self.receive(), [])

    def test_a_message_that_fails_too_often_is_a_dead_letter(self):
        self.fail("bad")
        (letter,) = receive(self.sqs, self.dead, MessageSystemAttributeNames=["All"])
        self.assertEqual(letter["Body"], "bad")
        self.assertEqual(letter["Attributes"]["ApproximateReceiveCount"], "3")
        self.assertEqual(
            letter["Attributes"]["DeadLetterQueueSourceArn"],
            "arn:aws:sqs:us-east-1:000000000000:q",
        )
        self.assertEqual(
            self.sqs.list_dead_letter_source_queues(QueueUrl=self.dead)["queueUrls"], [self.url]
        )

    def test_a_task_moves_dead_letters_back(self):
        self.fail("bad")
        arn = "arn:aws:sqs:us-east-1:000000000000:dead"
        self.sqs.start_message_move_task(SourceArn=arn)
        (back,) = self.receive(WaitTimeSeconds=10, MessageSystemAttributeNames=["All"])
        self.assertEqual(back["Attributes"]["ApproximateReceiveCount"], "1")
        (task,) = self.sqs.list_message_move_tasks(SourceArn=arn)["Results"]
        self.assertEqual(task["ApproximateNumberOfMessagesMoved"], 1)
        self.assertIn(task["Status"], ("RUNNING", "COMPLETED"))


class Fifo(OneServer):
    queues = ("q.fifo,content_deduplication",)

    def test_groups_keep_their_order_and_block(self):
        for body in ("a1", "b1", "a2", "b2"):
            sent = self.send(body, MessageGroupId=body[0])
            self.assertEqual(len(sent["SequenceNumber"]), 20)
        first = self.receive(MaxNumberOfMessages=3, MessageSystemAttributeNames=["All"])
        self.assertEqual([each["Body"] for each in first], ["a1", "a2", "b1"])
        self.assertEqual(first[0]["Attributes"]["MessageGroupId"], "a")
        self.assertEqual(self.receive(MaxNumberOfMessages=10), [])
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=first[2]["ReceiptHandle"])
        self.assertEqual([each["Body"] for each in self.receive(MaxNumberOfMessages=10)], ["b2"])

    def test_a_repeated_message_is_accepted_and_not_delivered(self):
        first = self.send("same", MessageGroupId="g")
        again = self.send("same", MessageGroupId="g")
        self.assertEqual(first["MessageId"], again["MessageId"])
        self.assertEqual(len(self.receive(MaxNumberOfMessages=10)), 1)

    def test_a_handle_dies_with_its_timeout(self):
        self.send("m", MessageGroupId="g")
        (old,) = self.receive(VisibilityTimeout=1)
        (new,) = self.receive(WaitTimeSeconds=10)
        delete = {"QueueUrl": self.url, "ReceiptHandle": old["ReceiptHandle"]}
        self.assertEqual(code_of(self.sqs.delete_message, **delete), ("InvalidParameterValue", 400))
        self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=new["ReceiptHandle"])

    def test_a_group_is_demanded(self):
        self.assertEqual(
            code_of(self.sqs.send_message, QueueUrl=self.url, MessageBody="m")[0],
            "MissingParameter",
        )


class Signatures(unittest.TestCase):
    def test_only_the_right_key_opens(self):
        with tempfile.NamedTemporaryFile("w") as secret:
            secret.write("right\n")
            secret.flush()
            options = ("--signatures", f"AKIDEXAMPLE:{secret.name}", "--region", "eu-west-1")
            server = self.enterContext(Server(*options))
        url = server.urls[0]

        def try_with(**arguments):
            return server.client(**arguments).receive_message

        try_with(secret="right", region="eu-west-1")(QueueUrl=url)
        try_with(secret="right", region="eu-west-1", aws_session_token="token")(QueueUrl=url)
        self.assertEqual(
            code_of(try_with(secret="wrong", region="eu-west-1"), QueueUrl=url),
            ("SignatureDoesNotMatch", 403),
        )
        self.assertEqual(
            code_of(try_with(secret="right", region="us-east-1"), QueueUrl=url),
            ("SignatureDoesNotMatch", 403),
        )
        self.assertEqual(
            code_of(try_with(key="OTHER", secret="right", region="eu-west-1"), QueueUrl=url),
            ("InvalidClientTokenId", 403),
        )
        unsigned = urllib.request.Request(
            server.endpoint, data=b"{}", headers={"X-Amz-Target": "AmazonSQS.ListQueues"}
        )
        with self.assertRaises(urllib.error.HTTPError) as refused:
            urllib.request.urlopen(unsigned)
        self.addCleanup(refused.exception.close)
        self.assertEqual(refused.exception.code, 403)
        self.assertIn(b"MissingAuthenticationToken", refused.exception.read())


class Faults(unittest.TestCase):
    def test_a_client_that_tries_again_gets_through(self):
        faults = "7,share=8%,wrong_md5=0%,failing_entries=0%,empty=0%,on=ReceiveMessage"
        server = self.enterContext(Server("--faults", faults, queues=("q,visibility=1s",)))
        sqs = server.client(attempts=10)
        for _ in range(3):
            sqs.send_message_batch(
                QueueUrl=server.urls[0], Entries=entries(10, MessageBody="m{}")
            )
        seen = 0
        while seen < 30:
            for each in receive(sqs, server.urls[0], WaitTimeSeconds=5):
                sqs.delete_message(QueueUrl=server.urls[0], ReceiptHandle=each["ReceiptHandle"])
                seen += 1
        stats = server.stats()
        self.assertGreater(sum(stats["faults"].values()), 0)
        self.assertEqual(stats["queues"]["q"]["totals"]["deleted"], 30)

    def test_duplicates_come_twice(self):
        server = self.enterContext(Server("--duplicates", "100%"))
        sqs = server.client()
        sqs.send_message(QueueUrl=server.urls[0], MessageBody="twice")
        for _ in range(2):
            (got,) = receive(sqs, server.urls[0], WaitTimeSeconds=10)
            sqs.delete_message(QueueUrl=server.urls[0], ReceiptHandle=got["ReceiptHandle"])
        self.assertEqual(server.stats()["queues"]["q"]["in_flight"], 0)


class Process(unittest.TestCase):
    def test_it_ends_well_by_either_signal_even_while_polls_wait(self):
        for each in (signal.SIGTERM, signal.SIGINT):
            with Server() as server, socket.create_connection(
                ("127.0.0.1", int(server.endpoint.rsplit(":", 1)[1]))
            ) as poll:
                body = json.dumps({"QueueUrl": server.urls[0], "WaitTimeSeconds": 20})
                poll.sendall(
                    (
                        "POST / HTTP/1.1\r\nHost: h\r\nX-Amz-Target: AmazonSQS.ReceiveMessage\r\n"
                        f"Content-Length: {len(body)}\r\n\r\n{body}"
                    ).encode()
                )
                server.get("/health")  # the poll came before this
                self.assertEqual(server.stop(each), 0)
                self.assertEqual(server.process.stderr.read(), "")

    def test_what_it_cannot_do_it_says(self):
        with Server() as server:
            taken = server.endpoint.rsplit("/", 1)[1]
            for arguments, status, words in (
                (["--listen", taken], 1, "cannot listen on " + taken),
                (["--journal", "/nonexistent/journal"], 1, "cannot write the journal"),
                (["--listen", "127.0.0.1:0", "--tls", "no,no"], 1, "certificate no"),
                (["--queue", "q,dead_letters=x,max_receives=1"], 2, "add --queue x"),
                (["--queue", "not a name"], 2, "alphanumeric"),
                (["--nonsense"], 2, "--help"),
            ):
                if arguments[0] != "--listen":
                    arguments = ["--listen", "127.0.0.1:0", *arguments]
                ended = subprocess.run(
                    [servers.PATH, *arguments], capture_output=True, text=True, timeout=20
                )
                self.assertEqual(ended.returncode, status, ended.stderr)
                self.assertIn(words, ended.stderr)
                self.assertEqual(ended.stderr.count("\n"), 1)
                self.assertEqual(ended.stdout, "")

    def test_the_journal_tells_the_life_of_a_message(self):
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "journal")
            with Server("--journal", path) as server:
                sqs = server.client()
                sent = sqs.send_message(QueueUrl=server.urls[0], MessageBody="a")
                (got,) = receive(sqs, server.urls[0])
                sqs.delete_message(QueueUrl=server.urls[0], ReceiptHandle=got["ReceiptHandle"])
                self.assertEqual(server.stop(), 0)
            with open(path) as journal:
                lines = [json.loads(line) for line in journal]
        self.assertEqual([line["event"] for line in lines], ["sent", "received", "deleted"])
        self.assertEqual({line["id"] for line in lines}, {sent["MessageId"]})
        for line in lines[1:]:
            self.assertTrue(got["ReceiptHandle"].startswith(line["handle"]))

    def test_sample_logins_fill_a_queue(self):
        with Server("--prefill", "1000,others=10%,repeated=10%") as server:
            sqs = server.client()
            got = receive(sqs, server.urls[0], MaxNumberOfMessages=10)
            self.assertEqual(len(got), 10)
            self.assertTrue(all(json.loads(each["Body"]) for each in got))
            self.assertEqual(server.stats()["queues"]["q"]["visible"], 990)
            server.stop()
            self.assertIn("q: 1000 messages: ", server.process.stderr.read())

    def test_it_serves_https(self):
        with tempfile.TemporaryDirectory() as folder:
            certificate, key = (os.path.join(folder, name) for name in ("cert.pem", "key.pem"))
            subprocess.run(
                "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 1"
                f" -subj /CN=localhost -addext subjectAltName=IP:127.0.0.1"
                f" -keyout {key} -out {certificate}",
                shell=True,
                check=True,
                capture_output=True,
            )
            server = self.enterContext(Server("--tls", f"{certificate},{key}"))
            self.assertTrue(server.urls[0].startswith("https://127.0.0.1:"))
            sqs = server.client(verify=certificate)
            sqs.send_message(QueueUrl=server.urls[0], MessageBody="secret")
            self.assertEqual(receive(sqs, server.urls[0])[0]["Body"], "secret")
            port = int(server.endpoint.rsplit(":", 1)[1])
            old = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
            old.check_hostname, old.verify_mode = False, ssl.CERT_NONE
            old.maximum_version = ssl.TLSVersion.TLSv1_2
            with socket.create_connection(("127.0.0.1", port)) as plain:
                with old.wrap_socket(plain) as wrapped:
                    self.assertEqual(wrapped.version(), "TLSv1.2")


class CommandLine(OneServer):
    def run_aws(self, *arguments, **environment):
        return subprocess.run(
            [AWS, "--endpoint-url", self.server.endpoint, "--output", "json", "sqs", *arguments],
            env={**os.environ, **environment},
            capture_output=True,
            text=True,
            timeout=60,
        )

    def aws(self, *arguments):
        ran = self.run_aws(*arguments)
        self.assertEqual(ran.returncode, 0, ran.stderr)
        return json.loads(ran.stdout) if ran.stdout else None

    def test_the_aws_cli_sends_receives_and_deletes(self):
        url = self.aws("create-queue", "--queue-name", "cli")["QueueUrl"]
        on = ("--queue-url", url)
        sent = self.aws("send-message", *on, "--message-body", "hello")
        self.assertEqual(sent["MD5OfMessageBody"], "5d41402abc4b2a76b9719d911017c592")
        (got,) = self.aws("receive-message", *on, "--wait-time-seconds", "5")["Messages"]
        self.assertEqual(got["Body"], "hello")
        told = self.aws("get-queue-attributes", *on, "--attribute-names", "All")["Attributes"]
        self.assertEqual(told["ApproximateNumberOfMessagesNotVisible"], "1")
        self.aws("delete-message", *on, "--receipt-handle", got["ReceiptHandle"])
        self.assertIsNone(self.aws("receive-message", *on))
        self.assertEqual(len(self.aws("list-queues")["QueueUrls"]), 2)

    def test_the_aws_cli_has_batches_groups_and_dead_letters(self):
        dead = self.aws("create-queue", "--queue-name", "dead.fifo", "--attributes", "FifoQueue=true")
        asked = self.aws("get-queue-attributes", "--queue-url", dead["QueueUrl"],
                         "--attribute-names", "QueueArn")  # fmt: skip
        policy = {"deadLetterTargetArn": asked["Attributes"]["QueueArn"], "maxReceiveCount": "1"}
        attributes = {"FifoQueue": "true", "ContentBasedDeduplication": "true",
                      "RedrivePolicy": json.dumps(policy)}  # fmt: skip
        made = self.aws("create-queue", "--queue-name", "cli.fifo", "--attributes", json.dumps(attributes))
        on = ("--queue-url", made["QueueUrl"])
        batch = [{"Id": body, "MessageBody": body, "MessageGroupId": body[0]} for body in ("a1", "a2")]
        sent = self.aws("send-message-batch", *on, "--entries", json.dumps(batch))
        self.assertEqual([each["Id"] for each in sent["Successful"]], ["a1", "a2"])
        (got,) = self.aws("receive-message", *on)["Messages"]
        self.assertEqual(got["Body"], "a1")
        back = ("--receipt-handle", got["ReceiptHandle"], "--visibility-timeout", "0")
        self.aws("change-message-visibility", *on, *back)
        (got,) = self.aws("receive-message", *on, "--wait-time-seconds", "5")["Messages"]
        self.assertEqual(got["Body"], "a2")
        letters = self.aws("receive-message", "--queue-url", dead["QueueUrl"])["Messages"]
        self.assertEqual([each["Body"] for each in letters], ["a1"])


class CommandLineSigns(CommandLine):
    """The same with signatures checked, of the secret in the environment."""

    def setUp(self):
        secret = self.enterContext(tempfile.NamedTemporaryFile("w"))
        secret.write(os.environ["AWS_SECRET_ACCESS_KEY"])
        secret.flush()
        self.options = ("--signatures", f"{os.environ['AWS_ACCESS_KEY_ID']}:{secret.name}")
        super().setUp()

    def test_another_secret_is_refused_with_what_the_cli_prints(self):
        self.aws("list-queues")
        ran = self.run_aws("list-queues", AWS_SECRET_ACCESS_KEY="another")
        self.assertNotEqual(ran.returncode, 0)
        self.assertIn("SignatureDoesNotMatch", ran.stderr)
        self.assertEqual(ran.stdout, "")


def main():
    global AWS
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--server", required=True)
    parser.add_argument("--aws", required=True)
    options, rest = parser.parse_known_args()
    servers.PATH, AWS = options.server, options.aws
    for name in [name for name in os.environ if name.startswith("AWS_") or "proxy" in name.lower()]:
        del os.environ[name]
    os.environ.update(
        AWS_EC2_METADATA_DISABLED="true",
        AWS_CONFIG_FILE=os.devnull,
        AWS_SHARED_CREDENTIALS_FILE=os.devnull,
        AWS_ACCESS_KEY_ID="AKIDEXAMPLE",
        AWS_SECRET_ACCESS_KEY="secret",
        AWS_DEFAULT_REGION="us-east-1",
    )
    unittest.main(argv=[sys.argv[0], *rest], verbosity=2)


if __name__ == "__main__":
    main()
