#!/usr/bin/env python3
"""Writes the two dashboards beside this file: `overview` tells within ten seconds whether all is
well, `details` why it is not. Change them here, not in Grafana.

usage: deploy/grafana/dashboards.py            writes overview.json and details.json
"""

import json
import pathlib

FOLDER = pathlib.Path(__file__).resolve().parent
PROCESS = 'job="sluice",namespace=~"$namespace",instance=~"$instance"'
PIPELINE = f'{PROCESS},pipeline=~"$pipeline"'
# Pipelines of one name in several environments are several, as in the rules of deploy/prometheus.
ONE_QUEUE = "cluster, namespace, app_kubernetes_io_instance, pipeline"
SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDTH = 24
GREEN, YELLOW, RED = "green", "yellow", "red"


def rate(name, labels="", by=""):
    """What all chosen daemons do together, a second."""
    more = f",{labels}" if labels else ""
    group = f" by ({by})" if by else ""
    return f"sum{group} (rate({name}{{{PIPELINE}{more}}}[$__rate_interval]))"


def gauge(name, labels="", by="", how="sum"):
    more = f",{labels}" if labels else ""
    group = f" by ({by})" if by else ""
    return f"{how}{group} ({name}{{{PIPELINE}{more}}})"


def quantile(share, name, by="le", labels=""):
    return f"histogram_quantile({share}, {rate(name + '_bucket', labels, by)})"


def left(name, by):
    """The time until then."""
    return f"{gauge(name, by=by, how='min')} - time()"


def panel(kind, title, says, unit, *targets, width=8, height=7, steps=(), **options):
    """targets: (expression, legend). steps: (colour, from this value on)."""
    thresholds = [{"color": colour, "value": value} for colour, value in steps]
    fields = {"unit": unit, "thresholds": {"mode": "absolute", "steps": thresholds}}
    if kind == "stat":
        fields["color"] = {"mode": "thresholds" if steps else "fixed", "fixedColor": "text"}
        fields["decimals"] = 0
        shown = {
            "colorMode": "background" if steps else "value",
            "graphMode": "none",
            "justifyMode": "auto",
            "orientation": "auto",
            "percentChangeColorMode": "standard",
            "reduceOptions": {"calcs": ["lastNotNull"], "fields": "", "values": False},
            "showPercentChange": False,
            "textMode": "auto",
            "wideLayout": True,
        }
    else:
        fields["min"] = 0
        fields["custom"] = {"fillOpacity": 10, "lineWidth": 1, "showPoints": "never"}
        shown = {
            "legend": {"calcs": [], "displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        }
    mappings = options.pop("mappings", [])
    fields["mappings"] = mappings
    if options.pop("stacked", False):
        fields["custom"]["stacking"] = {"mode": "normal"}
        fields["custom"]["fillOpacity"] = 40
    assert not options, options
    return {
        "type": kind,
        "title": title,
        "description": says,
        "datasource": SOURCE,
        "gridPos": {"w": width, "h": height},
        "fieldConfig": {"defaults": fields, "overrides": []},
        "options": shown,
        "targets": [
            {"refId": chr(ord("A") + i), "datasource": SOURCE, "expr": expr, "legendFormat": legend}
            for i, (expr, legend) in enumerate(targets)
        ],
    }


def stat(*arguments, **more):
    return panel("stat", *arguments, **{"width": 4, "height": 4, **more})


def graph(*arguments, **more):
    return panel("timeseries", *arguments, **more)


def words(**texts):
    """Numbers that are states, shown as words: word=(number, colour)."""
    options = {
        str(number): {"text": word.replace("_", " "), "color": colour}
        for word, (number, colour) in texts.items()
    }
    return [{"type": "value", "options": options}]


def laid_out(panels):
    """From left to right, row below row."""
    x = y = row = 0
    for number, each in enumerate(panels, 1):
        place = each["gridPos"]
        if x + place["w"] > WIDTH:
            x, y, row = 0, y + row, 0
        place["x"], place["y"] = x, y
        x, row = x + place["w"], max(row, place["h"])
        each["id"] = number
    return panels


def variable(name, query):
    return {
        "name": name,
        "type": "query",
        "datasource": SOURCE,
        "query": {"query": query, "refId": name},
        "definition": query,
        "refresh": 2,
        "includeAll": True,
        "multi": True,
        "allValue": ".*",
        "current": {"text": "All", "value": "$__all"},
        "sort": 1,
    }


def dashboard(uid, title, says, panels):
    restarts = {
        "name": "Restarts",
        "datasource": SOURCE,
        "enable": True,
        "iconColor": "blue",
        # A counter that falls has begun anew with its process.
        "expr": f"sum by (instance) (resets(sluice_sqs_receives_total{{{PIPELINE}}}[1m])) > 0",
        "titleFormat": "restart of {{instance}}",
        "step": "30s",
    }
    chosen = 'job="sluice",namespace=~"$namespace"'
    other = "sluice-details" if uid == "sluice-overview" else "sluice-overview"
    return {
        "uid": uid,
        "title": title,
        "description": says,
        "tags": ["sluice"],
        "schemaVersion": 38,
        "editable": False,
        "refresh": "15s",
        "time": {"from": "now-1h", "to": "now"},
        "timezone": "browser",
        "links": [
            {
                "title": "Why" if other == "sluice-details" else "Overview",
                "tooltip": "",
                "type": "link",
                "url": f"/d/{other}",
                "icon": "dashboard",
                "tags": [],
                "asDropdown": False,
                "targetBlank": False,
                "keepTime": True,
                "includeVars": True,
            }
        ],
        "templating": {
            "list": [
                {"name": "datasource", "type": "datasource", "query": "prometheus"},
                # On a host there is none, and "All" is what has none.
                variable("namespace", 'label_values(sluice_build_info{job="sluice"}, namespace)'),
                variable("pipeline", f"label_values(sluice_conservation_gap{{{chosen}}}, pipeline)"),
                variable("instance", f"label_values(sluice_build_info{{{chosen}}}, instance)"),
            ]
        },
        "annotations": {"list": [restarts]},
        "panels": laid_out(panels),
    }


def backlog():
    """All daemons of a queue tell of the same queue."""
    one = gauge("sluice_sqs_queue_messages", 'state="visible"', ONE_QUEUE, "max")
    return f"sum ({one})"


STATES = words(receiving=(0, GREEN), no_database=(1, RED), needs_repair=(2, RED), braked=(3, RED),
               starting=(4, YELLOW))  # fmt: skip
BREAKER = gauge("sluice_breaker_state", how="max")
BREAKER_KNOWN = f"max (sluice_breaker_state{{{PIPELINE}}} < 4)"
AGE = "sluice_sent_to_committed_seconds"
MEAN_AGE = f"{rate(AGE + '_sum')} / ({rate(AGE + '_count')} > 0)"
STORED = rate("sluice_records_total", 'result=~"row|dead_letter"')
LETTERS = rate("sluice_records_total", 'result="dead_letter"')


def overview():
    return dashboard(
        "sluice-overview",
        "Sluice: is all well?",
        "Green above, and the two lines of the left graph on each other: all is well.",
        [
            stat("Daemons", "That answer a scrape, of those that should.", "percentunit",
                 (f"avg (up{{{PROCESS}}})", ""), steps=((RED, None), (GREEN, 1))),
            stat("State", "The worst of all chosen pipelines.", "none",
                 (f"{BREAKER_KNOWN} or {BREAKER}", ""),
                 steps=((GREEN, None), (RED, 1)), mappings=STATES),
            stat("Last commit", "How long ago. Old is fine while nothing is sent.", "s",
                 (f"time() - ({gauge('sluice_last_commit_timestamp_seconds', how='max')} > 0)", "")),
            stat("Backlog", "Messages that are visible on the queues.", "short", (backlog(), "")),
            stat("Dead letters in an hour", "`sluice letters list` tells why.", "short",
                 (f"sum (increase(sluice_records_total{{{PIPELINE},result=\"dead_letter\"}}[1h]))", ""),
                 steps=((GREEN, None), (YELLOW, 1))),
            stat("Not accounted for", "Received, neither ended nor in work. Anything but 0 is a bug.",
                 "short", (f"sum (abs(sluice_conservation_gap{{{PIPELINE}}}))", ""),
                 steps=((GREEN, None), (RED, 1))),
            graph("Messages a second", "In and out: one line on the other when all is well.", "cps",
                  (rate("sluice_sqs_messages_received_total"), "received"),
                  (STORED, "stored"), (LETTERS, "of these dead letters"), height=9),
            graph("Backlog", "Messages on the queue, as SQS tells, approximately.", "short",
                  (gauge("sluice_sqs_queue_messages", by=f"{ONE_QUEUE}, state", how="max"),
                   "{{namespace}} {{pipeline}} {{state}}"), height=9),
            graph("Age when stored", "From the sending of a message to its commit.", "s",
                  (quantile(0.5, AGE), "half"), (quantile(0.99, AGE), "99 %"), height=9),
        ],
    )


def details():
    return dashboard(
        "sluice-details",
        "Sluice: why not?",
        "From the queue to the table, in the order of the flow.",
        [
            graph("Polls by what they brought", "Full: the queue has more. Empty: it is drained.",
                  "cps", (rate("sluice_sqs_receives_total", by="result"), "{{result}}")),
            graph("Requests to SQS by outcome", "Each is paid for. Anything but ok is told in the log.",
                  "reqps", (rate("sluice_sqs_requests_total", by="outcome"), "{{outcome}}")),
            # A poll waits for messages, up to `wait`, and would hide the others.
            graph("Duration of a request, 99 %", "Without polls, which wait for messages.", "s",
                  (quantile(0.99, "sluice_sqs_request_seconds", "le, operation",
                            'operation!="ReceiveMessage"'), "{{operation}}")),
            graph("Fetchers", "Waiting ones wait for room in the budget.", "short",
                  (gauge("sluice_sqs_fetchers", by="state"), "{{state}}")),
            graph("Received again", "Stored before, or given back: each was work done twice.", "cps",
                  (rate("sluice_sqs_messages_received_total", 'delivery="again"'), "again")),
            graph("Leases", "The time left of the one that ends first, in seconds.", "s",
                  (gauge("sluice_sqs_lease_remaining_seconds", by="instance", how="min"),
                   "{{instance}}")),
            graph("In flight", "Between receive and delete; `limits` bound them.", "short",
                  (gauge("sluice_in_flight_messages"), "in flight"),
                  (gauge("sluice_uncommitted_messages"), "not committed")),
            graph("Memory of the budget", "Granted to what is in flight; and rows that are not yet stored.",
                  "bytes", (gauge("sluice_in_flight_bytes", by="instance"), "{{instance}}"),
                  (gauge("sluice_row_bytes", by="instance"), "rows {{instance}}")),
            graph("Rings", "Intake fills: workers are slow. Rows fill: the database is.", "short",
                  (gauge("sluice_ring_depth", by="ring"), "{{ring}}")),
            graph("How messages end", "released, lost: they come again.", "cps",
                  (rate("sluice_records_total", by="result"), "{{result}}"), stacked=True),
            graph("Dead letters by column and reason", "Empty while there is none.", "cps",
                  (rate("sluice_rejects_total", by="column, reason"), "{{column}} {{reason}}")),
            graph("Errors of PostgreSQL", "By class of SQLSTATE; empty while there is none.",
                  "cps", (rate("sluice_postgres_errors_total", by="class, verdict"),
                          "{{class}} {{verdict}}")),
            graph("Connections to PostgreSQL", "That take writes, and that do not.", "short",
                  (gauge("sluice_postgres_connections", by="state"), "{{state}}")),
            graph("Commit of a batch", "From its sending to its commit.", "s",
                  (quantile(0.5, "sluice_postgres_batch_seconds"), "half"),
                  (quantile(0.99, "sluice_postgres_batch_seconds"), "99 %")),
            graph("Rows of a batch", "Small batches under load: look at `batch` and leases.", "short",
                  (quantile(0.5, "sluice_postgres_batch_rows"), "half"),
                  (quantile(0.99, "sluice_postgres_batch_rows"), "99 %")),
            graph("Time of a worker for a batch", "Parsing, checks, masks.", "s",
                  (quantile(0.99, "sluice_transform_seconds"), "99 %")),
            graph("Deletes and leases in trouble", "What is given up, dead or lost comes again.",
                  "cps", (rate("sluice_sqs_deletes_total", 'result!="deleted"', "result"), "delete {{result}}"),
                  (rate("sluice_sqs_lease_extensions_total", 'result!="extended"', "result"),
                   "lease {{result}}")),
            graph("Age against retention", "SQS drops what reaches 100 %.", "percentunit",
                  (f"({MEAN_AGE}) / {gauge('sluice_sqs_retention_seconds', how='min')}", "share")),
            graph("Daemons that a queue needs", "For an autoscaler; of several daemons the largest number counts.",
                  "short", (gauge("sluice_desired_replicas", by=ONE_QUEUE, how="max"),
                            "{{namespace}} {{pipeline}}")),
            graph("What ends, and when", "Certificates and AWS keys expire; after the last day of the ledger "
                  "nothing is stored.", "s",
                  (left("sluice_certificate_expiry_timestamp_seconds", "peer"), "certificate {{peer}}"),
                  (left("sluice_credentials_expiry_timestamp_seconds", "instance"), "AWS keys {{instance}}"),
                  (left("sluice_ledger_end_timestamp_seconds", "instance"), "ledger {{instance}}")),
        ],
    )


def rendered():
    """{name of the file: its text}"""
    made = {"overview.json": overview(), "details.json": details()}
    return {name: json.dumps(each, indent=1) + "\n" for name, each in made.items()}


if __name__ == "__main__":
    for name, text in rendered().items():
        (FOLDER / name).write_text(text)
