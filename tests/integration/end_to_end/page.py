"""The status page in a browser: what it shows while messages flow, in trouble, behind a token, on a
phone; and that its policy lets nothing else in."""

import json
import urllib.request
import unittest

import harness
from browser import Browser
from harness import wait_for

TOKEN = "open-sesame-0123456789"
LOGINS = 300
PHONE = (360, 740)
CONTRAST_MIN = 4.5  # WCAG 2.2, 1.4.3

# The least contrast of any text that is shown, and what it stands on; colours as rgb() has them.
CONTRAST = """
const parts = (colour) => colour.match(/[\\d.]+/g).map(Number);
const light = ([r, g, b]) => [r, g, b].map((v) => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
  .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
const ground = (e) => {
  for (; e; e = e.parentElement) {
    const c = parts(getComputedStyle(e).backgroundColor);
    if (c.length < 4 || c[3] === 1) return c;
  }
  return parts(getComputedStyle(document.documentElement).colorScheme === "dark" ? "0,0,0" : "255,255,255");
};
let least = [Infinity, ""];
const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
for (let node = walker.nextNode(); node; node = walker.nextNode()) {
  const e = node.parentElement;
  if (!node.data.trim() || !e.checkVisibility() || e.closest("script,style,template,noscript")) continue;
  const [a, b] = [light(parts(getComputedStyle(e).color)), light(ground(e))].sort((x, y) => y - x);
  const contrast = (a + 0.05) / (b + 0.05);
  if (contrast < least[0]) least = [contrast, node.data.trim()];
}
return least;
"""


class Rig(unittest.TestCase):
    ADMIN = ""  # more settings of the admin server

    @classmethod
    def setUpClass(cls):
        cls.browser = Browser()
        cls.addClassCleanup(cls.browser.close)

    def setUp(self):
        self.database = harness.Database()
        self.addCleanup(self.database.drop)
        folder = harness.temporary_folder()
        self.addCleanup(folder.cleanup)
        self.server = harness.SqsServer()
        self.addCleanup(self.server.stop)
        config = harness.example(source=["fetchers: { min: 1, max: 2 }", "wait: 1s"])
        # A port that stays the same, so that the page finds the daemon again.
        self.address = f"127.0.0.1:{harness.free_port()}"
        config = config.replace("127.0.0.1:0 }", f"{self.address}{self.ADMIN} }}")
        self.daemon = harness.Daemon(folder.name, self.database, self.server.queue, config)
        self.addCleanup(self.daemon.kill)
        self.daemon.start()
        self.daemon.wait_ready()
        self.browser.prefer(color_scheme="light")
        self.browser.resize(1280, 900)
        self.browser.open(f"http://{self.address}/")

    def tearDown(self):
        self.browser.open("about:blank")
        self.browser.complaints()

    def text(self, name):
        """What stands where the page shows this of the pipeline."""
        return self.browser.text(f".pipeline [data-text={name}]")

    def wait_for_text(self, name, text):
        wait_for(lambda: text in self.text(name), f"{name} says {text}")

    def wait_for_link(self, text):
        wait_for(lambda: self.browser.text("#link") == text, f"the page is {text}")

    def tell(self, what):
        url = f"http://{self.address}/api/v1/pipelines/user_logins/{what}"
        urllib.request.urlopen(urllib.request.Request(url, method="POST"), timeout=30).close()

    def check_is_readable(self):
        for scheme in ("light", "dark"):
            self.browser.prefer(color_scheme=scheme)
            contrast, text = self.browser.run(CONTRAST)
            self.assertGreaterEqual(contrast, CONTRAST_MIN, f"'{text}' in {scheme}")


class Shown(Rig):
    def test_what_happens_is_seen_without_a_reload(self):
        self.wait_for_link("live")
        self.assertEqual(self.text("state"), "running")
        self.wait_for_text("emptyIn", "empty when asked")
        self.assertRegex(self.text("elsewhere"), r"^0 hidden, 0 delayed; SQS told it [\d.]+ m?s ago$")
        self.server.queue.send(*harness.Logins(seed=1).bodies(LOGINS), '{"oops":1}')
        self.wait_for_text("stored", f"{LOGINS} rows, 1 dead letters")
        self.wait_for_text("deleted", f"{LOGINS + 1} in all")
        self.assertEqual(self.browser.text(".pipeline [data-list=rejects]").split("\n"),
                         ["user_id: missing", "1"])  # fmt: skip
        curve = self.browser.run("return document.querySelector('[data-line=stored]').getAttribute('points')")
        self.assertGreater(len(curve.split()), 0)
        self.check_is_readable()

        self.tell("pause")
        self.wait_for_text("state", "paused")
        self.assertIn("operator", self.text("why"))
        self.assertEqual(self.text("emptyIn"), "nothing is received")
        self.assertEqual(self.browser.run("return document.title"), "paused: user_logins – Sluice")
        said = "return document.querySelector('[role=status]').textContent"
        self.assertEqual(self.browser.run(said), "user_logins is paused")
        self.check_is_readable()
        self.tell("resume")
        self.wait_for_text("state", "running")
        self.assertEqual(self.text("why"), "")
        self.assertEqual(self.browser.complaints(), [])  # nor did the policy refuse a part of it

    def test_rows_and_letters_are_shown_as_they_are_stored(self):
        self.wait_for_link("live")
        markup = "<img src=x onerror=alert(1)>"
        login = harness.Logins(seed=1).login(user_id=markup, ip="203.0.113.77")
        self.server.queue.send(json.dumps(login), '{"oops":"203.0.113.78"}')
        self.wait_for_text("stored", "1 rows, 1 dead letters")
        self.browser.click("[data-load=latest] summary")
        self.browser.click("[data-load=letters] summary")
        wait_for(lambda: markup in self.browser.text("[data-load=latest]"), "the row is shown, as text")
        row = self.browser.text("[data-load=latest]")
        self.assertIn("p1.", row)  # sealed, as in the table
        wait_for(lambda: "missing" in self.browser.text("[data-load=letters]"), "the letter is shown")
        self.check_is_readable()
        page = self.browser.run("return document.documentElement.outerHTML")
        self.assertNotIn("203.0.113", page)
        self.assertEqual(self.browser.complaints(), [])

    def test_a_daemon_that_is_gone_and_back(self):
        self.wait_for_link("live")
        self.daemon.stop()
        self.wait_for_link("connection lost")
        self.assertIn("No news", self.browser.text("#notice"))
        self.check_is_readable()
        self.daemon.start()
        self.wait_for_link("live")
        self.assertEqual(self.browser.text("#notice"), "")

    def test_a_table_that_is_gone(self):
        self.wait_for_link("live")
        self.database.lines("ALTER TABLE user_logins RENAME TO elsewhere")
        self.server.queue.send(*harness.Logins(seed=1).bodies(10))
        self.wait_for_text("breaker", "waits for a person")
        self.assertIn("does not exist", self.text("why"))
        self.assertIn("PostgreSQL 42: deployment is wrong", self.browser.text("[data-list=errors]"))
        self.check_is_readable()

    def test_on_a_phone_and_by_keyboard(self):
        self.browser.resize(*PHONE)
        self.wait_for_link("live")
        self.wait_for_text("state", "running")
        width = self.browser.run("return document.scrollingElement.scrollWidth")
        self.assertLessEqual(width, PHONE[0])  # nothing scrolls sideways
        focus = "const e = document.activeElement; return e.matches('.skip') ? 'skip' : e.innerText.trim()"
        seen = []
        for _ in range(6):
            self.browser.press("\ue004")  # Tab
            seen.append(self.browser.run(focus))
        self.assertEqual(seen, ["skip", "Latest dead letters", "Latest rows, as stored",
                                "metrics", "healthz", "readyz"])  # fmt: skip
        landmarks = "body > header, main, main > section[aria-labelledby], footer nav[aria-label]"
        found = self.browser.run("return document.querySelectorAll(arguments[0]).length", landmarks)
        self.assertEqual(found, 4)

    def test_its_policy_lets_nothing_else_in(self):
        self.wait_for_link("live")
        self.browser.run(
            "window.ran = false; const s = document.createElement('script'); s.textContent = 'window.ran = true';"
            "document.body.append(s); const i = new Image(); i.src = 'http://127.0.0.1:1/x'; document.body.append(i);"
        )
        wait_for(lambda: len(self.refused) >= 2, "both are refused")
        self.assertIs(self.browser.run("return window.ran"), False)

    @property
    def refused(self):
        self._told = getattr(self, "_told", []) + self.browser.complaints()
        return [each for each in self._told if "Content Security Policy" in each]


class Locked(Rig):
    ADMIN = f', token: "{TOKEN}"'

    def test_it_asks_for_the_token_and_keeps_it_for_the_tab(self):
        wait_for(lambda: self.browser.text("#door"), "the token is asked for")
        self.assertEqual(self.browser.text("main > section"), "")
        self.check_is_readable()
        enter = "\ue007"
        self.browser.type("#token", "wrong" + enter)
        wait_for(lambda: "not the token" in self.browser.text("#door"), "a wrong one is refused")
        self.browser.type("#token", TOKEN + enter)
        self.wait_for_link("live")
        self.assertEqual(self.text("state"), "running")
        self.assertEqual(self.browser.text("#door"), "")
        self.browser.reload()
        self.wait_for_link("live")
        self.assertEqual(self.browser.run("return [sessionStorage.length, localStorage.length]"), [1, 0])
        self.assertNotIn(TOKEN, self.browser.run("return document.documentElement.outerHTML + location.href"))


if __name__ == "__main__":
    unittest.main()
