"""Starts sluice-sqs for a test, and ends it."""

import json
import signal
import subprocess
import urllib.request

import boto3
from botocore.config import Config

PATH = None  # of the program, set by the command line


class Server:
    """A running server; its queues are `urls`, in the order of `queues`."""

    def __init__(self, *options, queues=("q",)):
        arguments = [PATH, "--listen", "127.0.0.1:0", *options]
        for queue in queues:
            arguments += ["--queue", queue]
        self.process = subprocess.Popen(
            arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        # One line a queue, and one without queues: they come when the server is ready.
        self.urls = [self.process.stdout.readline().strip() for _ in queues or (None,)]
        if not all(self.urls):
            raise RuntimeError(f"the server did not start: {self.process.stderr.read()}")
        self.endpoint = "/".join(self.urls[0].split("/")[:3])

    def __enter__(self):
        return self

    def __exit__(self, *_):
        if self.process.poll() is None:
            self.stop()
        self.process.stdout.close()
        self.process.stderr.close()

    def stop(self, with_signal=signal.SIGTERM):
        self.process.send_signal(with_signal)
        return self.process.wait(timeout=20)

    def client(self, key="AKIDEXAMPLE", secret="secret", region="us-east-1", attempts=1, **more):
        return boto3.session.Session().client(
            "sqs",
            endpoint_url=self.endpoint,
            region_name=region,
            aws_access_key_id=key,
            aws_secret_access_key=secret,
            config=Config(retries={"mode": "standard", "max_attempts": attempts}),
            **more,
        )

    def get(self, path):
        with urllib.request.urlopen(self.endpoint + path) as answer:
            return answer.read()

    def stats(self):
        return json.loads(self.get("/stats"))
