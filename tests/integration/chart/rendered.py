"""The chart as helm renders it, as objects."""

import json
import pathlib

import helm_python
import yaml

ROOT = pathlib.Path(__file__).resolve().parents[3]
CHART = ROOT / "helm/sluice"
VALUES = pathlib.Path(__file__).parent / "values"
RELEASE, NAMESPACE = "logins", "data"


class strict_loader(yaml.SafeLoader):
    """An object that names a key twice is a mistake of a template; the API server takes the last one."""

    def construct_mapping(self, node, deep=False):
        keys = [self.construct_object(key, deep=deep) for key, _ in node.value]
        twice = {key for key in keys if keys.count(key) > 1}
        if twice:
            raise yaml.constructor.ConstructorError(None, None, f"{twice} twice", node.start_mark)
        return super().construct_mapping(node, deep=deep)


def value_sets():
    return sorted(path.stem for path in VALUES.glob("*.yaml"))


def values_of(name):
    return yaml.load((VALUES / f"{name}.yaml").read_text(), strict_loader)


def changed(values, path, value):
    """A copy in which what stands at the dotted path is another."""
    out = json.loads(json.dumps(values))
    *parents, last = path.split(".")
    inner = out
    for each in parents:
        inner = inner.setdefault(each, {})
    inner[last] = value
    return out


def render(values, chart=CHART):
    """{path of the template: text}"""
    with helm_python.Chart.load(chart) as loaded:
        return loaded.render(values=values, name=RELEASE, namespace=NAMESPACE)


def objects_of(texts):
    out = []
    for path, text in sorted(texts.items()):
        if path.endswith(".yaml"):
            out += [each for each in yaml.load_all(text, strict_loader) if each]
    return out


class Objects:
    """What a set of values becomes."""

    def __init__(self, values, chart=CHART):
        self.texts = render(values, chart)
        self.all = objects_of(self.texts)

    def of(self, kind, suffix=""):
        return [e for e in self.all if e["kind"] == kind and e["metadata"]["name"].endswith(suffix)]

    def one(self, kind, suffix=""):
        (found,) = self.of(kind, suffix)
        return found

    @property
    def daemon(self):
        return self.one("Deployment")

    @property
    def pod(self):
        return self.daemon["spec"]["template"]["spec"]

    @property
    def container(self):
        (only,) = self.pod["containers"]
        return only

    @property
    def configuration(self):
        (mounted,) = [v["configMap"]["name"] for v in self.pod["volumes"] if v["name"] == "config"]
        (found,) = [e for e in self.of("ConfigMap") if e["metadata"]["name"] == mounted]
        return found["data"]["sluice.yaml"]

    def pod_templates(self):
        return [e["spec"]["template"] for e in self.all if e["kind"] in ("Deployment", "Job")]
