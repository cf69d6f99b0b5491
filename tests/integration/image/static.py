"""What can be said of the image without building it, which tests/long.sh image does."""

import json
import re
import subprocess
import unittest

import harness

DEPLOY = harness.ROOT / "deploy"


def instructions(name, keyword):
    text = (DEPLOY / name).read_text().replace("\\\n", " ")
    return re.findall(rf"(?m)^{keyword} +(.*)$", text)


class BillOfMaterials(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program = harness.BUILD.resolve() / "sluice"
        command = ["python3", "-B", str(DEPLOY / "sbom.py"), str(cls.program)]
        cls.told = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        cls.names = {each["SPDXID"]: each["name"] for each in cls.told["packages"]}

    def of_kind(self, kind):
        found = self.told["relationships"]
        return {self.names[each["relatedSpdxElement"]] for each in found if each["relationshipType"] == kind}

    def test_each_library_that_is_loaded_is_of_a_package_in_it(self):
        """sbom.py ends with an error if one of them is of none."""
        some = {"libpq5", "libssl3", "libc6", "libstdc++6", "libre2-9"}
        self.assertLessEqual(some, self.of_kind("DYNAMIC_LINK"))

    def test_what_was_compiled_in_from_headers_alone_is_in_it_too(self):
        self.assertLessEqual({"libboost1.81-dev", "libcli11-dev"}, self.of_kind("STATIC_LINK"))

    def test_each_package_is_there_once_with_version_and_address(self):
        self.assertEqual(len(self.names), len(self.told["packages"]))
        for each in self.told["packages"]:
            self.assertTrue(each["versionInfo"], each)
            if each["name"] != "sluice":
                (reference,) = each["externalRefs"]
                self.assertRegex(reference["referenceLocator"], r"^pkg:deb/debian/[^@]+@[^?]+\?arch=")

    def test_the_same_program_has_the_same_bill(self):
        command = ["python3", "-B", str(DEPLOY / "sbom.py"), str(self.program)]
        again = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
        self.assertEqual(again, self.told)


class Files(unittest.TestCase):
    def test_what_the_image_runs_is_a_command_of_the_program(self):
        (check,) = instructions("Dockerfile", "HEALTHCHECK")
        (command,) = instructions("Dockerfile", "CMD")
        for arguments in (json.loads(check[check.index("[") :])[1:], json.loads(command)):
            helped = harness.run_sluice(arguments[0], "--help")
            self.assertTrue(helped.stdout.startswith(("Drain", "Ask")), helped.stdout)

    def test_nobody_in_it_is_root(self):
        self.assertEqual(instructions("Dockerfile", "USER"), ["65532:65532"] * 2)

    def test_what_is_copied_into_the_build_is_there(self):
        for line in instructions("Dockerfile", "COPY"):
            if not line.startswith("--from"):
                for source in line.split()[:-1]:
                    self.assertTrue((harness.ROOT / source).exists(), source)

    def test_the_configuration_of_compose_is_right(self):
        done = harness.run_sluice("check", "-c", str(DEPLOY / "compose" / "sluice.yaml"))
        self.assertIn("ok, 1 pipeline", done.stdout)

    def test_what_compose_mounts_is_there_and_where_it_is_looked_for(self):
        text = (DEPLOY / "compose.yaml").read_text()
        mounts = dict(re.findall(r"(\./[\w./-]+):(/[\w./-]+):ro", text))
        for source in mounts:
            self.assertTrue((DEPLOY / source).exists(), source)
        for seeker in ("./grafana/provisioning/dashboards/sluice.yaml", "./grafana/provisioning/datasources"):
            self.assertTrue((DEPLOY / seeker).exists(), seeker)
        dashboards = (DEPLOY / "grafana/provisioning/dashboards/sluice.yaml").read_text()
        self.assertIn(f"path: {mounts['./grafana']}\n", dashboards)
        self.assertEqual(mounts["./grafana/provisioning"], "/etc/grafana/provisioning")
        asked = set()
        for each in (DEPLOY / "grafana/provisioning").rglob("*.yaml"):
            asked |= set(re.findall(r"\$\{(\w+)\}", each.read_text()))
        for name in asked:
            self.assertIn(f"{name}: ", text)


if __name__ == "__main__":
    unittest.main()
