"""Whether an object is one that a cluster takes: by the schemas of Kubernetes, version by version, and
by those of the custom resources of KEDA and the Prometheus operator. An unknown key is a mistake."""

import functools

import jsonschema
import kubernetes_validate
from cloudcoil.models.keda import v1alpha1 as keda
from cloudcoil.models.prometheus_operator import v1 as prometheus_operator
from kubernetes_validate import utils

VERSIONS = ("1.29", "1.30", "1.31", "1.32", "1.33")

# The schemas of a version are some megabytes: they are read once.
utils.schema_contents = functools.lru_cache(maxsize=None)(utils.schema_contents)

CUSTOM = {
    "keda.sh/v1alpha1": keda,
    "monitoring.coreos.com/v1": prometheus_operator,
}


def closed(schema):
    """The same, and without room for keys that it does not name."""
    if isinstance(schema, list):
        return [closed(each) for each in schema]
    if not isinstance(schema, dict):
        return schema
    out = {key: closed(value) for key, value in schema.items()}
    if "properties" in schema and "additionalProperties" not in schema and schema.get("type") == "object":
        out["additionalProperties"] = False
    return out


@functools.lru_cache(maxsize=None)
def custom_validator(api_version, kind):
    model = getattr(CUSTOM[api_version], kind)
    return jsonschema.Draft202012Validator(closed(model.model_json_schema(by_alias=True)))


def problem_of(thing, version):
    """Nothing, if a cluster of that version takes it."""
    try:
        if thing["apiVersion"] in CUSTOM:
            custom_validator(thing["apiVersion"], thing["kind"]).validate(thing)
        else:
            kubernetes_validate.validate(thing, version, strict=True)
    except jsonschema.ValidationError as error:
        return f"{'.'.join(map(str, error.path))}: {error.message}"
    return None
