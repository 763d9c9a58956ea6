"""What copy_bench.py writes down about the machine and the programs it ran."""

import os
import platform
import shutil
import subprocess

# How a program tells its version, if not with --version.
VERSION_FLAGS = {"restic": "version"}


def first_line(argv):
    try:
        done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=10)
    except OSError:
        return ""
    lines = (done.stdout + done.stderr).strip().splitlines()
    return lines[0] if lines else ""


def value_of(path, key):
    with open(path, encoding="utf-8", errors="replace") as file:
        for line in file:
            if line.startswith(key):
                return line.split(":", 1)[1].strip()
    return ""


def filesystem_of(path):
    """The type of the filesystem that holds `path`: the longest mount point above it."""
    best = ("", "unknown")
    with open("/proc/mounts", encoding="utf-8") as file:
        for line in file:
            _, mount, kind = line.split()[:3]
            if os.path.commonpath([mount, path]) == mount and len(mount) >= len(best[0]):
                best = (mount, kind)
    return best[1]


def describe_machine(path):
    return {"processor": value_of("/proc/cpuinfo", "model name") or platform.machine(),
            "cores": len(os.sched_getaffinity(0)),
            "memory": value_of("/proc/meminfo", "MemTotal"),
            "kernel": platform.release(),
            "filesystem": filesystem_of(path),
            "load_before": os.getloadavg()[0]}


def program_versions(methods, tintype):
    names = sorted({name for method in methods for name in method.needs})
    paths = {name: tintype if name == "tintype" else shutil.which(name) for name in names}
    return {name: first_line([paths[name], VERSION_FLAGS.get(name, "--version")])
            for name in names}
