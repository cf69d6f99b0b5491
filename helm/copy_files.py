#!/usr/bin/env python3
"""Copies the alerts and dashboards of deploy/ into the chart: helm reads nothing outside of its folder.

usage: copy_files.py [--check]      --check: copies nothing, and tells what differs; exit 1 then
"""

import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
CHART = ROOT / "helm/sluice"


def is_rules(text):
    """Of Prometheus: not its configuration, and not a test of its rules."""
    keys = set(re.findall(r"^(\w+):", text, re.MULTILINE))
    return "groups" in keys and not keys & {"tests", "rule_files"}


def is_dashboard(text):
    return re.search(r'^\s*"panels":', text, re.MULTILINE)


def wanted(top):
    """{name below files/: bytes}"""
    found = {}
    for folder, suffixes, is_one in (
        ("prometheus", (".yaml", ".yml"), is_rules),
        ("grafana", (".json",), is_dashboard),
    ):
        for path in sorted((top / "deploy" / folder).rglob("*")):
            if path.suffix in suffixes and is_one(path.read_text()):
                name = f"{folder}/{path.name}"
                if name in found:
                    raise SystemExit(f"copy_files.py: two files have the name {name}")
                found[name] = path.read_bytes()
    return found


def there(chart):
    files = chart / "files"
    return {str(p.relative_to(files)): p.read_bytes() for p in files.rglob("*") if p.is_file()}


def differences(top, chart):
    want, have = wanted(top), there(chart)
    return sorted(name for name in want.keys() | have.keys() if want.get(name) != have.get(name))


def copy(top, chart):
    want = wanted(top)
    for name in there(chart).keys() - want.keys():
        (chart / "files" / name).unlink()
    for name, data in want.items():
        path = chart / "files" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def main():
    if sys.argv[1:] == ["--check"]:
        different = differences(ROOT, CHART)
        for name in different:
            print(f"helm/sluice/files/{name} is not that of deploy/; run helm/copy_files.py")
        return 1 if different else 0
    if sys.argv[1:]:
        print(__doc__, file=sys.stderr)
        return 2
    copy(ROOT, CHART)
    return 0


if __name__ == "__main__":
    sys.exit(main())
