"""The Debian package in a Debian of its own that systemd boots: installed, started, killed by the
watchdog, stopped in mid-stream, upgraded. Needs root, debootstrap and systemd-nspawn: tests/long.sh.

The system is made once, in the build folder; queue and database are outside of it, on loopback. The
journal of the unit is kept beside it, as booted-journal.txt.
"""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness
from harness import wait_for

SYSTEM = (harness.BUILD / "booted").resolve()
PARTS = "systemd,systemd-sysv,dbus,libnss-systemd,ca-certificates,procps"
MESSAGES = 20_000


def run(*command, **more):
    done = subprocess.run(command, capture_output=True, text=True, **more)
    if done.returncode != 0:
        raise RuntimeError(f"{' '.join(map(str, command))}: {done.stdout}{done.stderr}")
    return done.stdout


def make_system():
    """A minimal Debian 12 with our package, fetched through the host's own apt settings."""
    if not (SYSTEM / "made").exists():
        shutil.rmtree(SYSTEM, ignore_errors=True)
        run("debootstrap", "--variant=minbase", f"--include={PARTS}", "bookworm", str(SYSTEM))
        (SYSTEM / "made").touch()
    for settings in pathlib.Path("/etc/apt/apt.conf.d").iterdir():
        shutil.copy(settings, SYSTEM / "etc/apt/apt.conf.d")
    shutil.copy("/etc/resolv.conf", SYSTEM / "etc/resolv.conf")
    run("cpack", cwd=harness.BUILD)
    (package,) = harness.BUILD.glob("sluice_*.deb")
    shutil.copy(package, SYSTEM / "tmp/sluice.deb")
    run("chroot", SYSTEM, "apt-get", "update", "-qq")
    run("chroot", SYSTEM, "apt-get", "install", "-y", "-qq", "--reinstall", "--no-install-recommends",
        "/tmp/sluice.deb", env={**os.environ, "DEBIAN_FRONTEND": "noninteractive"})  # fmt: skip


class Machine:
    """The system, booted."""

    def __init__(self, log):
        self.log = open(log, "ab")
        self.container = subprocess.Popen(
            ["systemd-nspawn", "--quiet", "--boot", "-D", str(SYSTEM), "-M", f"sluice-{os.getpid()}",
             "--register=no", "--keep-unit", "--console=read-only"],
            stdin=subprocess.DEVNULL, stdout=self.log, stderr=self.log, start_new_session=True,
        )  # fmt: skip
        self.leader = wait_for(self.find_leader, "systemd of the container runs")
        wait_for(self.is_up, "the container is up")

    def find_leader(self):
        assert self.container.poll() is None, "systemd-nspawn ended"
        children = pathlib.Path(f"/proc/{self.container.pid}/task/{self.container.pid}/children")
        for child in children.read_text().split():
            if pathlib.Path(f"/proc/{child}/comm").read_text().strip() == "systemd":
                return child
        return None

    def is_up(self):
        return self.systemctl("is-system-running").stdout.strip() in ("running", "degraded")

    def inside(self, *command):
        return subprocess.run(
            ["nsenter", "-t", self.leader, "-m", "-u", "-i", "-n", "-p", "-C", *command],
            capture_output=True, text=True,
        )  # fmt: skip

    def systemctl(self, *arguments):
        return self.inside("systemctl", *arguments)

    def shown(self, name):
        return self.systemctl("show", "sluice", "-P", name).stdout.strip()

    def journal(self):
        return self.inside("journalctl", "-u", "sluice", "-o", "cat", "--no-pager").stdout

    def stop(self):
        (harness.BUILD / "booted-journal.txt").write_text(self.journal())
        self.systemctl("poweroff")
        try:
            self.container.wait(timeout=60)
        except subprocess.TimeoutExpired:
            self.container.kill()
            self.container.wait()
        self.log.close()


class Booted(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        make_system()
        folder = harness.temporary_folder()
        cls.addClassCleanup(folder.cleanup)
        cls.machine = Machine(pathlib.Path(folder.name, "console"))
        cls.addClassCleanup(cls.machine.stop)

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        self.server = harness.SqsServer(queues=("logins,visibility=10s",))
        self.addCleanup(self.server.stop)
        self.configure()
        self.addCleanup(self.machine.systemctl, "stop", "sluice")

    def configure(self):
        etc = SYSTEM / "etc/sluice"
        text = (harness.ROOT / "systemd/sluice.yaml").read_text()
        etc.joinpath("sluice.yaml").write_text(
            text.replace("queue_url:", f"endpoint: {self.server.endpoint}\n        queue_url:")
            .replace("127.0.0.1:9464", f"127.0.0.1:{harness.free_port()}")
        )  # fmt: skip
        etc.joinpath("environment").write_text(
            f"SLUICE_QUEUE_URL={self.server.queue.url}\nAWS_REGION=us-east-1\n"
            "AWS_ACCESS_KEY_ID=test\nAWS_SECRET_ACCESS_KEY=a-secret-of-aws\n"
        )
        keyring = etc / "credentials/keyring.json"
        if not keyring.exists():
            run("chroot", SYSTEM, "sluice", "keys", "generate", "--keyring",
                "/etc/sluice/credentials/keyring.json")  # fmt: skip
        url = etc / "credentials/database-url"
        url.write_text(self.database.url)
        url.chmod(0o600)
        # What takes half a minute in the unit must not in a test.
        quick = SYSTEM / "etc/systemd/system/sluice.service.d/test.conf"
        quick.parent.mkdir(parents=True, exist_ok=True)
        quick.write_text("[Service]\nWatchdogSec=2\n")
        self.machine.systemctl("daemon-reload")
        self.machine.systemctl("reset-failed", "sluice")

    def start(self):
        done = self.machine.systemctl("start", "sluice")
        self.assertEqual(done.returncode, 0, done.stderr + self.machine.journal()[-3000:])

    def send(self):
        self.sent = [f'{{"user_id":"u{i}","ip":"10.0.0.{i % 250}"}}' for i in range(MESSAGES)]
        self.server.queue.send(*self.sent)

    def rows(self):
        made = self.database.exists("user_logins")
        return self.database.count("SELECT count(*) FROM user_logins") if made else 0

    def check_everything_is_there_once(self):
        wait_for(lambda: self.server.queue.left() == 0, "the queue is empty", 120)
        self.assertEqual(self.rows(), MESSAGES)
        self.assertEqual(self.database.count("SELECT count(DISTINCT user_id) FROM user_logins"), MESSAGES)

    def test_runs_as_nobody_and_hides_its_secrets(self):
        self.start()
        wait_for(lambda: "running" in self.machine.shown("StatusText"), "the status says so")
        process = self.machine.shown("MainPID")
        user = self.machine.inside("ps", "-o", "user=", "-p", process).stdout.strip()
        self.assertEqual(user, "sluice")  # of DynamicUser: it is in no passwd file
        self.assertNotIn("sluice", (SYSTEM / "etc/passwd").read_text())
        journal = self.machine.journal()
        keys = (SYSTEM / "etc/sluice/credentials/keyring.json").read_text()
        password = re.search(r"//[^:]*:([^@]*)@", self.database.url)[1]
        for secret in (password, "a-secret-of-aws", re.search(r'"key": *"([^"]*)"', keys)[1]):
            self.assertNotIn(secret, journal)

    def test_the_watchdog_kills_what_stands_still_and_nothing_is_lost(self):
        self.send()
        self.start()
        wait_for(self.rows, "the first rows")
        before = self.machine.shown("MainPID")
        self.machine.inside("kill", "-STOP", before)
        wait_for(lambda: self.machine.shown("NRestarts") != "0", "the watchdog restarts it", 60)
        wait_for(lambda: self.machine.shown("MainPID") not in ("0", before), "another process runs")
        self.check_everything_is_there_once()

    def test_a_stop_in_mid_stream_is_graceful(self):
        self.send()
        self.start()
        wait_for(self.rows, "the first rows")
        self.assertEqual(self.machine.systemctl("stop", "sluice").returncode, 0)
        self.assertEqual(self.machine.shown("Result"), "success")
        self.assertIn("SIGTERM: stopping", self.machine.journal())
        self.start()
        self.check_everything_is_there_once()

    def test_a_reload_takes_what_is_right_and_refuses_what_is_wrong(self):
        self.start()
        process = self.machine.shown("MainPID")
        config = SYSTEM / "etc/sluice/sluice.yaml"
        good = config.read_text()
        for text, told in (("pipelines: 7\n", " is refused, and "), (good + "\n", " is in force; ")):
            config.write_text(text)
            self.assertEqual(self.machine.systemctl("reload", "sluice").returncode, 0)
            wait_for(lambda told=told: told in self.machine.journal(), told)
            wait_for(lambda: self.machine.shown("ActiveState") == "active", "it is active again")
        self.assertEqual(self.machine.shown("MainPID"), process)
        self.send()
        self.check_everything_is_there_once()

    def test_a_wrong_configuration_waits_for_its_operator(self):
        (SYSTEM / "etc/sluice/sluice.yaml").write_text("pipelines: 7\n")
        self.assertNotEqual(self.machine.systemctl("start", "sluice").returncode, 0)
        self.assertEqual(self.machine.shown("ActiveState"), "failed")  # not tried again and again
        self.assertEqual(self.machine.shown("ExecMainStatus"), "2")
        self.assertIn("/etc/sluice/sluice.yaml:1", self.machine.journal())

    def test_the_package_goes_and_leaves_the_keyring(self):
        self.start()
        done = self.machine.inside("dpkg", "--purge", "sluice")
        self.assertEqual(done.returncode, 0, done.stderr)
        self.addCleanup(run, "chroot", SYSTEM, "dpkg", "-i", "/tmp/sluice.deb")
        self.assertTrue((SYSTEM / "etc/sluice/credentials/keyring.json").exists())
        self.assertNotEqual(self.machine.shown("ActiveState"), "active")


if __name__ == "__main__":
    unittest.main()
