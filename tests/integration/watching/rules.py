"""The rules for Prometheus: each alert fires when it must and is silent when it must not, and has a
chapter in the runbook."""

import json
import pathlib
import re
import subprocess
import tempfile
import unittest

ROOT = pathlib.Path(__file__).resolve().parents[3]
FOLDER = ROOT / "deploy" / "prometheus"
RULES = FOLDER / "rules.yaml"
HOURS = 2  # of each case
DAY = 86_400

ROWS = 'sluice_records_total{job="sluice",pipeline="p",instance="a",result="row"}'
LETTERS = ROWS.replace("row", "dead_letter")
RELEASED = ROWS.replace("row", "released")
RETENTION = 'sluice_sqs_retention_seconds{job="sluice",pipeline="p",instance="a"}'
AGE = 'sluice_sent_to_committed_seconds_%s{job="sluice",pipeline="p",instance="a"}'
QUEUE = 'sluice_sqs_queue_messages{job="sluice",pipeline="p",instance="%s",state="visible"}'
REQUESTS = 'sluice_sqs_requests_total{job="sluice",pipeline="p",instance="a",operation="ReceiveMessage",outcome="%s"}'
LENGTHS = REQUESTS.replace("ReceiveMessage", "GetQueueAttributes")
EXTENSIONS = 'sluice_sqs_lease_extensions_total{job="sluice",pipeline="p",instance="a",result="%s"}'
UP = 'up{job="sluice",instance="a"}'


def gauge(name, more=""):
    return f'{name}{{job="sluice",pipeline="p",instance="a"{more}}}'


BREAKER = gauge("sluice_breaker_state", ',dependency="postgres"')
LEASE = gauge("sluice_sqs_lease_remaining_seconds")
UNCOMMITTED = gauge("sluice_uncommitted_messages")
EXPIRY = gauge("sluice_credentials_expiry_timestamp_seconds")
CERTIFICATE = gauge("sluice_certificate_expiry_timestamp_seconds", ',peer="database"')
LEDGER = 'sluice_ledger_end_timestamp_seconds{job="sluice",pipeline="p",instance="%s"}'
GAP = gauge("sluice_conservation_gap")
LOST_LINES = 'sluice_log_lines_lost_total{job="sluice",instance="a"}'


def steady(value):
    return f"{value}x{HOURS * 60}"


def growing(a_minute):
    return f"0+{a_minute}x{HOURS * 60}"


def renewed(life, left):
    """The expiry of credentials that live so many minutes, and are replaced with so many left."""
    return " ".join(str((minute - minute % (life - left) + life) * 60) for minute in range(HOURS * 60 + 1))


def aged(seconds):
    """600 messages a minute that are so old when they are stored."""
    return {AGE % "sum": growing(600 * seconds), AGE % "count": growing(600), RETENTION: steady(345600)}


# alert: what makes it fire; what must not: the healthy state, and states that come close.
CASES = {
    "SluiceDown": ([{UP: steady(0)}], [{UP: steady(1)}, {UP: f"1x{HOURS * 60 - 1} 0"}]),
    "SluiceAbsent": ([{'up{job="other"}': steady(1)}], [{UP: steady(0)}]),
    "SluiceConservationGap": ([{GAP: steady(1)}, {GAP: steady(-1)}], [{GAP: steady(0)}]),
    "SluiceNoProgress": (
        [
            {QUEUE % "a": steady(5), ROWS: steady(100)},
            # What is given back again and again is no progress.
            {QUEUE % "a": steady(5), ROWS: steady(100), RELEASED: growing(60)},
        ],
        [
            {QUEUE % "a": steady(5), ROWS: growing(60)},
            {QUEUE % "a": steady(0), ROWS: steady(100)},
            {QUEUE % "a": steady(5), ROWS: steady(100), LETTERS: growing(60)},
            # One daemon idles, another one works.
            {
                QUEUE % "a": steady(5),
                QUEUE % "b": steady(5),
                ROWS: steady(100),
                ROWS.replace('"a"', '"b"'): growing(60),
            },
        ],
    ),
    "SluiceBacklogOld": ([aged(100_000)], [aged(60), aged(80_000)]),
    "SluiceBacklogNearRetention": ([aged(220_000)], [aged(100_000)]),
    "SluiceBacklogOutlivesRetention": (
        [{QUEUE % "a": steady(1_000_000), ROWS: growing(60), RETENTION: steady(345600)}],
        [{QUEUE % "a": steady(1_000_000), ROWS: growing(6_000), RETENTION: steady(345600)}],
    ),
    "SluiceDeadLetters": ([{LETTERS: growing(1)}], [{LETTERS: steady(7), ROWS: growing(60)}]),
    "SluiceManyDeadLetters": (
        [{LETTERS: growing(2), ROWS: growing(100)}, {LETTERS: growing(1), ROWS: steady(0)}],
        [{LETTERS: growing(1), ROWS: growing(1000)}, {LETTERS: steady(3), ROWS: steady(0)}],
    ),
    "SluiceBreakerOpen": ([{BREAKER: steady(1)}], [{BREAKER: steady(n)} for n in (0, 2, 3, 4)]),
    "SluiceNotStarted": (
        [{BREAKER: steady(4)}],
        [*({BREAKER: steady(n)} for n in (0, 1, 2, 3)), {BREAKER: f"0x60 4x3 0x{HOURS * 60 - 64}"}],
    ),
    "SluiceNeedsRepair": ([{BREAKER: steady(2)}], [{BREAKER: steady(n)} for n in (0, 1, 3, 4)]),
    "SluiceBraked": ([{BREAKER: steady(3)}], [{BREAKER: steady(n)} for n in (0, 1, 2, 4)]),
    "SluiceLeaseNearExpiry": (
        [{LEASE: steady(2), UNCOMMITTED: steady(10)}],
        [{LEASE: steady(25), UNCOMMITTED: steady(10)}, {LEASE: steady(0), UNCOMMITTED: steady(0)}],
    ),
    "SluiceLeasesLost": (
        [{EXTENSIONS % "lost": growing(1)}],
        [{EXTENSIONS % "lost": steady(4), EXTENSIONS % "extended": growing(100)}],
    ),
    # The clock of a case begins at 0.
    "SluiceCredentialsNearExpiry": (
        [{EXPIRY: steady(HOURS * 3600 + 30)}, {EXPIRY: steady(60)}],
        [
            {EXPIRY: steady(HOURS * 3600 + 900)},
            # Of a quarter of an hour, renewed with six minutes left.
            {EXPIRY: renewed(life=15, left=6)},
            # Of five minutes more, as the metadata service of EC2 may hand them out.
            {EXPIRY: renewed(life=5, left=2)},
            {UP: steady(1)},
        ],
    ),
    "SluiceCertificateNearExpiry": (
        [
            {CERTIFICATE: steady(HOURS * 3600 + 13 * DAY)},
            {CERTIFICATE: steady(60 * DAY), CERTIFICATE.replace('"a"', '"b"'): steady(DAY)},
            {CERTIFICATE: steady(60)},
        ],
        [{CERTIFICATE: steady(HOURS * 3600 + 15 * DAY)}, {UP: steady(1)}],
    ),
    "SluiceLedgerNearEnd": (
        [{LEDGER % "a": steady(HOURS * 3600 + DAY)}],
        [
            {LEDGER % "a": steady(HOURS * 3600 + 3 * DAY)},
            # The other daemon made the days since.
            {LEDGER % "a": steady(DAY), LEDGER % "b": steady(HOURS * 3600 + 3 * DAY)},
            {UP: steady(1)},
        ],
    ),
    "SluiceQueueRefuses": (
        [
            {REQUESTS % "forbidden": growing(1), BREAKER: steady(0)},
            {REQUESTS % "no_queue": growing(1)},
            {LENGTHS % "forbidden": growing(1), BREAKER: steady(4)},
        ],
        [
            {REQUESTS % "ok": growing(100), REQUESTS % "transient": growing(5)},
            {REQUESTS % "ok": growing(100), LENGTHS % "forbidden": growing(1), BREAKER: steady(0)},
            # Refused once, and for a minute: somebody has repaired it already.
            {REQUESTS % "forbidden": f"0x60 1x{HOURS * 60 - 61}"},
            {REQUESTS % "no_queue": f"0x60 3 5x{HOURS * 60 - 62}"},
        ],
    ),
    "SluiceQueueLengthUnknown": (
        [{LENGTHS % "forbidden": growing(1), BREAKER: steady(n)} for n in (0, 1, 2, 3)],
        [
            {LENGTHS % "forbidden": growing(1), BREAKER: steady(4)},
            {LENGTHS % "ok": growing(1), LENGTHS % "transient": growing(1), BREAKER: steady(0)},
            {REQUESTS % "forbidden": growing(1), BREAKER: steady(0)},
            # Repaired within ten minutes.
            {LENGTHS % "forbidden": f"0x60 0+1x8 9x{HOURS * 60 - 69}", BREAKER: steady(0)},
        ],
    ),
    "SluiceLogLinesLost": ([{LOST_LINES: growing(1)}], [{LOST_LINES: steady(9)}]),
}


def promtool(*arguments):
    return subprocess.run(["promtool", *map(str, arguments)], capture_output=True, text=True)


def inside(labels, series):
    """The same, of a pipeline that has these labels."""
    return {name.replace("{", "{%s," % labels, 1): values for name, values in series.items()}


def case(alert, series, fires):
    """A case in promtool's form: how many alerts of that name fire at the end; none: ever did."""
    firing = f'ALERTS{{alertname="{alert}",alertstate="firing"}}'
    if not fires:
        firing = f"max_over_time({firing}[{HOURS}h])"
    samples = [{"labels": "{}", "value": fires}] if fires else []
    return {
        "name": f"{alert} fires {fires} times",
        "interval": "1m",
        "input_series": [{"series": name, "values": values} for name, values in series.items()],
        "promql_expr_test": [
            {
                "expr": f"count({firing})",
                "eval_time": f"{HOURS}h",
                "exp_samples": samples,
            }
        ],
    }


class Rules(unittest.TestCase):
    def alerts(self):
        """{alert: its lines}"""
        parts = re.split(r"^      - alert: (\w+)$", RULES.read_text(), flags=re.M)
        return dict(zip(parts[1::2], parts[2::2]))

    def test_promtool_accepts_them(self):
        for what in (("check", "rules", RULES), ("check", "config", FOLDER / "prometheus.yaml")):
            done = promtool(*what)
            self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_each_alert_fires_when_it_must_and_is_silent_when_it_must_not(self):
        self.assertEqual(sorted(self.alerts()), sorted(CASES))
        tests = []
        for alert, (firing, silent) in CASES.items():
            tests += [case(alert, series, 1) for series in firing]
            tests += [case(alert, series, 0) for series in silent]
        self.pass_all(tests)

    def test_what_happens_in_one_environment_does_not_hide_another(self):
        """The monitors of the chart attach the first two labels; the third tells clusters apart."""
        labels = ("namespace", "app_kubernetes_io_instance", "cluster")
        others = [",".join(f'{each}="{"xy"[each == other]}"' for each in labels) for other in labels]
        here = ",".join(f'{each}="x"' for each in labels)
        tests = []
        for alert, (firing, silent) in CASES.items():
            if alert == "SluiceAbsent":  # of no daemon at all
                continue
            one, all_of_them = inside(here, firing[0]), inside(here, firing[0])
            for other in others:
                one |= inside(other, silent[0])
                all_of_them |= inside(other, firing[0])
            tests += [case(alert, one, 1), case(alert, all_of_them, 1 + len(others))]
        self.pass_all(tests)

    def pass_all(self, tests):
        with tempfile.TemporaryDirectory(prefix="sluice-rules-") as folder:
            file = pathlib.Path(folder) / "cases.yaml"
            # JSON is YAML.
            text = {"rule_files": [str(RULES)], "evaluation_interval": "1m", "tests": tests}
            file.write_text(json.dumps(text))
            done = promtool("test", "rules", file)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)

    def test_promtool_notices_a_case_that_is_wrong(self):
        with tempfile.TemporaryDirectory(prefix="sluice-rules-") as folder:
            file = pathlib.Path(folder) / "cases.yaml"
            wrong = case("SluiceDown", {UP: steady(1)}, 1)
            file.write_text(json.dumps({"rule_files": [str(RULES)], "tests": [wrong]}))
            self.assertNotEqual(promtool("test", "rules", file).returncode, 0)

    def test_each_alert_has_severity_summary_and_a_chapter(self):
        chapters = re.findall(r"^## (\w+)$", (FOLDER / "RUNBOOK.md").read_text(), re.M)
        self.assertEqual(sorted(chapters), sorted(self.alerts()))
        for alert, lines in self.alerts().items():
            self.assertRegex(lines, r"severity: (info|warning|critical) ", alert)
            self.assertRegex(lines, r'summary: ".+"', alert)
            self.assertIn(f"runbook: deploy/prometheus/RUNBOOK.md#{alert.lower()}\n", lines)


if __name__ == "__main__":
    unittest.main()
