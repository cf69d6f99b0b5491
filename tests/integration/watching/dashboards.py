"""What operators see: every panel of the dashboards has data from a real Prometheus that scrapes a real
daemon: under load, with dead letters, and while its database is down. promtool has nothing to say
against the metrics."""

import importlib.util
import json
import pathlib
import re
import subprocess
import unittest
import urllib.parse
import urllib.request

import harness
from harness import ROOT, wait_for

LOGINS = 20_000
BAD = 50
FOLDER = ROOT / "deploy" / "grafana"
# These families tell of faults only: without one they have no sample.
ONLY_AFTER = {"Dead letters by column and reason": "dead letters", "Errors of PostgreSQL": "no database"}
NOTHING_COMMITTED = {"Age when stored", "Commit of a batch", "Rows of a batch", "Age against retention",
                     "Time of a worker for a batch"}  # fmt: skip
# Lines that take TLS, or keys that expire: neither is used here.
ONLY_WHERE_USED = ("sluice_certificate_", "sluice_credentials_")
# What others build their own dashboards on, with the labels of each: name{label,...}. Credentials and
# certificates have theirs where they end (identity.py, rds_login.py, reload.py).
PROMISED = """
sluice_sqs_receives_total{result}
sluice_sqs_messages_received_total{delivery}
sluice_sqs_requests_total{operation,outcome}
sluice_sqs_request_seconds_bucket{operation,le}
sluice_sqs_deletes_total{result}
sluice_sqs_lease_extensions_total{result}
sluice_sqs_lease_remaining_seconds
sluice_sqs_fetchers{state}
sluice_sqs_queue_messages{state}
sluice_sqs_retention_seconds
sluice_in_flight_messages
sluice_in_flight_bytes
sluice_row_bytes
sluice_ring_depth{ring}
sluice_records_total{result}
sluice_uncommitted_messages
sluice_rejects_total{column,reason}
sluice_transform_seconds_bucket{le}
sluice_postgres_batch_rows_bucket{le}
sluice_postgres_batch_seconds_bucket{le}
sluice_postgres_errors_total{class,verdict}
sluice_postgres_connections{state}
sluice_breaker_state{dependency}
sluice_sent_to_committed_seconds_bucket{le}
sluice_last_commit_timestamp_seconds
sluice_ledger_end_timestamp_seconds
sluice_conservation_gap
sluice_desired_replicas
sluice_build_info{version}
sluice_log_lines_lost_total
sluice_config_reload_total{result}
sluice_config_last_reload_successful
sluice_config_last_reload_success_timestamp_seconds
"""
OF_THE_PROCESS = ("sluice_build_info", "sluice_log_", "sluice_config_")
CONFIG = """\
global: {{ scrape_interval: 1s, evaluation_interval: 1s }}
rule_files: ["{rules}"]
scrape_configs:
  - job_name: sluice
    static_configs: [{{ targets: ["{target}"] }}]
"""


def dashboards():
    """The script that makes them."""
    spec = importlib.util.spec_from_file_location("dashboards", FOLDER / "dashboards.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def panels():
    """Title and expression of each line of each panel."""
    for name in ("overview.json", "details.json"):
        for panel in json.loads((FOLDER / name).read_text())["panels"]:
            for target in panel["targets"]:
                yield panel["title"], target["expr"]


def filled_in(expr):
    """As Grafana asks when all is chosen, with an interval of a few scrapes."""
    chosen = {"$namespace": ".*", "$pipeline": ".*", "$instance": ".*", "$__rate_interval": "15s"}
    for name, value in chosen.items():
        expr = expr.replace(name, value)
    assert "$" not in expr, expr
    return expr


def promised():
    """{name: labels} of each family."""
    found = {}
    for line in PROMISED.split():
        name, _, labels = line.rstrip("}").partition("{")
        own = [] if name.startswith(OF_THE_PROCESS) else ["pipeline"]
        found[name] = set(own + labels.split(",") if labels else own)
    return found


def served(text):
    """{name: labels} of each family of a page."""
    found = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            name, labels = re.fullmatch(r"(\w+)(?:\{(.*)\})? \S+", line).groups()
            found[name] = set(re.findall(r'(\w+)="', labels or ""))
    return found


class Prometheus:
    def __init__(self, folder, target):
        self.base = f"http://127.0.0.1:{harness.free_port()}"
        config = pathlib.Path(folder) / "prometheus.yaml"
        rules = ROOT / "deploy" / "prometheus" / "rules.yaml"
        config.write_text(CONFIG.format(rules=rules, target=target))
        self.log = open(pathlib.Path(folder) / "prometheus.log", "wb")
        self.process = subprocess.Popen(
            ["prometheus", f"--config.file={config}", f"--storage.tsdb.path={folder}/series",
             f"--web.listen-address={self.base.removeprefix('http://')}"],
            stdout=self.log, stderr=self.log)  # fmt: skip
        wait_for(self.ready, "Prometheus is ready")

    def ready(self):
        assert self.process.poll() is None, "Prometheus ended by itself"
        try:
            return urllib.request.urlopen(self.base + "/-/ready", timeout=5).status == 200
        except OSError:
            return False

    def query(self, expr):
        """The samples, without those that are no number."""
        url = self.base + "/api/v1/query?" + urllib.parse.urlencode({"query": expr})
        with urllib.request.urlopen(url, timeout=10) as answer:
            result = json.load(answer)["data"]["result"]
        return [float(each["value"][1]) for each in result if each["value"][1] != "NaN"]

    def stop(self):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()


class Dashboards(unittest.TestCase):
    def test_the_files_are_what_the_script_makes(self):
        for name, text in dashboards().rendered().items():
            self.assertEqual((FOLDER / name).read_text(), text, "run deploy/grafana/dashboards.py")

    def test_every_panel_has_data_under_load_and_under_faults(self):
        database = harness.Database()
        self.addCleanup(database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        server = harness.SqsServer()
        self.addCleanup(server.stop)
        daemon = harness.Daemon(folder.name, database, server.queue)
        self.addCleanup(daemon.kill)
        daemon.start().wait_ready()
        prometheus = Prometheus(folder.name, daemon.admin().removeprefix("http://"))
        self.addCleanup(prometheus.stop)
        queries = [(title, filled_in(expr)) for title, expr in panels()]
        wait_for(lambda: prometheus.query('up{job="sluice"}') == [1.0], "the daemon is scraped")
        asked = [each for each in queries if not any(name in each[1] for name in ONLY_WHERE_USED)]
        table = {}
        seen = []  # the states so far

        def see(state, may_be_empty=()):
            """Asks until every panel that should have data has it: that takes two scrapes."""
            seen.append(state)

            def complete():
                for title, expr in queries:
                    table[title, expr, state] = prometheus.query(expr)
                empty = {title for title, expr in asked if not table[title, expr, state]}
                excused = {title for title, since in ONLY_AFTER.items() if since not in seen}
                return empty <= excused.union(may_be_empty)

            wait_for(complete, f"every panel has data: {state}")

        logins = harness.Logins(seed=11)
        server.queue.send(*logins.bodies(LOGINS))
        see("load")
        wait_for(lambda: server.queue.left() == 0, "the queue is empty")
        server.queue.send(*logins.bodies(LOGINS // 10), *["no JSON"] * BAD)
        see("dead letters")
        wait_for(lambda: prometheus.query('ALERTS{alertname="SluiceDeadLetters"}'), "the alert fires")

        # Nobody may come in, and who is in goes: as good as a server that is down.
        down = f"ALTER DATABASE {database.name} WITH ALLOW_CONNECTIONS"
        harness.psql(database.server, f"{down} false")
        self.addCleanup(harness.psql, database.server, f"{down} true")
        harness.psql(database.server, "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
                     f"WHERE datname = '{database.name}'")  # fmt: skip
        wait_for(lambda: daemon.readiness() == 503, "the daemon sees it")
        state = 'max(sluice_breaker_state{job="sluice"})'
        wait_for(lambda: prometheus.query(state)[0] > 0, "the breaker opens")
        see("no database", may_be_empty=NOTHING_COMMITTED)
        harness.psql(database.server, f"{down} true")
        server.queue.send(*logins.bodies(10))
        wait_for(lambda: server.queue.left() == 0, "it goes on", 120)

        print("series of each line:", ", ".join(seen))
        for title, expr in queries:
            counts = [len(table[title, expr, s]) for s in seen]
            print(f"{title:36}", *(f"{count:4}" for count in counts))
        self.assertEqual(prometheus.query("sum(abs(sluice_conservation_gap))"), [0.0])

        text = daemon.get("/metrics")[1]
        self.assertEqual({n: labels for n, labels in served(text).items() if n in promised()}, promised())
        lint = subprocess.run(["promtool", "check", "metrics"], input=text, capture_output=True, text=True)
        self.assertEqual((lint.returncode, lint.stdout + lint.stderr), (0, ""))
        self.assertEqual(daemon.stop(), 0)


if __name__ == "__main__":
    unittest.main()
