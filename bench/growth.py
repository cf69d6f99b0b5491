"""How the cost grows: with the ledger, the bodies, the connections and the daemons; and what an idle
daemon costs. Started by bench/run.sh --growth."""

import datetime
import json
import pathlib
import time

import harness
import measure
import meter
import subjects
from harness import wait_for

LEDGER_ROWS = (0, 1_000_000, 10_000_000)
BODIES = (("1 kB", 1_000, 50_000), ("64 kB", 64_000, 2_000), ("1 MiB", 1 << 20, 200))
WRITERS = (1, 2, 4)
IDLE_SECONDS = 90
SECONDS_OF_AN_HOUR = 3600
# The columns of these tables.
FIGURES = ["cpu_us_per_message", "messages_per_second", "peak_rss_mib", "backend_us_per_message",
           "wal_bytes_per_row"]  # fmt: skip


class Nowhere:
    """A queue that nobody asks: `migrate` only looks at the database."""

    endpoint = "http://127.0.0.1:1"
    url = "http://127.0.0.1:1/000000000000/logins"


def migrate(daemon):
    migrated = daemon.command("migrate")
    assert migrated.returncode == 0, migrated.stderr


def fill_ledger(database, rows):
    """Ledger entries of messages that were sent since midnight, in the order of their keys."""
    with harness.temporary_folder() as folder:
        migrate(harness.Daemon(folder, database, Nowhere, subjects.Sluice().config))
    now = datetime.datetime.now(datetime.timezone.utc)
    midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
    first, span = int(midnight.timestamp() * 1000), int((now - midnight).total_seconds() * 1000)
    database.lines(
        "INSERT INTO sluice.ledger (message_id) SELECT (lpad(to_hex("
        f"{first} + i * {span} / {max(rows, 1)}), 12, '0') || substr(md5(i::text), 1, 20))::uuid"
        f" FROM generate_series(0::bigint, {rows - 1}) AS i"
    )
    database.lines("VACUUM ANALYZE sluice.ledger")
    assert database.count("SELECT count(*) FROM sluice.ledger") == rows


def with_ledger(rows, messages):
    return measure.drain(
        subjects.Sluice(), messages, prepare=lambda database: fill_ledger(database, rows)
    )


class TwoDaemons(subjects.Sluice):
    """Two daemons on one queue and one table; the figures are those of both together."""

    def start(self, folder, database, server, environment):
        processes = super().start(folder, database, server, environment)
        self.other = harness.Daemon(folder, database, server.queue, self.config, **environment)
        self.other.log_path = pathlib.Path(folder, "other.log")
        self.other.start("--log-level", "warning")
        return [*processes, self.other.process]

    def finish(self):
        super().finish()
        assert self.other.stop() == 0, self.other.log()


def start_and_idle():
    """The time until it is ready, and what it costs while nothing comes."""
    database = harness.Database()
    server = harness.SqsServer()
    try:
        with harness.temporary_folder() as folder:
            daemon = harness.Daemon(folder, database, server.queue, subjects.Sluice().config)
            try:
                return until_ready_and_idle(daemon, server)
            finally:
                daemon.kill()
    finally:
        server.stop()
        database.drop()


def until_ready_and_idle(daemon, server):
    migrate(daemon)  # tables are made once; a start finds them
    begin = time.monotonic()
    daemon.start()
    daemon.wait_ready()
    ready = time.monotonic() - begin
    calls = lambda: measure.requests(server)  # noqa: E731
    wait_for(lambda: calls() > 0, "it polls")
    before, cpu, begin = calls(), meter.cpu_seconds(daemon.process.pid), time.monotonic()
    time.sleep(IDLE_SECONDS)  # idleness itself is what is measured
    hours = (time.monotonic() - begin) / SECONDS_OF_AN_HOUR
    return {
        "start_seconds": ready,
        "idle_cpu_seconds_per_hour": (meter.cpu_seconds(daemon.process.pid) - cpu) / hours,
        "idle_requests_per_hour": (calls() - before) / hours,
        "idle_rss_mib": meter.peak_mebibytes(daemon.process.pid),
    }


def rows(messages):
    for count in LEDGER_ROWS:
        yield f"ledger of {count:,}", with_ledger(count, messages)
    for words, size, count in BODIES:
        yield f"bodies of {words}", measure.drain(subjects.Sluice(), count, body_bytes=size)
    for count in WRITERS:
        yield f"{count} writers", measure.drain(subjects.Sluice(connections=count), messages)
    yield "two daemons", measure.drain(TwoDaemons(), messages)


def run(options):
    out = []
    print(f"{'':24}" + "".join(f"{name.removesuffix('_per_message'):>24}" for name in FIGURES))
    for name, row in rows(options.messages):
        out.append({"name": name, **row})
        print(f"{name:24}" + "".join(f"{row[key]:>24,.2f}" for key in FIGURES), flush=True)
    idle = start_and_idle()
    for key, value in idle.items():
        print(f"{key.replace('_', ' '):32}{value:>12,.2f}")
    results = {
        "date": datetime.date.today().isoformat(),
        "machine": meter.machine(),
        "rows": out,
        "idle": idle,
    }
    folder = pathlib.Path(__file__).resolve().parent / "results"
    folder.mkdir(exist_ok=True)
    (folder / "growth.json").write_text(json.dumps(results, indent=1) + "\n")
