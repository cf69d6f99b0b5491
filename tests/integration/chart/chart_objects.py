"""The chart by itself: what it makes of values, and which values it refuses."""

import copy
import importlib.util
import json
import pathlib
import re
import shutil
import tempfile
import unittest

import helm_python
import yaml
from object_schemas import VERSIONS, problem_of
from pod_security import broken_rules
from rendered import CHART, NAMESPACE, RELEASE, ROOT, Objects, changed, render, value_sets, values_of

SETS = {name: Objects(values_of(name)) for name in value_sets()}


def load_copy_files():
    spec = importlib.util.spec_from_file_location("copy_files", ROOT / "helm/copy_files.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class OnAllSets(unittest.TestCase):
    def each(self):
        for name, objects in SETS.items():
            with self.subTest(values=name):
                yield objects

    def test_there_are_sets_for_every_kind_of_use(self):
        self.assertGreaterEqual(len(SETS), 8)
        kinds = {each["kind"] for objects in SETS.values() for each in objects.all}
        # Whatever a template may make is made by one of them.
        written = "".join(path.read_text() for path in (CHART / "templates").glob("*.yaml"))
        self.assertLessEqual(set(re.findall(r"^kind: (\w+)$", written, re.MULTILINE)), kinds)
        self.assertLessEqual({"PodMonitor", "ServiceMonitor"}, kinds)

    def test_lint_has_nothing_to_say(self):
        for name in SETS:
            with self.subTest(values=name):
                report = helm_python.lint(CHART, values_of(name), strict=True, namespace=NAMESPACE)
                told = [m["error"] for m in report["messages"] if m["error"] != "icon is recommended"]
                self.assertEqual((told, report["errors"]), ([], []))

    def test_clusters_take_every_object(self):
        for objects in self.each():
            for thing in objects.all:
                for version in VERSIONS:
                    self.assertIsNone(problem_of(thing, version), f"{thing['kind']}, {version}")

    def test_the_schemas_do_refuse(self):
        keda = SETS["keda"]
        wrong = {
            "Deployment": ("spec", "template", "spec", "terminationGracePeriod"),
            "NetworkPolicy": ("spec", "egres"),
            "ScaledObject": ("spec", "minReplicas"),
            "TriggerAuthentication": ("spec", "podIdentity", "owner"),
            "PodMonitor": ("spec", "podMetricsEndpoint"),
            "PrometheusRule": ("spec", "group"),
            "Job": ("spec", "backoff"),
        }
        for kind, path in wrong.items():
            for version in VERSIONS:
                thing = copy.deepcopy(keda.one(kind))
                self.assertIsNone(problem_of(thing, version))
                inner = thing
                for each in path[:-1]:
                    inner = inner[each]
                inner[path[-1]] = 1
                self.assertIn(path[-1], problem_of(thing, version), kind)
        number = copy.deepcopy(keda.one("ScaledObject"))
        number["spec"]["triggers"][0]["metadata"]["queueLength"] = 5
        self.assertIsNotNone(problem_of(number, VERSIONS[0]), "metadata of a trigger is text")

    def test_pods_are_restricted(self):
        for objects in self.each():
            for template in objects.pod_templates():
                self.assertEqual(broken_rules(template), [])
                spec = template["spec"]
                # More than the standard asks for.
                self.assertIs(spec["automountServiceAccountToken"], False)
                self.assertIs(spec["containers"][0]["securityContext"]["readOnlyRootFilesystem"], True)

    def test_every_rule_of_the_standard_is_looked_at(self):
        own, pod = "containers.0.securityContext", "securityContext"
        for path, value, rule in (
            ("hostNetwork", True, "hostNetwork"),
            ("hostPID", True, "hostPID"),
            ("hostIPC", True, "hostIPC"),
            ("volumes.0.hostPath", {"path": "/"}, "volume"),
            (f"{pod}.sysctls", [{"name": "kernel.msgmax", "value": "1"}], "sysctl"),
            (f"{pod}.runAsUser", 0, "root"),
            (f"{pod}.runAsNonRoot", False, "runAsNonRoot"),
            (f"{pod}.seccompProfile", None, "seccomp is not said"),
            (f"{pod}.seccompProfile.type", "Unconfined", "unconfined"),
            (f"{pod}.seLinuxOptions", {"type": "spc_t"}, "seLinuxOptions"),
            (f"{own}.privileged", True, "privileged"),
            (f"{own}.allowPrivilegeEscalation", None, "allowPrivilegeEscalation"),
            (f"{own}.capabilities", {}, "not dropped"),
            (f"{own}.capabilities.add", ["SYS_ADMIN"], "added"),
            (f"{own}.procMount", "Unmasked", "procMount"),
            ("containers.0.ports", [{"containerPort": 1, "hostPort": 1}], "hostPort"),
        ):
            template = copy.deepcopy(SETS["text"].daemon["spec"]["template"])
            *parents, last = path.split(".")
            inner = template["spec"]
            for each in parents:
                inner = inner[int(each) if each.isdigit() else each]
            inner[last] = value
            if value is None:
                del inner[last]
            broken = broken_rules(template)
            self.assertTrue([each for each in broken if rule in each], (path, broken))

    def test_selectors_find_the_daemon_and_not_the_migration(self):
        for objects in self.each():
            daemon = objects.daemon["spec"]["template"]["metadata"]["labels"]
            others = [job["spec"]["template"]["metadata"]["labels"] for job in objects.of("Job")]
            exact = [objects.daemon["spec"]["selector"]["matchLabels"]]
            exact += [e["spec"]["selector"] for e in objects.of("Service")]
            exact += [e["spec"]["selector"]["matchLabels"] for e in objects.of("PodDisruptionBudget")]
            exact += [e["spec"]["selector"]["matchLabels"] for e in objects.of("PodMonitor")]
            spread = objects.pod.get("topologySpreadConstraints", [])
            exact += [each["labelSelector"]["matchLabels"] for each in spread]
            for selector in exact:
                self.assertLessEqual(selector.items(), daemon.items())
                for each in others:
                    self.assertFalse(selector.items() <= each.items())
            for each in objects.of("NetworkPolicy"):
                selector = each["spec"]["podSelector"]["matchLabels"]
                for labels in [daemon, *others]:
                    self.assertLessEqual(selector.items(), labels.items())
            for each in objects.of("ServiceMonitor"):
                service = objects.one("Service")
                selector = each["spec"]["selector"]["matchLabels"]
                self.assertLessEqual(selector.items(), service["metadata"]["labels"].items())
                (endpoint,) = each["spec"]["endpoints"]
                self.assertEqual(endpoint["port"], service["spec"]["ports"][0]["name"])

    def test_whatever_is_named_is_there(self):
        for objects in self.each():
            for template in objects.pod_templates():
                volumes = {v["name"] for v in template["spec"]["volumes"]}
                mounts = {m["name"] for m in template["spec"]["containers"][0]["volumeMounts"]}
                self.assertEqual(volumes, mounts)
            ports = {p["name"] for p in objects.container["ports"]}
            probes = [v for k, v in objects.container.items() if k.endswith("Probe")]
            self.assertEqual(len(probes), 3)
            self.assertLessEqual({p["httpGet"]["port"] for p in probes}, ports)
            for each in objects.of("Service"):
                self.assertIn(each["spec"]["ports"][0]["targetPort"], ports)
            if objects.of("ServiceAccount"):
                self.assertEqual(
                    objects.pod["serviceAccountName"], objects.one("ServiceAccount")["metadata"]["name"]
                )
            for each in objects.of("ScaledObject") + objects.of("HorizontalPodAutoscaler"):
                target = each["spec"]["scaleTargetRef"]["name"]
                self.assertEqual(target, objects.daemon["metadata"]["name"])

    def test_secrets_are_readable_by_the_pods_group_alone(self):
        for objects in self.each():
            for template in objects.pod_templates():
                self.assertGreater(template["spec"]["securityContext"]["fsGroup"], 0)
                for volume in template["spec"]["volumes"]:
                    if "secret" in volume:
                        self.assertEqual(volume["secret"]["defaultMode"], 0o440)

    def test_at_most_one_autoscaler_and_no_number_beside_it(self):
        for name, objects in SETS.items():
            with self.subTest(values=name):
                kind = values_of(name).get("autoscaling", {}).get("kind", "none")
                scalers = objects.of("ScaledObject") + objects.of("HorizontalPodAutoscaler")
                expected = {"none": [], "keda": ["ScaledObject"], "hpa": ["HorizontalPodAutoscaler"]}
                self.assertEqual([each["kind"] for each in scalers], expected[kind])
                self.assertEqual("replicas" in objects.daemon["spec"], kind == "none")


class Sizes(unittest.TestCase):
    def test_memory_is_the_budgets_and_what_the_daemon_needs_besides(self):
        for name, memory in (
            ("small", "176Mi"),  # 64 + 48 + 64
            ("text", "368Mi"),  # 256 + 48 + 64
            ("many_pipelines", "1394Mi"),  # 1024 + 2 + 64 + 48 + 256
            ("placed", "1Gi"),
        ):
            resources = SETS[name].container["resources"]
            self.assertEqual(resources["limits"]["memory"], memory, name)
            self.assertEqual(resources["requests"]["memory"], memory, name)
        self.assertEqual(SETS["many_pipelines"].container["resources"]["limits"]["cpu"], "4")
        self.assertNotIn("cpu", SETS["small"].container["resources"]["limits"])

    def test_a_stop_has_longer_than_its_deadline(self):
        for name, seconds in (("small", 45), ("text", 115), ("many_pipelines", 145), ("placed", 300)):
            self.assertEqual(SETS[name].pod["terminationGracePeriodSeconds"], seconds, name)
        for deadline, seconds in (("1500ms", 27), ("1h", 3625)):
            values = changed(values_of("small"), "config.shutdown", {"deadline": deadline})
            self.assertEqual(Objects(values).pod["terminationGracePeriodSeconds"], seconds)

    def test_the_port_is_the_configurations(self):
        self.assertEqual(SETS["small"].container["ports"][0]["containerPort"], 9464)
        self.assertEqual(SETS["many_pipelines"].container["ports"][0]["containerPort"], 8080)


class Images(unittest.TestCase):
    def test_a_digest_wins_over_a_tag_and_a_tag_over_the_version(self):
        version = yaml.safe_load((CHART / "Chart.yaml").read_text())["appVersion"]
        self.assertEqual(SETS["small"].container["image"], f"sluice:{version}")
        tagged = Objects(changed(values_of("small"), "image.tag", "1.2.3"))
        self.assertEqual(tagged.container["image"], "sluice:1.2.3")
        digest = values_of("placed")["image"]["digest"]
        named = Objects(changed(values_of("placed"), "image.tag", "1.2.3"))
        self.assertEqual(named.container["image"], f"registry.example.com/data/sluice@{digest}")

    def test_the_image_knows_its_program_unless_it_is_named(self):
        self.assertNotIn("command", SETS["small"].container)
        self.assertEqual(SETS["placed"].container["command"], ["/opt/sluice/sluice"])
        self.assertEqual(SETS["small"].container["args"], ["run", "-c", "/etc/sluice/sluice.yaml"])

    def test_the_chart_is_of_the_version_of_the_project(self):
        project = re.search(r"project\(sluice VERSION ([0-9.]+)", (ROOT / "CMakeLists.txt").read_text())
        chart = yaml.safe_load((CHART / "Chart.yaml").read_text())
        self.assertEqual(chart["appVersion"], project.group(1))


class Configuration(unittest.TestCase):
    def test_a_text_is_kept_as_it_is(self):
        given = values_of("text")["config"]
        self.assertTrue(SETS["text"].configuration.startswith(given.rstrip("\n") + "\n"))

    def test_what_is_said_is_not_said_twice(self):
        many = yaml.safe_load(SETS["many_pipelines"].configuration)
        del many["keys"]  # of keyring.secretName
        self.assertEqual(many, values_of("many_pipelines")["config"])

    def test_what_is_not_said_is_added(self):
        text = yaml.safe_load(SETS["text"].configuration)
        self.assertEqual(text["workers"], 1)
        self.assertEqual(text["admin"]["listen"], "0.0.0.0:9464")
        path = pathlib.PurePath(text["keys"]["keyring"])
        (mount,) = [m for m in SETS["text"].container["volumeMounts"] if m["name"] == "keyring"]
        (volume,) = [v for v in SETS["text"].pod["volumes"] if v["name"] == "keyring"]
        self.assertEqual(str(path.parent), mount["mountPath"])
        self.assertEqual([path.name], [item["path"] for item in volume["secret"]["items"]])
        self.assertNotIn("keys", yaml.safe_load(SETS["small"].configuration))

    def test_another_configuration_makes_other_pods(self):
        def checksum(values):
            template = Objects(values).daemon["spec"]["template"]
            return template["metadata"]["annotations"]["checksum/config"]

        small = values_of("small")
        same = changed(small, "replicas", 7)
        other = changed(small, "config.log", {"level": "debug"})
        self.assertEqual(checksum(small), checksum(same))
        self.assertNotEqual(checksum(small), checksum(other))


class Scaling(unittest.TestCase):
    def test_keda_wakes_by_the_queue_and_counts_by_the_daemons(self):
        queue, desired = SETS["keda"].one("ScaledObject")["spec"]["triggers"]
        self.assertEqual(queue["metadata"]["queueLength"], "1000000000")
        self.assertEqual(queue["metadata"]["awsRegion"], "eu-west-1")
        self.assertEqual(desired["metadata"]["threshold"], "1")
        # One daemon always wants one: that must not keep it from going to none.
        self.assertEqual(desired["metadata"]["activationThreshold"], "1")
        labels = f'namespace="{NAMESPACE}",app_kubernetes_io_instance="{RELEASE}"'
        self.assertEqual(desired["metadata"]["query"], f"max(sluice_desired_replicas{{{labels}}})")

    def queues(self, values):
        """{name of the trigger: its metadata}, of those that look at queues."""
        scaled = Objects(values).one("ScaledObject")
        self.assertIsNone(problem_of(scaled, VERSIONS[-1]))
        triggers = [each for each in scaled["spec"]["triggers"] if each["type"] == "aws-sqs-queue"]
        found = {each["name"]: each["metadata"] for each in triggers}
        self.assertEqual(len(found), len(triggers), "KEDA wants each name once")
        return found

    def test_keda_looks_at_the_queue_of_each_pipeline(self):
        many = changed(values_of("many_pipelines"), "autoscaling", {"kind": "keda", "minReplicas": 0})
        orders = "config.pipelines.orders.source.sqs."
        elsewhere = "https://sqs.us-east-1.amazonaws.com/111122223333/orders"
        many = changed(many, orders + "queue_url", elsewhere)
        found = self.queues(many)
        self.assertEqual(sorted(found), ["queue-events", "queue-logins", "queue-orders"])
        self.assertEqual(found["queue-orders"]["queueURL"], elsewhere)
        self.assertEqual(found["queue-orders"]["awsRegion"], "us-east-1")
        self.assertEqual(found["queue-logins"]["awsRegion"], "eu-west-1")
        self.assertTrue(found["queue-logins"]["queueURL"].endswith("/logins.fifo"))
        # The region that the pipeline itself is told wins.
        found = self.queues(changed(many, orders + "region", "us-west-2"))
        self.assertEqual(found["queue-orders"]["awsRegion"], "us-west-2")
        # Two pipelines of one queue: KEDA would count it twice.
        same = values_of("many_pipelines")["config"]["pipelines"]["events"]["source"]["sqs"]["queue_url"]
        self.assertEqual(sorted(self.queues(changed(many, orders + "queue_url", same))),
                         ["queue-events", "queue-logins"])  # fmt: skip

    def test_keda_looks_at_a_queue_that_config_refers_to(self):
        scaling = {"kind": "keda", "keda": {}}
        text = changed(values_of("text"), "autoscaling", scaling)
        queue = text["env"]["SLUICE_QUEUE_URL"]
        self.assertEqual(self.queues(text)["queue-user_logins"]["queueURL"], queue)
        named = {"user_logins": "https://vpce-0a1b.sqs.eu-west-1.vpce.amazonaws.com/111122223333/logins"}
        found = self.queues(changed(text, "autoscaling.keda.queueUrls", named))
        self.assertEqual(found["queue-user_logins"]["queueURL"], named["user_logins"])

    def test_that_there_is_no_daemon_alarms_nobody_where_there_may_be_none(self):
        def alerts(values):
            groups = Objects(values).one("PrometheusRule")["spec"]["groups"]
            return {rule["alert"] for group in groups for rule in group["rules"] if "alert" in rule}

        none, one = values_of("keda"), changed(values_of("keda"), "autoscaling.minReplicas", 1)
        self.assertEqual(alerts(one) - alerts(none), {"SluiceAbsent"})
        # The autoscaler of Kubernetes keeps one in any case.
        hpa = changed(none, "autoscaling", {"kind": "hpa", "minReplicas": 0})
        self.assertEqual(alerts(hpa), alerts(one))

    def test_the_monitors_give_the_labels_that_are_asked_for(self):
        for name, kind, key in (
            ("keda", "PodMonitor", "podTargetLabels"),
            ("hpa", "ServiceMonitor", "targetLabels"),
        ):
            objects = SETS[name]
            spec = objects.one(kind)["spec"]
            scraped = objects.one("Service")["metadata"]["labels"]
            if kind == "PodMonitor":
                scraped = objects.daemon["spec"]["template"]["metadata"]["labels"]
            # Alerts and dashboards name the job as on a host.
            self.assertEqual(scraped[spec["jobLabel"]], "sluice")
            given = {re.sub(r"\W", "_", label): scraped[label] for label in spec[key]}
            self.assertEqual(given, {"app_kubernetes_io_instance": RELEASE})

    def test_keda_without_prometheus_counts_messages(self):
        (queue,) = SETS["keda_queue_only"].one("ScaledObject")["spec"]["triggers"]
        self.assertEqual(queue["metadata"]["queueLength"], "200000")
        identity = SETS["keda_queue_only"].one("TriggerAuthentication")["spec"]["podIdentity"]
        self.assertEqual(identity, {"provider": "aws", "roleArn": "arn:aws:iam::111122223333:role/keda"})

    def test_the_autoscaler_of_kubernetes_makes_as_many_as_are_wanted(self):
        spec = SETS["hpa"].one("HorizontalPodAutoscaler")["spec"]
        external = spec["metrics"][0]["external"]
        self.assertEqual(external["metric"]["name"], "sluice_desired_replicas")
        self.assertEqual(external["target"], {"type": "AverageValue", "averageValue": "1"})
        labels = external["metric"]["selector"]["matchLabels"]
        self.assertEqual(labels, {"namespace": NAMESPACE, "app_kubernetes_io_instance": RELEASE})
        self.assertEqual(spec["behavior"]["scaleDown"]["stabilizationWindowSeconds"], 600)


class Migration(unittest.TestCase):
    def test_it_runs_before_anything_else_with_the_owners_secrets(self):
        job = SETS["keda"].one("Job")
        (config,) = SETS["keda"].of("ConfigMap", "-migrate")
        for each, weight in ((config, "-1"), (job, "0")):
            notes = each["metadata"]["annotations"]
            self.assertEqual(notes["helm.sh/hook"], "pre-install,pre-upgrade")
            self.assertEqual(notes["helm.sh/hook-weight"], weight)
        spec = job["spec"]["template"]["spec"]
        volumes = {v["name"]: v for v in spec["volumes"]}
        self.assertEqual(volumes["config"]["configMap"]["name"], config["metadata"]["name"])
        self.assertEqual(volumes["secret-database"]["secret"]["secretName"], "sluice-database-owner")
        self.assertEqual(spec["containers"][0]["args"][0], "migrate")
        # What is not a hook is not there yet.
        self.assertNotIn("serviceAccountName", spec)
        self.assertEqual(config["data"]["sluice.yaml"], SETS["keda"].configuration)


class Refusals(unittest.TestCase):
    def refused(self, values):
        with self.assertRaises(helm_python.HelmError) as caught:
            render(values)
        return str(caught.exception)

    def test_values_that_the_schema_does_not_know(self):
        small = values_of("small")
        for path, value, told in (
            ("replica", 2, "replica"),
            ("image.tags", "1", "tags"),
            ("keyring.secret", "x", "secret"),
            ("autoscaling.enabled", True, "enabled"),
            ("autoscaling.keda.queueUrl", "x", "queueUrl"),
            ("networkPolicy.egress", [], "egress"),
            ("secrets.database.mode", 420, "mode"),
            ("config.shutdown.grace", "1s", "grace"),
            ("topologySpread.keys", [], "keys"),
        ):
            message = self.refused(changed(small, path, value))
            self.assertIn("additional properties", message.lower(), path)
            self.assertIn(f"'{told}'", message, path)

    def test_values_of_another_kind_than_they_must_be(self):
        small = values_of("small")
        for path, value in (
            ("replicas", "2"),
            ("replicas", -1),
            ("workers", 0),
            ("workers", 65),
            ("image.pullPolicy", "Sometimes"),
            ("image.digest", "sha256:12"),
            ("aws.roleArn", "sluice-role"),
            ("autoscaling.kind", "both"),
            ("autoscaling.maxReplicas", 0),
            ("monitor.kind", "Pod"),
            ("monitor.interval", "15"),
            ("memoryHeadroom", "64Mi"),
            ("networkPolicy.aws.ports", []),
            ("networkPolicy.postgres.ports", [70000]),
            ("env", {"QUEUE-URL": "x"}),
            ("env", {"PORT": 5432}),
            ("secrets", {"keyring": {"secretName": "x"}}),
            ("secrets", {"Data_Base": {"secretName": "x"}}),
            ("config", 7),
            ("config.pipelines", {}),
        ):
            with self.subTest(path=path, value=value):
                self.assertIn("schema", self.refused(changed(small, path, value)).lower())

    def test_configurations_that_cannot_run_in_a_pod(self):
        small = values_of("small")

        def keda(queues):
            return {"kind": "keda", "keda": {"queueUrls": queues}}

        for path, value, told in (
            ("config.admin", {"listen": "127.0.0.1:9464"}, "no probe reaches it"),
            ("config.admin", {"listen": "[::1]:9464"}, "no probe reaches it"),
            ("config.admin", {"token": "${env:TOKEN}"}, "write 0.0.0.0:9464"),
            ("config.shutdown", {"deadline": "20"}, "is no time"),
            ("config.pipelines.logins.limits", {"in_flight_bytes": "64M"}, "is no size"),
            ("config", "workers: 2\n", "config.pipelines is missing"),
            ("config", "pipelines: {", "is no YAML"),
            ("autoscaling", keda({"logins": "http://q/1/q"}), "aws.region is missing"),
            ("autoscaling", keda({"login": "http://q/1/q"}), "queueUrls.login: config has no such"),
        ):
            self.assertIn(told, self.refused(changed(small, path, value)), path)
        for url in ("${file:/run/secrets/sluice/queue/url}", "${env:QUEUE_URL}", "${env:A}/q"):
            unknown = changed(small, "config.pipelines.logins.source.sqs.queue_url", url)
            render(unknown)  # is none of the chart's business but for KEDA
            told = self.refused(changed(unknown, "autoscaling", keda({})))
            self.assertIn("autoscaling.keda.queueUrls.logins is missing", told)
        self.assertIn("config", self.refused({}), "it cannot do without")

    def test_the_schema_and_the_values_name_the_same_keys(self):
        schema = json.loads((CHART / "values.schema.json").read_text())
        defaults = yaml.safe_load((CHART / "values.yaml").read_text())

        def compare(properties, values, path):
            # What helm hands to every chart, and the one that has no default.
            wanted = properties.keys() - ({"global", "config"} if not path else set())
            self.assertEqual(wanted, values.keys(), path)
            for name, inner in properties.items():
                if name in values and inner.get("properties") and isinstance(values[name], dict):
                    compare(inner["properties"], values[name], f"{path}.{name}")

        compare(schema["properties"], defaults, "")


class Copies(unittest.TestCase):
    RULES = """groups:
  - name: sluice
    rules:
      - alert: Gap
        expr: sluice_conservation_gap != 0
        annotations: { summary: 'gap of {{ $value }} in {{ $labels.pipeline }}' }
"""
    BOARD = '{\n  "title": "All {{ of }} it",\n  "panels": []\n}\n'

    def setUp(self):
        self.copy_files = load_copy_files()
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.top = pathlib.Path(folder.name)
        for name, text in {
            "prometheus/alerts.yaml": self.RULES,
            "prometheus/alerts_test.yaml": "rule_files: [alerts.yaml]\ntests: []\ngroups: []\n",
            "prometheus/prometheus.yml": "scrape_configs: []\n",
            "grafana/boards/all_well.json": self.BOARD,
            "grafana/provisioning/source.yaml": "apiVersion: 1\n",
            "grafana/package.json": "{}\n",
        }.items():
            path = self.top / "deploy" / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        self.chart = self.top / "chart"
        shutil.copytree(CHART, self.chart, ignore=shutil.ignore_patterns("files"))

    def test_the_chart_has_those_of_deploy(self):
        self.assertEqual(self.copy_files.differences(ROOT, CHART), [])

    def test_rules_and_dashboards_are_copied_and_nothing_else(self):
        different = self.copy_files.differences(self.top, self.chart)
        self.assertEqual(different, ["grafana/all_well.json", "prometheus/alerts.yaml"])
        self.copy_files.copy(self.top, self.chart)
        self.assertEqual(self.copy_files.differences(self.top, self.chart), [])
        (self.chart / "files/prometheus/alerts.yaml").write_text("groups: []\n")
        (self.chart / "files/grafana/gone.json").write_text("{}")
        different = self.copy_files.differences(self.top, self.chart)
        self.assertEqual(different, ["grafana/gone.json", "prometheus/alerts.yaml"])
        self.copy_files.copy(self.top, self.chart)
        self.assertEqual(self.copy_files.differences(self.top, self.chart), [])

    def test_they_become_objects_unchanged(self):
        self.copy_files.copy(self.top, self.chart)
        objects = Objects(values_of("keda"), self.chart)
        groups = objects.one("PrometheusRule")["spec"]["groups"]
        self.assertEqual(groups, yaml.safe_load(self.RULES)["groups"])
        board = objects.one("ConfigMap", "-all-well")
        self.assertEqual(board["data"], {"all_well.json": self.BOARD})
        self.assertEqual(board["metadata"]["labels"]["grafana_dashboard"], "1")
        for thing in objects.all:
            self.assertIsNone(problem_of(thing, VERSIONS[-1]), thing["kind"])

    def test_those_of_deploy_become_objects(self):
        have = self.copy_files.there(CHART)
        rules = [yaml.safe_load(v) for name, v in sorted(have.items()) if name.startswith("prometheus/")]
        wanted = [group for each in rules for group in each["groups"]]
        always = Objects(changed(values_of("keda"), "autoscaling.minReplicas", 1))
        self.assertEqual(always.one("PrometheusRule")["spec"]["groups"], wanted)
        boards = {}
        for each in SETS["keda"].of("ConfigMap"):
            if "grafana_dashboard" in each["metadata"]["labels"]:
                boards.update(each["data"])
        wanted = {n.split("/")[1]: v.decode() for n, v in have.items() if n.startswith("grafana/")}
        self.assertEqual(boards, wanted)


class Notes(unittest.TestCase):
    def notes(self, values):
        return next(text for path, text in render(values).items() if path.endswith("NOTES.txt"))

    def test_they_warn_of_what_will_not_run(self):
        text = values_of("text")
        self.assertNotIn("WARNING", self.notes(text))
        self.assertIn("sluice keys generate", self.notes(changed(text, "keyring.secretName", "")))
        self.assertIn("a database that is stuck", self.notes(values_of("keda_queue_only")))
        self.assertIn("something has to scrape it", self.notes(values_of("keda_queue_only")))
        self.assertIn("5432, 6432", self.notes(values_of("placed")))


if __name__ == "__main__":
    unittest.main()
