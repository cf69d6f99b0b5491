"""What the chart renders, as the daemon sees it: configuration, keyring, migration."""

import os
import pathlib
import re
import shutil
import subprocess
import tempfile
import unittest

import harness
import yaml
from harness import wait_for
from rendered import CHART, Objects, changed, value_sets, values_of

SECRETS = "/run/secrets/sluice"


def sluice(*arguments, **more):
    return subprocess.run([harness.BUILD / "sluice", *arguments], capture_output=True, text=True, **more)


class Rig(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, configuration):
        path = self.folder / "sluice.yaml"
        path.write_text(configuration.replace(SECRETS, str(self.folder)))
        return str(path)


class Checks(Rig):
    def test_every_configuration_passes_the_check(self):
        for name in value_sets():
            with self.subTest(values=name):
                done = sluice("check", "-c", self.write(Objects(values_of(name)).configuration))
                self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)

    def test_the_values_of_the_readme_run(self):
        text = (CHART / "README.md").read_text()
        (example,) = re.findall(r"^```yaml\n(image:.*?)^```", text, re.MULTILINE | re.DOTALL)
        objects = Objects(yaml.safe_load(example))
        done = sluice("check", "-c", self.write(objects.configuration))
        self.assertEqual((done.returncode, done.stderr), (0, ""), done.stdout)
        # Each Secret that is mounted is one that the text makes.
        volumes = [v["secret"]["secretName"] for v in objects.pod["volumes"] if "secret" in v]
        made = re.findall(r"create secret generic (\S+)", text)
        self.assertEqual(sorted(volumes), sorted(made))

    def test_a_mistake_is_told_at_the_line_of_the_given_text(self):
        values = values_of("text")
        text = values["config"]
        lines = text.splitlines()
        number = next(i for i, line in enumerate(lines, 1) if "in_flight_bytes" in line)
        wrong = changed(values, "config", text.replace("in_flight_bytes:", "in_flight_byte:"))
        # Found by the daemon: the chart does not know what stands in a pipeline.
        done = sluice("check", "-c", self.write(Objects(wrong).configuration))
        self.assertEqual(done.returncode, 2)
        self.assertIn(f"sluice.yaml:{number}:", done.stderr)

    def test_the_daemon_has_the_defaults_that_the_chart_reckons_with(self):
        values = yaml.safe_load(sluice("check", "--defaults").stdout)
        (pipeline,) = values["pipelines"].values()
        self.assertEqual(pipeline["limits"]["in_flight_bytes"], "64MiB")
        self.assertEqual(values["shutdown"]["deadline"], "20s")


class Keyring(Rig):
    """A Secret's files belong to root and the pod's group, with the mode of the volume."""

    def setUp(self):
        super().setUp()
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        objects = Objects(values_of("text"))
        self.identity = objects.pod["securityContext"]
        (volume,) = [v for v in objects.pod["volumes"] if v["name"] == "keyring"]
        self.mode = volume["secret"]["defaultMode"]
        keyring = self.folder / "keyring/keyring.json"
        keyring.parent.mkdir()
        self.assertEqual(sluice("keys", "generate", "--keyring", str(keyring)).returncode, 0)
        # As the kubelet lays them: a link to what is there now.
        self.keyring = keyring.rename(keyring.parent / "..data.json")
        keyring.symlink_to(self.keyring.name)
        (self.folder / "database").mkdir()
        (self.folder / "database/url").write_text(self.database.url)
        (self.folder / "database/url").chmod(self.mode)
        self.port = harness.free_port()
        text = objects.configuration.replace("0.0.0.0:9464", f"127.0.0.1:{self.port}")
        source = f"queue_url: ${{env:SLUICE_QUEUE_URL}}\n        endpoint: {self.server.endpoint}"
        self.daemon = harness.Daemon(
            self.folder, self.database, self.server.queue,
            text.replace(SECRETS, str(self.folder)).replace("queue_url: ${env:SLUICE_QUEUE_URL}", source),
        )  # fmt: skip
        self.addCleanup(self.daemon.kill)

    def start_as_the_pod(self):
        """As the user of the pod, whom no file belongs to; where the test may not, as its own."""
        who = {}
        if os.geteuid() == 0:
            group = self.identity["fsGroup"]
            for path in (self.keyring, self.folder / "database/url", self.daemon.config):
                os.chown(path, 0, group)
            self.daemon.config.chmod(0o440)
            self.folder.chmod(0o755)
            who = {"user": self.identity["runAsUser"], "group": self.identity["runAsGroup"]}
            who["extra_groups"] = [group]
        # The build may lie where nobody else comes in.
        program = shutil.copy(harness.BUILD / "sluice", self.folder)
        with open(self.daemon.log_path, "ab") as log:
            self.daemon.process = subprocess.Popen(
                [program, "run", "-c", self.daemon.config],
                env={**self.daemon.environment, "HOME": "/"}, stderr=log, cwd="/", **who,
            )  # fmt: skip

    def test_the_daemon_takes_it_with_the_mode_and_the_user_of_the_chart(self):
        self.keyring.chmod(self.mode)
        self.start_as_the_pod()
        self.daemon.wait_ready()
        self.server.queue.send('{"user_id":"u1","ip":"10.0.0.1"}')
        wait_for(lambda: self.database.count("SELECT count(*) FROM user_logins") == 1, "a row is stored")
        self.assertTrue(self.database.one("SELECT masked_ip FROM user_logins").startswith("p1."))
        names = [name for name in self.daemon.metrics() if name.startswith("sluice_desired_replicas{")]
        self.assertEqual(len(names), 1)
        self.assertEqual(self.daemon.stop(), 0)

    def test_the_daemon_refuses_it_where_others_can_read_it(self):
        self.keyring.chmod(self.mode | 0o004)
        self.daemon.start()
        self.assertEqual(self.daemon.process.wait(timeout=60), 2)
        self.assertIn("is open to everybody", self.daemon.log())


class Migration(Rig):
    def test_the_job_makes_the_tables_with_what_it_is_given(self):
        database = harness.Database()
        self.addCleanup(database.drop)
        objects = Objects(changed(values_of("text"), "migrate", {"enabled": True}))
        job = objects.one("Job")["spec"]["template"]["spec"]
        # No keyring, and no credentials of AWS.
        self.assertEqual({v["name"] for v in job["volumes"]}, {"config", "secret-database"})
        (self.folder / "database").mkdir()
        (self.folder / "database/url").write_text(database.url)
        (text,) = [e["data"]["sluice.yaml"] for e in objects.of("ConfigMap", "-migrate")]
        path = self.write(text)
        (container,) = job["containers"]
        arguments = [path if each == "/etc/sluice/sluice.yaml" else each for each in container["args"]]
        environment = {"PATH": os.environ["PATH"]} | {e["name"]: e["value"] for e in container["env"]}
        done = sluice(*arguments, env=environment)
        self.assertEqual(done.returncode, 0, done.stderr)
        self.assertTrue(database.exists("user_logins"))
        self.assertTrue(database.exists("sluice.ledger"))


if __name__ == "__main__":
    unittest.main()
