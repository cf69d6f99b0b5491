"""The units as systemd's own tools read them, without a systemd that runs."""

import os
import pathlib
import re
import shutil
import subprocess
import unittest

import harness

UNITS = harness.ROOT / "systemd"
SYSTEM = pathlib.Path("/lib/systemd/system")  # what our units are ordered after
EXPOSURE_MAX = 1.5


class Units(unittest.TestCase):
    def verify(self, change=lambda text: text):
        """What `systemd-analyze verify` says of the units in a root of their own; it ends with 0
        also for keys that it does not know."""
        with harness.temporary_folder() as root:
            units = pathlib.Path(root, "usr/lib/systemd/system")
            shutil.copytree(SYSTEM, units, symlinks=True)
            os.symlink("usr/lib", pathlib.Path(root, "lib"))
            os.symlink("usr/bin", pathlib.Path(root, "bin"))
            for name in ("sluice", "sh"):
                program = pathlib.Path(root, "usr/bin", name)
                program.parent.mkdir(exist_ok=True)
                shutil.copy("/bin/true", program)
            for name in ("sluice.service", "sluice@.service"):
                pathlib.Path(units, name).write_text(change((UNITS / name).read_text()))
            done = subprocess.run(
                ["systemd-analyze", "verify", "--man=no", f"--root={root}", "sluice.service",
                 "sluice@one.service"],
                capture_output=True, text=True,
            )  # fmt: skip
            return done.returncode, done.stdout + done.stderr

    def test_systemd_understands_every_line(self):
        self.assertEqual(self.verify(), (0, ""))

    def test_a_key_that_it_does_not_know_would_be_noticed(self):
        told = self.verify(lambda text: text.replace("WatchdogSec", "WatchdogSecs"))
        self.assertIn("WatchdogSecs", told[1])

    def test_the_service_is_hardly_exposed(self):
        for name in ("sluice.service", "sluice@.service"):
            done = subprocess.run(
                ["systemd-analyze", "security", "--offline=true", "--no-pager", str(UNITS / name)],
                capture_output=True, text=True, check=True,
            )  # fmt: skip
            found = re.search(r"Overall exposure level for \S+: ([0-9.]+)", done.stdout)
            print(f"{name}: exposure {found[1]}")
            self.assertLessEqual(float(found[1]), EXPOSURE_MAX)

    def test_the_two_units_differ_in_paths_and_names_alone(self):
        """One that is hardened, and one that is forgotten, would be the usual way to go wrong."""
        one, many = ((UNITS / name).read_text() for name in ("sluice.service", "sluice@.service"))
        of_instance = {
            "Description=Sluice: Amazon SQS into PostgreSQL (%i)": "Description=Sluice: Amazon SQS into PostgreSQL",
            "/etc/sluice/%i.yaml": "/etc/sluice/sluice.yaml",
            "/etc/sluice/%i.environment": "/etc/sluice/environment",
            "/etc/sluice/credentials/%i/": "/etc/sluice/credentials/",
        }
        for its, common in of_instance.items():
            self.assertIn(its, many)
            many = many.replace(its, common)

        def settings(text):
            return [line for line in text.splitlines() if line and not line.startswith("#")]

        self.assertEqual(settings(many), settings(one))

    def test_the_grace_period_is_longer_than_the_drain(self):
        defaults = harness.run_sluice("check", "--defaults").stdout
        deadline = int(re.search(r"deadline: *(\d+)s", defaults)[1])
        stop = int(re.search(r"^TimeoutStopSec=(\d+)$", (UNITS / "sluice.service").read_text(), re.M)[1])
        self.assertGreaterEqual(stop, deadline + 10)

    def test_the_example_configuration_is_one(self):
        done = subprocess.run(
            [str(harness.BUILD / "sluice"), "check", "-c", str(UNITS / "sluice.yaml")],
            capture_output=True, text=True,
        )  # fmt: skip
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main()
