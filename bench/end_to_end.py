"""How many messages a second flow from the queue into the table, and what each one costs.

usage: end_to_end.py [MESSAGES [ROUNDS]]      started by bench/run.sh
"""

import os
import pathlib
import statistics
import sys
import time

import harness
from harness import wait_for

# Microseconds of CPU time of the daemon a message, over plain HTTP; the parts are in lib/README.md.
TARGET = (2.6, 3.0)
TICK_SECONDS = 1 / os.sysconf("SC_CLK_TCK")


def cpu_seconds(process):
    """User and kernel time of a process, all threads."""
    fields = pathlib.Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICK_SECONDS


def memory_peak_mebibytes(process):
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            return int(line.split()[1]) / 1024
    raise RuntimeError("no VmHWM in /proc")


def backends():
    """The processes that serve connections of the database server."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
        except OSError:
            continue  # it ended meanwhile
        if command.startswith(b"postgres: sluice "):
            found.append(entry.name)
    return found


class Round:
    """One queue drained into one new table."""

    def __init__(self, messages):
        database = harness.Database()
        server = harness.SqsServer("--prefill", str(messages))
        with harness.temporary_folder() as folder:
            daemon = harness.Daemon(folder, database, server.queue)
            try:
                self.measure(daemon, server, messages)
                rows = database.count("SELECT count(*) FROM user_logins")
                assert rows == messages, f"{rows} rows of {messages} messages"
                assert daemon.stop() == 0, daemon.log()
            finally:
                daemon.kill()
                server.stop()
                database.drop()

    def measure(self, daemon, server, messages):
        before = server.stats()["cpu_seconds"]
        begin = time.monotonic()
        daemon.start("--log-level", "warning")

        def drained():
            return server.stats()["queues"]["logins"]["totals"].get("deleted", 0) == messages

        wait_for(drained, "the queue is drained", 600)
        seconds = time.monotonic() - begin
        process = daemon.process.pid
        self.rate = messages / seconds
        # Its start is part of it.
        self.daemon = cpu_seconds(process) / messages * 1e6
        self.backend = sum(cpu_seconds(each) for each in backends()) / messages * 1e6
        stats = server.stats()
        self.server = (stats["cpu_seconds"] - before) / messages * 1e6
        self.requests = sum(each["calls"] for each in stats["operations"].values()) / messages
        self.memory = memory_peak_mebibytes(process)


def main():
    messages = int(sys.argv[1]) if len(sys.argv) > 1 else 300_000
    rounds = [Round(messages) for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 3)]
    lines = [
        ("messages a second, end to end", "rate", "{:10,.0f}"),
        ("daemon, CPU us a message", "daemon", "{:10.2f}"),
        ("PostgreSQL backend, CPU us a message", "backend", "{:10.2f}"),
        ("sluice-sqs, CPU us a message", "server", "{:10.2f}"),
        ("requests a message", "requests", "{:10.3f}"),
        ("memory of the daemon, peak MiB", "memory", "{:10.1f}"),
    ]
    print(f"\n{messages} logins, {os.cpu_count()} cores, plain HTTP, two masked columns\n")
    print(f"{'':40}{'median':>10}   each round")
    for title, name, form in lines:
        values = [getattr(each, name) for each in rounds]
        each_round = " ".join(form.format(value) for value in values)
        print(f"{title:40}{form.format(statistics.median(values))}   {each_round}")
    daemon = statistics.median(each.daemon for each in rounds)
    print(f"\ntarget of the daemon: {TARGET[0]} to {TARGET[1]} us a message; ", end="")
    print(f"this is {daemon / TARGET[1]:.2f} times the upper end")


if __name__ == "__main__":
    main()
