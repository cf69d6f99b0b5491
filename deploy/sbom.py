#!/usr/bin/env python3
"""The bill of materials of a built program, as SPDX 2.3 JSON: sbom.py BUILD/PROGRAM

Lists the Debian packages of the libraries that the loader would load, of the archives that were linked
in, and of the headers that were compiled in, as the build wrote them down. Needs the machine of the build.
"""

import datetime
import hashlib
import json
import os
import pathlib
import re
import subprocess
import sys


def output(*command, **more):
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def loaded(program):
    return set(re.findall(r"(/\S+) \(0x", output("ldd", str(program))))


def compiled_in(program):
    """Headers and archives of the system that went into the program."""
    build = program.parent
    inputs = set(output("ninja", "-C", str(build), "-t", "inputs", program.name).split("\n"))
    found = {each for each in inputs if each.startswith("/usr/") and each.endswith(".a")}
    wanted = False
    for line in output("ninja", "-C", str(build), "-t", "deps").splitlines():
        if not line.startswith(" "):
            wanted = line.split(":")[0] in inputs
        elif wanted and line.strip().startswith("/usr/include/"):
            found.add(line.strip())
    return found


def packages_of(files):
    """{package: its fields}; what belongs to no package is an error, as nobody could tell what it is."""
    asked = {}
    for each in files:
        for name in {each, os.path.realpath(each)}:
            # Packages of Debian 12 name files as they were before / and /usr became one.
            asked.update({name: each, name.removeprefix("/usr"): each, "/usr" + name: each})
    told = subprocess.run(["dpkg-query", "-S", "--", *asked], capture_output=True, text=True).stdout
    owners, met = set(), set()
    for line in told.splitlines():
        names, _, path = line.rpartition(": ")
        if path in asked and not names.startswith("diversion "):
            owners.update(names.split(", "))
            met.add(asked[path])
    unknown = sorted(set(files) - met)
    if unknown:
        sys.exit(f"sbom.py: of no package: {', '.join(unknown)}")
    form = "${binary:Package}\t${Version}\t${source:Package}\t${source:Version}\t${Architecture}\n"
    rows = output("dpkg-query", "-W", "-f", form, *sorted(owners)).splitlines()
    return [row.split("\t") for row in rows]


def spdx_of(program):
    packages = [
        {
            "SPDXID": "SPDXRef-sluice",
            "name": program.name,
            "versionInfo": os.environ.get("SLUICE_VERSION", version(program)),
            "downloadLocation": "NOASSERTION",
            "licenseDeclared": "Apache-2.0",
            "filesAnalyzed": False,
            "checksums": [{
                "algorithm": "SHA256", "checksumValue": hashlib.sha256(program.read_bytes()).hexdigest()
            }],
        }
    ]  # fmt: skip
    relations = [("SPDXRef-DOCUMENT", "DESCRIBES", "SPDXRef-sluice")]
    kinds = {"DYNAMIC_LINK": loaded(program), "STATIC_LINK": compiled_in(program)}
    for kind, files in kinds.items():
        for name, its_version, source, source_version, architecture in packages_of(files):
            identity = "SPDXRef-" + re.sub(r"[^A-Za-z0-9.-]", "-", name)
            relations.append(("SPDXRef-sluice", kind, identity))
            if any(each["SPDXID"] == identity for each in packages):
                continue
            bare = name.split(":")[0]
            packages.append({
                "SPDXID": identity, "name": bare, "versionInfo": its_version,
                "supplier": "Organization: Debian", "downloadLocation": "NOASSERTION",
                "filesAnalyzed": False, "sourceInfo": f"built from {source} {source_version}",
                "externalRefs": [{
                    "referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl",
                    "referenceLocator": f"pkg:deb/debian/{bare}@{its_version}?arch={architecture}&distro=bookworm",
                }],
            })  # fmt: skip
    made = datetime.datetime.fromtimestamp(
        int(os.environ.get("SOURCE_DATE_EPOCH", program.stat().st_mtime)), datetime.timezone.utc
    )
    digest = packages[0]["checksums"][0]["checksumValue"]
    return {
        "spdxVersion": "SPDX-2.3", "dataLicense": "CC0-1.0", "SPDXID": "SPDXRef-DOCUMENT",
        "name": program.name, "documentNamespace": f"https://sluice.invalid/spdx/{program.name}-{digest}",
        "creationInfo": {"created": made.strftime("%Y-%m-%dT%H:%M:%SZ"), "creators": ["Tool: sbom.py"]},
        "packages": packages,
        "relationships": [
            {"spdxElementId": a, "relationshipType": kind, "relatedSpdxElement": b} for a, kind, b in relations
        ],
    }  # fmt: skip


def version(program):
    cache = (program.parent / "CMakeCache.txt").read_text()
    return re.search(r"CMAKE_PROJECT_VERSION:STATIC=(.*)", cache).group(1)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit("usage: sbom.py BUILD/PROGRAM")
    json.dump(spdx_of(pathlib.Path(sys.argv[1]).resolve()), sys.stdout, indent=1)
    print()
