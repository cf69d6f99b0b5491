"""A headless Chromium, driven by its own driver over the WebDriver protocol (W3C). Only the standard
library."""

import base64
import http.client
import json
import shutil
import subprocess
import tempfile

import harness

ELEMENT = "element-6066-11e4-a52e-4f735466cecf"  # the key of a reference to one (WebDriver, 12.1)


class Browser:
    """One tab. Nothing of it outlives close()."""

    def __init__(self, width=1280, height=900):
        self.folder = tempfile.TemporaryDirectory(prefix="sluice-browser-", ignore_cleanup_errors=True)
        self.port = harness.free_port()
        self.driver = subprocess.Popen(
            [shutil.which("chromedriver"), f"--port={self.port}", "--log-level=OFF"],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        self.session = None
        harness.wait_for(self._answers, "the driver answers", 60)
        arguments = [
            "--headless=new",
            "--no-sandbox",  # root has none
            "--disable-gpu",
            "--disable-dev-shm-usage",
            "--disable-background-networking",
            f"--user-data-dir={self.folder.name}",
            f"--window-size={width},{height}",
        ]
        wanted = {
            "browserName": "chrome",
            "goog:chromeOptions": {"args": arguments, "binary": shutil.which("chromium")},
            "goog:loggingPrefs": {"browser": "ALL"},
        }
        made = self._call("POST", "/session", {"capabilities": {"alwaysMatch": wanted}})
        self.session = f"/session/{made['sessionId']}"

    def _answers(self):
        try:
            return self._call("GET", "/status")["ready"]
        except OSError:
            return False

    def _call(self, method, path, body=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=120)
        try:
            connection.request(method, path, body=json.dumps(body) if body is not None else None)
            answer = connection.getresponse()
            value = json.loads(answer.read())["value"]
        finally:
            connection.close()
        if answer.status != 200:
            raise RuntimeError(f"{path}: {value['error']}: {value['message'][:500]}")
        return value

    def _do(self, path, body=None):
        return self._call("POST", self.session + path, body or {})

    def open(self, url):
        self._do("/url", {"url": url})

    def reload(self):
        self._do("/refresh")

    def run(self, script, *arguments):
        """The value of a script's `return`."""
        return self._do("/execute/sync", {"script": script, "args": list(arguments)})

    def text(self, selector):
        """What a person sees of it; nothing if it is not there or not shown."""
        script = "const e = document.querySelector(arguments[0]); return e?.checkVisibility() ? e.innerText : ''"
        return self.run(script, selector)

    def type(self, selector, keys):
        found = self._do("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self._do(f"/element/{found}/value", {"text": keys})

    def press(self, key):
        """On whatever has the focus."""
        actions = [{"type": what, "value": key} for what in ("keyDown", "keyUp")]
        self._do("/actions", {"actions": [{"type": "key", "id": "keyboard", "actions": actions}]})

    def click(self, selector):
        found = self._do("/element", {"using": "css selector", "value": selector})[ELEMENT]
        self._do(f"/element/{found}/click")

    def emulate(self, command, **parameters):
        """A command of Chromium's own protocol."""
        return self._do("/goog/cdp/execute", {"cmd": command, "params": parameters})

    def prefer(self, **features):
        """Media features: prefer(color_scheme="dark")."""
        listed = [{"name": f"prefers-{k.replace('_', '-')}", "value": v} for k, v in features.items()]
        self.emulate("Emulation.setEmulatedMedia", features=listed)

    def resize(self, width, height):
        self.emulate("Emulation.setDeviceMetricsOverride", width=width, height=height,
                     deviceScaleFactor=1, mobile=width < 600)  # fmt: skip

    def complaints(self):
        """What the console was told since the last call: errors of scripts, what a policy refused."""
        told = self._do("/se/log", {"type": "browser"})
        return [f"{each['level']}: {each['message']}" for each in told]

    def screenshot(self, path, whole=False):
        made = self.emulate("Page.captureScreenshot", captureBeyondViewport=whole)
        with open(path, "wb") as out:
            out.write(base64.b64decode(made["data"]))

    def close(self):
        try:
            if self.session:
                self._call("DELETE", self.session)
        finally:
            self.driver.terminate()
            self.driver.wait(timeout=30)
            self.folder.cleanup()
