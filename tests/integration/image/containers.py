"""Images of deploy/Dockerfile and what runs them: podman, as root.

SLUICE_IMAGE_BASE names an image of Debian 12 to build in; without it one is made with debootstrap.
SLUICE_IMAGE_FILES=1 takes the programs of SLUICE_BUILD, which were built on this Debian 12, and leaves out
the building in a container.
"""

import functools
import os
import pathlib
import subprocess

import harness

IMAGE = "localhost/sluice:test"
# Without this runc fails where the hard limits of the machine are lower than podman's defaults.
CONTAINERS = """
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
"""
BUILDING = ("--isolation", "chroot", "--network", "host", "--pull=never", "--format", "docker")

FOLDER = harness.temporary_folder()


def run(*command, timeout=7200):
    done = subprocess.run(command, capture_output=True, text=True, timeout=timeout)
    assert done.returncode == 0, f"{' '.join(command)}: {done.stdout[-2000:]}{done.stderr[-2000:]}"
    return done.stdout


@functools.cache
def set_up():
    """podman can be used. The folder goes with the process."""
    settings = pathlib.Path(FOLDER.name, "containers.conf")
    settings.write_text(CONTAINERS)
    os.environ["CONTAINERS_CONF"] = str(settings)


@functools.cache
def base():
    """The name of an image of Debian 12."""
    if given := os.environ.get("SLUICE_IMAGE_BASE"):
        return given
    root = f"{FOLDER.name}/rootfs"
    run("debootstrap", "--variant=minbase", "--include=ca-certificates", "bookworm", root)
    run("sh", "-c", f"tar -C {root} -c . | podman import - localhost/debian:bookworm-slim")
    return "localhost/debian:bookworm-slim"


@functools.cache
def build(target="sluice", name=IMAGE):
    options = list(BUILDING)
    if os.environ.get("SLUICE_IMAGE_FILES") == "1":
        given = pathlib.Path(FOLDER.name, "given")
        if not given.exists():
            run(str(harness.ROOT / "deploy" / "image_files.sh"), str(harness.BUILD), str(given / "files"))
        options += ["--build-context", f"files={given}", "--build-arg", "BASE=scratch"]
    else:
        options += ["--build-arg", f"BASE={base()}"]
    run("podman", "build", *options, "--target", target, "-t", name,
        "-f", str(harness.ROOT / "deploy" / "Dockerfile"), str(harness.ROOT))  # fmt: skip


def build_stand_in(name, packages, *more):
    """Debian's packages in place of an image of others. more: lines of a Dockerfile."""
    folder = pathlib.Path(FOLDER.name, name.replace("/", "_").replace(":", "_"))
    folder.mkdir()
    install = f"apt-get update -qq && apt-get install -y -qq --no-install-recommends {packages}"
    (folder / "Dockerfile").write_text("\n".join([f"FROM {base()}", f"RUN {install}", *more]) + "\n")
    run("podman", "build", *BUILDING, "-t", name, str(folder))
