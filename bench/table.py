"""What a message costs, side by side in one run: Sluice, other programs on the same work, the limits.

usage: table.py [--quick] [--messages N] [--rounds N] [--only NAME]...      started by bench/run.sh
"""

import argparse
import datetime
import json
import os
import pathlib
import platform
import re
import shutil
import subprocess
import sys

import chart
import growth
import harness
import measure
import meter
import subjects

RESULTS = pathlib.Path(__file__).resolve().parent / "results"
VECTOR = "neither packaged by Debian nor published as crates: it would be built from its own sources"
BENTHOS = (
    "Benthos 4.27.0, the last release that held the SQS and SQL parts of what is now Redpanda Connect "
    "under the MIT licence"
)
LATENCY_MS = 10
# Two answers of 10 ms for ten messages.
MESSAGES_OF_A_CONNECTION = 480
COLUMNS = [
    ("CPU us/msg", "cpu_us_per_message", "{:,.2f}"),
    ("x Sluice", "ratio", "{:,.2f}"),
    ("msg/s", "messages_per_second", "{:,.0f}"),
    ("peak MiB", "peak_rss_mib", "{:,.1f}"),
    ("requests/msg", "requests_per_message", "{:.3f}"),
    ("WAL B/row", "wal_bytes_per_row", "{:,.0f}"),
    ("backend us/msg", "backend_us_per_message", "{:,.2f}"),
]


def make_certificate(folder):
    """One for 127.0.0.1, and this program believes it."""
    made = {name: f"{folder}/{name}.pem" for name in ("certificate", "key")}
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
         "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1",
         "-keyout", made["key"], "-out", made["certificate"]],
        check=True, capture_output=True,
    )  # fmt: skip
    os.environ["SSL_CERT_FILE"] = made["certificate"]
    return made


class Table:
    def __init__(self, options, tls):
        self.options = options
        self.tls = tls
        self.rows = []
        self.limits = []
        self.plan = []  # row to be filled, how to measure it, what else to say of it

    def main_rows(self):
        n = self.options.messages
        self.sluice("sluice-plain", n)
        self.sluice("sluice-tls", n, tls=self.tls)
        self.sluice("sluice-unmasked", n, masked=False)
        self.sluice("sluice-unmasked-tls", n, masked=False, tls=self.tls)
        self.peer("node-batch", "node", subjects.node_batch, n // 6)
        self.peer("python-batch", "python", lambda: subjects.python("in_tens.py"), n // 15)
        self.peer("python-naive", "python", lambda: subjects.python("one_at_a_time.py"), n // 100)
        self.peer("redpanda-connect", "redpanda-connect", subjects.redpanda_connect, n // 6,
                  note=BENTHOS)  # fmt: skip
        self.rows.append({"name": "vector", "absent": VECTOR})

    def limit_rows(self):
        n = self.options.messages
        self.limit("bare-client", lambda: measure.drain(subjects.bare_client(), n))
        self.limit("copy-binary-endless", lambda: measure.copy(n, 0))
        self.limit("copy-binary-1000", lambda: measure.copy(n, 1000))

    def connection_rows(self):
        """One to 256 connections; at a latency they are what the rate is made of."""
        for connections in (1, 4, 16, 64, 256):
            self.sluice(f"sluice-{connections}", self.options.messages, fetchers=connections)
        for connections in (1, 4, 16, 64, 256):
            n = min(self.options.messages, MESSAGES_OF_A_CONNECTION * connections * 6)
            self.sluice(f"sluice-{connections}-latency", n, fetchers=connections,
                        latency_ms=LATENCY_MS)  # fmt: skip

    def sluice(self, name, messages, tls=None, latency_ms=0, masked=True, fetchers=None):
        def once():
            subject = subjects.Sluice(fetchers=fetchers, masked=masked)
            return measure.drain(subject, messages, latency_ms=latency_ms, tls=tls)

        more = {"connections": fetchers} if fetchers else {}
        self.put(self.rows, name, once, **more)

    def peer(self, name, folder, make, messages, **more):
        why = subjects.why_absent(folder)
        if why:
            self.rows.append({"name": name, "absent": why})
        else:
            self.put(self.rows, name, lambda: measure.drain(make(), messages), **more)

    def limit(self, name, once):
        self.put(self.limits, name, once)

    def put(self, rows, name, once, **more):
        if not self.options.only or name in self.options.only:
            rows.append({"name": name, **more})
            self.plan.append((rows[-1], once, []))

    def measure(self):
        """Every row once, then every row again: what else the machine does in the meantime falls on
        all of them. Of the rounds the one of the (lower) median of CPU time is shown."""
        for _ in range(self.options.rounds):
            for row, once, rounds in self.plan:
                rounds.append(once())
                print(f"{row['name']}: {rounds[-1]['cpu_us_per_message']:.2f} us", file=sys.stderr)
        for row, _, rounds in self.plan:
            rounds.sort(key=lambda each: each["cpu_us_per_message"])
            row.update(rounded(rounds[(len(rounds) - 1) // 2]))
            row["cpu_us_of_rounds"] = [round(each["cpu_us_per_message"], 3) for each in rounds]


def rounded(row):
    return {key: round(value, 4) if isinstance(value, float) else value for key, value in row.items()}


def ratios(rows, limits):
    """The CPU time of each row and limit in that of Sluice on plain HTTP."""
    measured = {each["name"]: each for each in rows + limits if "absent" not in each}
    if "sluice-plain" not in measured:
        return {}
    ours = measured["sluice-plain"]["cpu_us_per_message"]
    return {name: round(each["cpu_us_per_message"] / ours, 3) for name, each in measured.items()}


def versions():
    def first_line(*command):
        if shutil.which(command[0]) is None:
            return "not installed"
        done = subprocess.run(command, capture_output=True, text=True)
        return (done.stdout or done.stderr).strip().splitlines()[0]

    peers = subjects.BENCH / "peers"
    node = json.loads((peers / "node" / "package.json").read_text())["dependencies"]
    python = (peers / "python" / "requirements.txt").read_text().split()
    modules = (peers / "redpanda-connect" / "go.mod").read_text()
    benthos = re.search(r"benthosdev/benthos/v4 (v\S+)", modules)[1]
    return {
        "sluice": first_line(str(harness.BUILD / "sluice"), "version"),
        "commit": first_line("git", "-C", str(harness.ROOT), "rev-parse", "--short", "HEAD"),
        "postgres": harness.psql(os.environ["SLUICE_TEST_DATABASE"], "SHOW server_version")[0],
        "compiler": first_line("g++", "--version"),
        "node": first_line("node", "--version"),
        "python": first_line(str(subjects.PEERS / "python" / "bin" / "python"), "--version"),
        "go": first_line("go", "version"),
        **node,
        **dict(each.split("==") for each in python if each.startswith(("boto3", "psycopg2"))),
        "benthos": benthos,
        "platform": platform.platform(),
    }


def show(results):
    print(f"\n{results['machine']}; {results['date']}; the median of {results['rounds']} rounds\n")
    print(f"{'':26}" + "".join(f"{title:>15}" for title, _, _ in COLUMNS))
    for each in results["rows"] + results["limits"]:
        if "absent" in each:
            print(f"{each['name']:26}  absent: {each['absent']}")
            continue
        each = {**each, "ratio": results["ratios"].get(each["name"])}
        cells = [
            f"{form.format(each[key]) if each.get(key) is not None else '-':>15}"
            for _, key, form in COLUMNS
        ]
        print(f"{each['name']:26}" + "".join(cells))
    for each in results["rows"]:
        if "note" in each:
            print(f"\n{each['name']}: {each['note']}")
    print("\nCPU: user and kernel time of the client's process; backend: of PostgreSQL's. A number in a")
    print(f"name is that of connections; latency: {LATENCY_MS} ms for each receive and each delete.")


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--quick", action="store_true", help="the main rows, once each")
    parser.add_argument("--growth", action="store_true", help="how the cost grows, not the table")
    parser.add_argument("--messages", type=int, default=300_000, help="for Sluice; peers get fewer")
    parser.add_argument("--rounds", type=int, help="of which the median is shown; 3, or 1 if quick")
    parser.add_argument("--only", action="append", help="the name of a row; more than once")
    options = parser.parse_args()
    options.rounds = options.rounds or (1 if options.quick else 3)

    with harness.temporary_folder() as folder:
        table = Table(options, make_certificate(folder))
        if options.growth:
            growth.run(options)
            return
        table.main_rows()
        table.limit_rows()
        if not options.quick:
            table.connection_rows()
        table.measure()
    results = {
        "date": datetime.date.today().isoformat(),
        "machine": meter.machine(),
        "load": round(os.getloadavg()[1], 1),
        "rounds": options.rounds,
        "versions": versions(),
        "rows": table.rows,
        "limits": table.limits,
        "ratios": ratios(table.rows, table.limits),
    }
    show(results)
    if not options.only:
        RESULTS.mkdir(exist_ok=True)
        (RESULTS / "latest.json").write_text(json.dumps(results, indent=1) + "\n")
        (RESULTS / "latest.svg").write_text(chart.draw(results))


if __name__ == "__main__":
    main()
