"""The programs that are measured. Each drains a queue into user_logins, and all of them alike: `start`
returns the processes that do it, `finish` ends them."""

import os
import pathlib
import re
import signal
import subprocess

import harness

BENCH = pathlib.Path(__file__).resolve().parent
PEERS = harness.ROOT / "build" / "peers"

# As the daemon makes it.
TABLE = """CREATE TABLE user_logins (user_id varchar(128), device_type varchar(32),
    masked_ip varchar(256), masked_device_id varchar(256), locale varchar(32), app_version integer,
    create_date date)"""


class Sluice:
    """The daemon with deploy/examples/user_logins.yaml."""

    stores = True

    def __init__(self, fetchers=None, connections=None, masked=True, options=()):
        source = [f"fetchers: {{ min: {fetchers}, max: {fetchers} }}"] if fetchers else []
        sink = [f"connections: {connections}"] if connections else []
        config = harness.example(source=source, sink=sink)
        self.config = config if masked else re.sub(r",\s+mask: seal", "", config)
        self.config = "\n".join([self.config, *options, ""])

    def start(self, folder, database, server, environment):
        self.daemon = harness.Daemon(folder, database, server.queue, self.config, **environment)
        self.daemon.start("--log-level", "warning")
        return [self.daemon.process]

    def finish(self):
        code = self.daemon.stop()
        assert code == 0, self.daemon.log()


class Program:
    """Any other program. Its queue and its database stand in the environment, and as $NAME on its
    command line; it runs until it is told to end."""

    def __init__(self, *command, folder=None, stores=True):
        self.command = [str(each) for each in command]
        self.folder = folder
        self.stores = stores

    def start(self, folder, database, server, environment):
        if self.stores:
            database.lines(TABLE)
        self.log = pathlib.Path(folder, "program.log")
        told = {
            "SLUICE_QUEUE_URL": server.queue.url,
            "SLUICE_ENDPOINT": server.endpoint,
            "DATABASE_URL": database.url,
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "AWS_ENDPOINT_URL": server.endpoint,
        }
        command = [re.sub(r"\$(\w+)", lambda name: told[name[1]], each) for each in self.command]
        with open(self.log, "wb") as log:
            self.process = subprocess.Popen(
                command, cwd=self.folder, env={**os.environ, **told, **environment},
                stdin=subprocess.PIPE, stdout=log, stderr=log,
            )  # fmt: skip
        return [self.process]

    def finish(self):
        self.process.stdin.close()
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(timeout=15)
        except subprocess.TimeoutExpired:  # some wait for the end of their long polls
            self.process.kill()
            self.process.wait()


def node_batch():
    return Program("node", "consumer.js", folder=PEERS / "node")


def python(script):
    return Program(PEERS / "python" / "bin" / "python", "-B", BENCH / "peers" / "python" / script)


def redpanda_connect():
    pipeline = BENCH / "peers" / "redpanda-connect" / "pipeline.yaml"
    return Program(PEERS / "redpanda-connect" / "benthos", "-c", pipeline)


def bare_client(connections=8):
    program = harness.BUILD / "bare_client"
    return Program(
        program, "$SLUICE_QUEUE_URL", "$SLUICE_ENDPOINT", connections, stores=False
    )


def why_absent(peer):
    """Why a peer was not built; empty if it was."""
    reason = PEERS / f"{peer}.absent"
    return reason.read_text().strip() if reason.exists() else ""
