"""A wrong configuration: one clear line on standard error, exit 2, and nothing else happens."""

import os
import pathlib
import unittest

import harness

NO_QUEUE = harness.Queue("http://127.0.0.1:1", "http://127.0.0.1:1/000000000000/logins")


class Refusals(unittest.TestCase):
    def setUp(self):
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        self.daemon = harness.Daemon(folder.name, None, NO_QUEUE)

    def refused(self, *parts, arguments=("--once",)):
        """Runs, and expects one line that has all the parts."""
        done = self.daemon.command("run", *arguments, timeout=30)
        self.assertEqual(done.returncode, 2, done.stderr)
        self.assertEqual(done.stdout, "")
        self.assertEqual(len(done.stderr.splitlines()), 1, done.stderr)
        for part in parts:
            self.assertIn(part, done.stderr)
        return done.stderr

    def change(self, old, new):
        text = self.daemon.config.read_text()
        self.assertEqual(text.count(old), 1, old)
        line = text[: text.index(old)].count("\n") + 1
        self.daemon.config.write_text(text.replace(old, new))
        return f"sluice.yaml:{line}: "

    def test_an_unknown_key_names_the_nearest(self):
        place = self.change("        endpoint: ", "        endpont: ")
        self.refused(place, "pipelines.user_logins.source.sqs.endpont", "did you mean", "endpoint")

    def test_a_value_of_the_wrong_type(self):
        place = self.change("max_length: 128", "max_length: long")
        self.refused(place, "max_length")

    def test_a_value_out_of_bounds(self):
        self.daemon.config.write_text(harness.example(sink=["connections: 1000"]))
        self.refused("pipelines.user_logins.sink.postgres.connections", "1000")

    def test_a_missing_key(self):
        self.change("        url: ${env:DATABASE_URL}\n", "")
        self.refused("sink.postgres.url", "is missing")

    def test_yaml_that_is_none(self):
        self.daemon.config.write_text("pipelines: [")
        self.refused("sluice.yaml:")

    def test_a_file_that_is_not_there(self):
        self.daemon.config.unlink()
        self.refused("sluice.yaml", "No such file", "check the path")

    def test_a_variable_that_is_not_set(self):
        del self.daemon.environment["DATABASE_URL"]
        self.refused("sink.postgres.url", "DATABASE_URL", "is not set")

    def test_a_test_of_the_file_that_fails(self):
        self.change("dead_letter: duplicate_key", "dead_letter: too_deep")
        self.assertEqual(self.daemon.command("check").returncode, 2)

    def test_what_is_not_built_yet_is_never_ignored(self):
        self.daemon.config.write_text(harness.example(sink=["dedup: none"]))
        self.refused("dedup", "not yet")

    def test_a_missing_keyring(self):
        self.daemon.keyring.unlink()
        self.refused("keyring.json")

    def test_a_keyring_that_others_can_read(self):
        os.chmod(self.daemon.keyring, 0o644)
        self.refused("keyring.json", "mode 0644", "chmod")

    def test_a_keyring_cut_short(self):
        text = self.daemon.keyring.read_text()
        self.daemon.keyring.write_text(text[: len(text) // 2])
        self.refused("keyring.json")

    def test_a_mask_without_a_keyring(self):
        self.change("  keyring: ${env:SLUICE_KEYRING}", "  keyring: ''")
        self.refused("keys.keyring")

    def test_an_address_that_is_not_ours(self):
        text = self.daemon.config.read_text()
        self.daemon.config.write_text(text.replace("127.0.0.1:0", "203.0.113.9:9464"))
        done = self.daemon.command("run", "--once", timeout=30)
        self.assertEqual((done.returncode, len(done.stderr.splitlines())), (1, 1), done.stderr)
        self.assertIn("203.0.113.9", done.stderr)

    def test_no_secret_is_ever_shown(self):
        self.daemon.environment["DATABASE_URL"] = "postgres:/sluice:hush-hush@db/x"
        self.assertNotIn("hush", self.refused("sink.postgres.url"))

    def test_wrong_arguments(self):
        for arguments in (["--onec"], ["--log-level", "loud"], ["stray"]):
            done = self.daemon.command("run", *arguments, timeout=30)
            self.assertEqual(done.returncode, 2, arguments)
            self.assertNotEqual(done.stderr, "", arguments)

    def test_the_example_itself_is_good(self):
        done = self.daemon.command("check")
        self.assertEqual((done.returncode, done.stderr), (0, ""))


if __name__ == "__main__":
    unittest.main()
