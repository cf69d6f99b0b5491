"""What a process costs: its CPU time, its memory, and what it makes PostgreSQL do."""

import os
import pathlib
import time


def cpu_seconds(process):
    """User and kernel time of a process and of its living children, to the nanosecond."""
    # The clock that clock_getcpuclockid(3) would name; Python has no call for it.
    own = time.clock_gettime((~process << 3) | 2)
    return own + sum(cpu_seconds(child) for child in children(process))


def children(process):
    found = []
    for task in pathlib.Path(f"/proc/{process}/task").iterdir():
        try:
            found += [int(each) for each in (task / "children").read_text().split()]
        except OSError:
            continue  # the thread ended meanwhile
    return found


def peak_mebibytes(process):
    """The most memory that it ever held, with its children."""
    for line in pathlib.Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmHWM:"):
            own = int(line.split()[1]) / 1024
            return own + sum(peak_mebibytes(child) for child in children(process))
    raise RuntimeError(f"no VmHWM of process {process}")


def backends_cpu_seconds(database):
    """The CPU time of the server processes that serve connections to this database now."""
    total = 0.0
    for entry in pathlib.Path("/proc").iterdir():
        try:
            command = (entry / "cmdline").read_bytes() if entry.name.isdigit() else b""
            if command.startswith(f"postgres: sluice {database} ".encode()):
                total += cpu_seconds(int(entry.name))
        except OSError:
            continue  # it ended meanwhile
    return total


def machine():
    """One line: cores, processor, kernel."""
    model = "unknown processor"
    for line in pathlib.Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            model = line.partition(":")[2].strip()
            break
    return f"{os.cpu_count()} cores of {model}, Linux {os.uname().release}"
