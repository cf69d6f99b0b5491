"""sluice health: what a container engine asks, told by the exit status."""

import signal
import unittest

import harness
from harness import wait_for


class Health(unittest.TestCase):
    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        server = harness.SqsServer()
        self.addCleanup(server.stop)
        self.daemon = harness.Daemon(folder.name, self.database, server.queue)
        self.addCleanup(self.daemon.kill)
        self.listen(f"127.0.0.1:{harness.free_port()}")

    def listen(self, where):
        text = harness.example().replace("listen: 127.0.0.1:0", f"listen: '{where}'")
        self.daemon.config.write_text(text)

    def health(self, *options):
        done = self.daemon.command("health", *options, timeout=30)
        return done.returncode, done.stdout, done.stderr

    def test_it_tells_a_daemon_that_works_from_none(self):
        code, out, err = self.health()
        self.assertEqual((code, out), (1, ""))
        self.assertRegex(err, r"^http://127\.0\.0\.1:\d+/healthz: no address of the host takes")
        self.daemon.start()
        wait_for(lambda: self.health("--ready")[0] == 0, "it is ready")
        self.assertEqual(self.health()[0], 0)
        self.daemon.kill()
        self.assertEqual(self.health()[0], 1)

    def test_an_unspecified_address_is_asked_on_this_host(self):
        self.listen(f"0.0.0.0:{harness.free_port()}")
        self.daemon.config.write_text(
            self.daemon.config.read_text().replace("admin: { ", "admin: { token: \"${env:TOKEN}\", ")
        )
        self.daemon.environment["TOKEN"] = "0123456789abcdef0123456789abcdef"
        self.daemon.start()
        wait_for(lambda: self.health()[0] == 0, "it answers")

    def test_a_sick_database_makes_it_unready_and_not_unhealthy(self):
        self.daemon.environment["DATABASE_URL"] = f"postgresql://a@127.0.0.1:{harness.free_port()}/b"
        self.daemon.start()
        wait_for(lambda: self.health()[0] == 0, "it is healthy")
        code, out, err = self.health("--ready")
        self.assertEqual((code, out), (1, ""))
        self.assertIn("user_logins", err)

    def test_a_daemon_that_stands_still_is_not_healthy(self):
        self.daemon.start()
        wait_for(lambda: self.health()[0] == 0, "it is healthy")
        self.daemon.process.send_signal(signal.SIGSTOP)
        code, out, err = self.health()
        self.daemon.process.send_signal(signal.SIGCONT)
        self.assertEqual((code, out), (1, ""))
        self.assertNotEqual(err, "")
        wait_for(lambda: self.health()[0] == 0, "it goes on")

    def test_a_port_that_nobody_knows(self):
        self.listen("127.0.0.1:0")
        code, _, err = self.health()
        self.assertEqual(code, 2)
        self.assertIn("admin.listen has port 0", err)


if __name__ == "__main__":
    unittest.main()
