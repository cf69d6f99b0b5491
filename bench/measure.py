"""One measurement: a program that does its work beside a fresh server, and what that cost."""

import subprocess
import time

import harness
import meter
from harness import wait_for
from subjects import TABLE

DRAIN_SECONDS_MAX = 600
WARM_UP_SECONDS_MAX = 120


class Work:
    """From the moment before the first receive to the last delete. The start of a program is not part
    of it: peers drain fewer messages than the daemon, and their starts would weigh more."""

    def __init__(self, processes, server, messages):
        self.processes = processes
        self.server = server
        self.first_cpu, self.first_time = 0.0, time.monotonic()
        wait_for(self.has_begun, "the program receives", WARM_UP_SECONDS_MAX)
        wait_for(lambda: self.deleted() >= messages, "the queue is drained", DRAIN_SECONDS_MAX)
        self.cpu = self.cpu_seconds() - self.first_cpu
        self.seconds = time.monotonic() - self.first_time

    def has_begun(self):
        """Reads the clocks first, so that nothing of the work is taken for the start."""
        cpu, now = self.cpu_seconds(), time.monotonic()
        if self.server.stats()["operations"].get("ReceiveMessage", {}).get("calls", 0) > 0:
            return True
        self.first_cpu, self.first_time = cpu, now
        return False

    def cpu_seconds(self):
        self.check_alive()
        return sum(meter.cpu_seconds(each.pid) for each in self.processes)

    def check_alive(self):
        for each in self.processes:
            assert each.poll() is None, f"{each.args[0]} ended by itself"

    def deleted(self):
        self.check_alive()
        return self.server.stats()["queues"]["logins"]["totals"].get("deleted", 0)


def drain(subject, messages, latency_ms=0, tls=None, body_bytes=None, prepare=None):
    """Drains a queue of so many messages; a row of the table, without its name."""
    filled = f"{messages},size={body_bytes}" if body_bytes else str(messages)
    options = ["--prefill", filled]
    for operation in ("ReceiveMessage", "DeleteMessageBatch") if latency_ms else ():
        options += ["--latency", f"{operation}={latency_ms}ms"]
    options += ["--tls", f"{tls['certificate']},{tls['key']}"] if tls else []
    environment = {"AWS_CA_BUNDLE": tls["certificate"]} if tls else {}
    database = harness.Database()
    try:
        if prepare:
            prepare(database)
        server = harness.SqsServer(*options)
        try:
            with harness.temporary_folder() as folder:
                row = observe(subject, messages, folder, database, server, environment)
        finally:
            server.stop()
    finally:
        database.drop()
    return {**row, "latency_ms": latency_ms}


def observe(subject, messages, folder, database, server, environment):
    database.lines("CHECKPOINT")  # the first write to a page after one puts a full page into the WAL
    wal, server_cpu = wal_bytes(database), server.stats()["cpu_seconds"]
    processes = subject.start(folder, database, server, environment)
    try:
        work = Work(processes, server, messages)
        row = {
            "messages": messages,
            "cpu_us_per_message": work.cpu / messages * 1e6,
            "messages_per_second": messages / work.seconds,
            "requests_per_message": requests(server) / messages,
            "peak_rss_mib": sum(meter.peak_mebibytes(each.pid) for each in processes),
            "server_us_per_message": (server.stats()["cpu_seconds"] - server_cpu) / messages * 1e6,
        }
        if subject.stores:
            row["backend_us_per_message"] = meter.backends_cpu_seconds(database.name) / messages * 1e6
            row["wal_bytes_per_row"] = (wal_bytes(database) - wal) / messages
            rows = database.count("SELECT count(*) FROM user_logins")
            assert rows >= messages, f"{rows} rows of {messages} messages"
            row["duplicates"] = rows - messages
    finally:
        subject.finish()
    return row


def copy(rows, rows_of_a_commit):
    """The same rows by COPY BINARY over one connection: what no way into the table is below."""
    database = harness.Database()
    try:
        database.lines(TABLE)
        database.lines("CHECKPOINT")
        wal, begin = wal_bytes(database), time.monotonic()
        program = subprocess.Popen(
            [harness.BUILD / "copy_limits", database.url, str(rows), str(rows_of_a_commit)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        with program:
            assert program.stdout.readline() == "done\n", "copy_limits failed"
            seconds = time.monotonic() - begin
            row = {
                "messages": rows,
                "cpu_us_per_message": meter.cpu_seconds(program.pid) / rows * 1e6,
                "messages_per_second": rows / seconds,
                "requests_per_message": 0,
                "peak_rss_mib": meter.peak_mebibytes(program.pid),
                "backend_us_per_message": meter.backends_cpu_seconds(database.name) / rows * 1e6,
                "wal_bytes_per_row": (wal_bytes(database) - wal) / rows,
            }
        assert database.count("SELECT count(*) FROM user_logins") == rows
    finally:
        database.drop()
    return row


def requests(server):
    return sum(each["calls"] for each in server.stats()["operations"].values())


def wal_bytes(database):
    return database.count("SELECT pg_current_wal_insert_lsn() - '0/0'::pg_lsn")
