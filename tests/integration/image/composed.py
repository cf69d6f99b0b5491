"""deploy/compose.yaml as it is written, brought up by podman-compose: the prefilled queue is drained into
PostgreSQL, the status page shows it to who has the token, Prometheus scrapes the daemon, and a stop is
graceful. Images of others that are not there are stood in for by Debian's packages; Grafana is left out.
Run by tests/long.sh image; needs port 9464, which the file publishes."""

import functools
import json
import re
import subprocess
import unittest
import urllib.error
import urllib.request

import containers
import harness
from containers import run
from harness import wait_for

FILE = harness.ROOT / "deploy" / "compose.yaml"
PROJECT = "sluice-composed"
PREFILLED = 100_000
STATUS = "http://127.0.0.1:9464/api/v1/status"
START_POSTGRES = r"""#!/bin/sh
set -e
chown postgres "$PGDATA" && cd /
as_server() { setpriv --reuid=postgres --regid=postgres --clear-groups -- "$@"; }
bin=/usr/lib/postgresql/15/bin
printf %s "$POSTGRES_PASSWORD" >/tmp/password && chown postgres /tmp/password
as_server $bin/initdb -D "$PGDATA" -U "$POSTGRES_USER" --pwfile=/tmp/password --auth-local=trust \
    --auth-host=scram-sha-256 -E UTF8 --no-sync
echo "host all all all scram-sha-256" >>"$PGDATA/pg_hba.conf"
as_server $bin/pg_ctl -D "$PGDATA" -w -o "-c listen_addresses=" start
as_server $bin/createdb -U "$POSTGRES_USER" "$POSTGRES_USER"
as_server $bin/pg_ctl -D "$PGDATA" -w stop
exec setpriv --reuid=postgres --regid=postgres --clear-groups -- \
    $bin/postgres -D "$PGDATA" -c listen_addresses='*'
"""


def image_of(service):
    """The image that the file names for it."""
    found = re.search(rf"^  {service}:\n(?:    .*\n)*?    image: (\S+)$", FILE.read_text(), re.M)
    return found.group(1)


def stand_in_for_postgres(name):
    lines = START_POSTGRES.replace("\\", "\\\\").replace("\n", "\\n").replace("'", "'\\''")
    containers.build_stand_in(
        name,
        "postgresql-15",
        f"RUN printf '%b' '{lines}' >/start && chmod 755 /start",
        "ENV PGDATA=/var/lib/postgresql/data",
        "RUN mkdir -p $PGDATA",
        'ENTRYPOINT ["/start"]',
    )


def stand_in_for_prometheus(name):
    containers.build_stand_in(
        name,
        "prometheus",
        "RUN mkdir /prometheus && chown nobody /prometheus",
        "USER nobody",
        'ENTRYPOINT ["/usr/bin/prometheus"]',
    )


@functools.cache
def composer():
    """That of Debian 12 knows no profiles."""
    made = harness.BUILD / "podman-compose"
    if not (made / "bin" / "podman-compose").exists():
        run("python3", "-m", "venv", "--clear", str(made))
        run(str(made / "bin" / "pip"), "install", "--quiet", "podman-compose==1.6.0")
    return str(made / "bin" / "podman-compose")


def compose(*arguments, check=True):
    done = subprocess.run([composer(), "-p", PROJECT, "-f", str(FILE), *arguments],
                          stdin=subprocess.DEVNULL, capture_output=True, text=True, timeout=300)  # fmt: skip
    if check:
        assert done.returncode == 0, f"{arguments}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


def name_of(service):
    """The container of a service."""
    found = run("podman", "ps", "-a", "--filter", f"label=com.docker.compose.service={service}",
                "--filter", f"label=com.docker.compose.project={PROJECT}", "--format", "{{.Names}}")  # fmt: skip
    return found.strip()


class Composed(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        containers.set_up()
        containers.build("sluice", "localhost/sluice:latest")
        containers.build("sqs", "localhost/sluice-sqs:latest")
        for service, stand_in in (("postgres", stand_in_for_postgres), ("prometheus", stand_in_for_prometheus)):
            name = image_of(service)
            if subprocess.run(["podman", "image", "exists", name]).returncode != 0:
                stand_in(name)
                cls.addClassCleanup(run, "podman", "rmi", "-f", name)
        cls.addClassCleanup(compose, "down", "-v", check=False)

    def status(self, token="look-at-sluice"):
        asked = urllib.request.Request(STATUS, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(asked, timeout=10) as answer:
            return json.load(answer)["pipelines"][0]

    def is_drained(self):
        try:
            return self.status()["received"] >= PREFILLED and self.status()["uncommitted"] == 0
        except OSError:
            return False

    def test_it_drains_is_seen_and_stops(self):
        compose("--profile", "once", "run", "--rm", "keys")
        compose("up", "-d", "postgres", "sqs")
        # Without systemd nobody runs the check of health, and an older podman cannot wait for it.
        check = ["podman", "healthcheck", "run", name_of("postgres")]
        wait_for(lambda: subprocess.run(check, capture_output=True).returncode == 0, "PostgreSQL is healthy")
        compose("up", "-d", "--no-deps", "sluice", "prometheus")
        wait_for(self.is_drained, "the queue is drained", 120)
        rows, letters = run("podman", "exec", name_of("postgres"), "psql", "-U", "sluice", "-Atc",
                            "SELECT count(*) FROM user_logins", "-c",
                            "SELECT count(*) FROM sluice.dead_letters").split()  # fmt: skip
        ends = self.status()["records"]
        self.assertEqual((int(rows), int(letters)), (ends["row"], ends["dead_letter"]))
        self.assertGreater(int(letters), 0)
        with self.assertRaises(urllib.error.HTTPError) as refused:
            self.status("not-the-token")
        self.addCleanup(refused.exception.close)
        self.assertEqual(refused.exception.code, 401)

        query = ["podman", "exec", name_of("prometheus"), "promtool", "query", "instant", "http://127.0.0.1:9090"]
        wait_for(lambda: "=> 1" in run(*query, 'up{job="sluice"}'), "Prometheus scrapes the daemon")
        self.assertIn("=> 0", run(*query, 'count(ALERTS{alertname="SluiceDown"}) or vector(0)'))

        daemon = name_of("sluice")
        compose("stop", "sluice")
        self.assertEqual(run("podman", "inspect", daemon, "--format", "{{.State.ExitCode}}").strip(), "0")
        log = subprocess.run(["podman", "logs", daemon], capture_output=True, text=True)
        self.assertIn("ended", log.stdout + log.stderr)
