"""The image of deploy/Dockerfile: what it holds, and a daemon in it that drains a queue with nothing
but a read-only root. Run by tests/long.sh image; containers.py tells how it is built."""

import json
import os
import pathlib
import signal
import subprocess
import tarfile
import unittest

import containers
import harness
from containers import IMAGE, run
from harness import wait_for

SIZE_MAX = 60_000_000  # bytes
LOCKED = ("--network", "host", "--read-only", "--cap-drop=ALL", "--security-opt", "no-new-privileges",
          "--pids-limit", "50")  # fmt: skip
CONFIG = "/etc/sluice/sluice.yaml"
LOGINS = 20_000


def setUpModule():
    containers.set_up()
    containers.build()


class Contents(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        saved = f"{containers.FOLDER.name}/image.tar"
        run("podman", "save", "--format", "docker-archive", "-o", saved, IMAGE)
        with tarfile.open(saved) as image:
            manifest = json.load(image.extractfile("manifest.json"))[0]
            cls.config = json.load(image.extractfile(manifest["Config"]))
            cls.files = {}
            for name in manifest["Layers"]:
                with tarfile.open(fileobj=image.extractfile(name)) as layer:
                    cls.files.update({each.name.lstrip("./"): each for each in layer})
                    for each in layer:
                        if each.name.endswith("sbom.spdx.json"):
                            cls.sbom = json.load(layer.extractfile(each))

    def test_it_is_small(self):
        size = sum(each.size for each in self.files.values())
        print(f"{size / 1e6:.1f} MB")
        self.assertLess(size, SIZE_MAX)

    def test_it_has_no_shell_and_nothing_that_gives_rights(self):
        names = {pathlib.PurePath(name).name for name in self.files}
        self.assertEqual(names & {"sh", "bash", "dash", "busybox", "apt", "dpkg", "perl", "python3"}, set())
        self.assertEqual([n for n, each in self.files.items() if each.isreg() and each.mode & 0o6000], [])
        programs = [n for n in self.files if n.startswith("usr/bin/")]
        self.assertEqual(programs, ["usr/bin/sluice"])

    def test_its_labels_user_and_check(self):
        settings = self.config["config"]
        self.assertEqual(settings["User"], "65532:65532")
        self.assertEqual(settings["Entrypoint"], ["/usr/bin/sluice"])
        self.assertEqual(settings["Labels"]["org.opencontainers.image.licenses"], "Apache-2.0")
        self.assertEqual(
            settings["Healthcheck"]["Test"], ["CMD", "/usr/bin/sluice", "health", "-c", CONFIG]
        )

    def test_its_bill_of_materials_names_each_library_in_it(self):
        listed = {each["name"] for each in self.sbom["packages"]}
        self.assertLessEqual({"sluice", "libc6", "libpq5", "libssl3", "libboost1.81-dev"}, listed)
        loaded = [r for r in self.sbom["relationships"] if r["relationshipType"] == "DYNAMIC_LINK"]
        libraries = [n for n, each in self.files.items() if ".so" in n and each.isreg()]
        self.assertGreaterEqual(len(libraries), len(loaded))  # a package may bring several
        self.assertGreater(len(loaded), 20)

    def test_it_tells_its_version(self):
        self.assertRegex(run("podman", "run", "--rm", *LOCKED, IMAGE, "version"), r"^sluice \d")


class Drains(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        server = harness.SqsServer(queues=("logins,visibility=30s",))
        self.addCleanup(server.stop)
        self.queue = server.queue
        # A second or two of what the slow database takes: a stop finds messages in flight, and ends them.
        text = harness.example(sink=["batch: { rows: 100, linger: 10ms }"])
        text = text.replace("    sink:\n", "    limits: { in_flight_messages: 2000 }\n    sink:\n")
        text = text.replace("127.0.0.1:0", f"127.0.0.1:{harness.free_port()}")
        self.daemon = harness.Daemon(folder.name, self.database, self.queue, text)
        os.chmod(folder.name, 0o755)
        os.chown(self.daemon.keyring, 65532, 65532)
        migrated = self.daemon.command("migrate")
        self.assertEqual(migrated.returncode, 0, migrated.stderr)
        self.name = f"sluice-test-{os.getpid()}"

    def arguments(self, *options):
        given = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "SLUICE_QUEUE_URL",
                 "SLUICE_ENDPOINT", "DATABASE_URL")  # fmt: skip
        environment = [f"--env={each}={self.daemon.environment[each]}" for each in given]
        mounts = [f"--volume={self.daemon.config}:{CONFIG}:ro",
                  f"--volume={self.daemon.keyring}:/run/keyring.json:ro"]  # fmt: skip
        return ["podman", "run", "--rm", "--name", self.name, *LOCKED, *environment, *mounts,
                "--env=SLUICE_KEYRING=/run/keyring.json", IMAGE, *options]  # fmt: skip

    def rows(self):
        return self.database.count("SELECT count(*) FROM user_logins")

    def healthy(self):
        asked = ["podman", "exec", self.name, "/usr/bin/sluice", "health", "-c", CONFIG, "--ready"]
        return subprocess.run(asked, capture_output=True, timeout=60).returncode == 0

    def test_it_drains_a_queue_and_a_stop_in_mid_stream_loses_nothing(self):
        self.database.lines(
            "CREATE FUNCTION slow() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN PERFORM pg_sleep(0.1); RETURN NULL; END $$; "
            "CREATE TRIGGER slow AFTER INSERT ON user_logins FOR EACH STATEMENT EXECUTE FUNCTION slow()"
        )
        logins = harness.Logins(seed=5)
        sent = [logins.login() for _ in range(LOGINS)]
        self.queue.send(*[json.dumps(each) for each in sent])
        log = open(self.daemon.log_path, "ab")
        self.addCleanup(log.close)
        container = subprocess.Popen(self.arguments(), stderr=log, stdout=log)
        self.addCleanup(lambda: subprocess.run(["podman", "rm", "-f", self.name], capture_output=True))
        wait_for(lambda: self.rows() > 0, "the first rows")
        wait_for(self.healthy, "it is healthy and ready")
        container.send_signal(signal.SIGTERM)  # podman hands it on to the daemon, which is PID 1
        self.assertEqual(container.wait(timeout=60), 0, self.daemon.log()[-3000:])
        self.assertRegex(self.daemon.log(), "[1-9][0-9]* messages in flight")
        self.assertEqual(self.queue.left(names=("NotVisible",)), 0)  # given back
        self.assertGreater(self.queue.left(), 0, "the stop came too late")

        self.database.lines("DROP FUNCTION slow CASCADE")
        done = subprocess.run(self.arguments("run", "-c", CONFIG, "--once"), stderr=log, timeout=300)
        self.assertEqual(done.returncode, 0, self.daemon.log()[-3000:])
        self.assertEqual(self.queue.left(), 0)
        found = self.database.lines("SELECT user_id FROM user_logins")
        self.assertEqual(sorted(found), sorted(each["user_id"] for each in sent))


if __name__ == "__main__":
    from composed import Composed  # noqa: F401  in one process, so that what both need is built once

    unittest.main()
