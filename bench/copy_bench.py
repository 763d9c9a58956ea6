#!/usr/bin/env python3
"""Whole-copy bench: Tintype beside raw I/O and its peers, alternating on one volume and one disk.

  bench/copy_bench.py                         the 4 GiB bench volume, five rounds
  bench/copy_bench.py --only 'fio|copy' --runs 3
  bench/copy_bench.py --group throttled       copies onto a disk that the kernel makes slow
  bench/copy_bench.py --list                  the groups and their methods

A round runs every method once, in an order that changes from round to round. Before each run its
target is removed, dirty pages are written out and the page cache is dropped (needs root). The table
shows medians; bench/README.md says how to read it, bench/peers.md why each peer is run as it is.
Results are written as JSON to bench/results/; what is to stay is kept by machine (README.md).
"""

import argparse
import dataclasses
import datetime
import json
import os
import random
import re
import signal
import statistics
import subprocess
import sys

from bench_fixtures import Fixtures, NotHere
from bench_groups import DEFAULT_GROUPS, all_groups
from bench_machine import describe_machine, program_versions
from bench_method import Context
from bench_run import gnu_time, remove, run_method
from bench_targets import limits_of, print_verdicts, ratios_of
from bench_throttle import WriteLimit

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
MIB, GIB = 1 << 20, 1 << 30
STEADY_SPREAD_MAX = 0.20  # fio beyond this: the disk, not the programs, made the difference


def parse_size(text):
    match = re.fullmatch(r"(\d+)\s*([KMGT]iB)?", text)
    if not match:
        raise argparse.ArgumentTypeError(f"'{text}' is no size (64MiB, 4GiB)")
    shift = {None: 0, "KiB": 10, "MiB": 20, "GiB": 30, "TiB": 40}[match.group(2)]
    return int(match.group(1)) << shift


def size_text(size):
    for unit, shift in (("GiB", 30), ("MiB", 20), ("KiB", 10)):
        if size and size % (1 << shift) == 0:
            return f"{size >> shift}{unit}"
    return str(size)


def parse_arguments():
    default_build = os.path.join(ROOT, "build", "release")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=5, help="rounds (default 5)")
    parser.add_argument("--group", action="append", choices=[*all_groups(""), "all"],
                        help="of methods; may be given several times "
                             f"(default: {', '.join(DEFAULT_GROUPS)})")
    parser.add_argument("--only", default="",
                        help="methods whose name this regular expression finds")
    parser.add_argument("--size", type=parse_size, default=4 * GIB, help="of the bench volume")
    parser.add_argument("--filesystem", choices=("auto", "ntfs", "ext4"), default="auto",
                        help="of the bench volume; auto: NTFS where it can be mounted")
    parser.add_argument("--volume", help="this volume instead of a made one (raw file or device)")
    parser.add_argument("--dir", default=os.path.join(ROOT, "build", "bench"),
                        help="where volume and targets lie: one disk (default build/bench)")
    parser.add_argument("--tintype", default=os.path.join(default_build, "tools", "tintype"))
    parser.add_argument("--make-ese", default=os.path.join(default_build, "tests", "support",
                                                           "make_ese"))
    parser.add_argument("--name", help="in the file name of the results")
    parser.add_argument("--output", help="results file (default bench/results/DATE-NAME.json)")
    parser.add_argument("--write-limit", type=int, default=0, metavar="MB/s",
                        help="the kernel holds all methods to this rate of writes: a disk that "
                             "does not change its mind (needs root)")
    parser.add_argument("--keep-cache", action="store_true",
                        help="do not drop the page cache: for trying the bench out")
    parser.add_argument("--check", action="store_true",
                        help="compare every copy with the volume afterwards (not timed)")
    parser.add_argument("--list", action="store_true", help="print the methods and end")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    if arguments.write_limit < 0:
        parser.error("--write-limit is a rate in MB/s")
    arguments.group = arguments.group or list(DEFAULT_GROUPS)
    if "all" in arguments.group:
        arguments.group = ["all"]
    return arguments


def die(text):
    print(f"copy_bench: {text}", file=sys.stderr)
    sys.exit(1)


def bench_volume(arguments):
    """The volume to copy and how many of its bytes are allocated."""
    if arguments.volume:
        path = os.path.abspath(arguments.volume)
    else:
        path = os.path.join(arguments.dir, f"bench-volume-{size_text(arguments.size)}.img")
        if not os.path.exists(path + ".json"):
            maker = [sys.executable, os.path.join(HERE, "make_bench_volume.py"), path,
                     "--size", str(arguments.size), "--make-ese", arguments.make_ese,
                     "--filesystem", arguments.filesystem]
            if subprocess.run(maker, check=False).returncode != 0:
                die("the bench volume could not be made")
    try:
        with open(path, "rb") as volume:
            size = volume.seek(0, os.SEEK_END)
    except OSError as error:
        die(f"cannot read {path}: {error.strerror}")
    facts = {"path": path, "bytes": size, "allocated_bytes": size}
    if os.path.exists(path + ".json"):
        with open(path + ".json", encoding="utf-8") as file:
            facts.update(json.load(file), path=path)
    return facts


def run_all(methods, context, arguments, fixtures, limits):
    runs = {method.name: [] for method in methods}
    failures = {}
    for number in range(arguments.runs):
        order = list(methods)
        random.Random(number).shuffle(order)
        for method in order:
            if method.name in failures:
                continue
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number + 1}/{arguments.runs}: {method.name}"[:84], end="",
                      file=sys.stderr, flush=True)
            place = in_memory(context, fixtures) if method.in_tmpfs else context
            record, fault = run_method(method, place, limits.get(method.write_limit),
                                       keep_cache=arguments.keep_cache, check=arguments.check)
            context.caches_dropped = place.caches_dropped
            if fault:
                failures[method.name] = fault
            else:
                record["bytes"] = fixtures.subject_bytes(method.subject) if method.subject \
                    else context.allocated_bytes
                runs[method.name].append(dict(record, round=number + 1))
            remove(place.target)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return {name: records for name, records in runs.items() if records}, failures


def in_memory(context, fixtures):
    return dataclasses.replace(context, volume=context.fixtures["tmpfs_volume"],
                               target=os.path.join(fixtures.memory_folder(), "bench-target"))


def wanted_fixtures(methods):
    names = [name for method in methods
             for name in (*method.fixtures, *(["tmpfs_volume"] if method.in_tmpfs else []))]
    return list(dict.fromkeys(names))  # each once, in order


def make_limits(methods, folder):
    """The groups of processes with a write limit, and why some could not be had."""
    limits, faults = {}, {}
    for rate in sorted({method.write_limit for method in methods} - {0}):
        try:
            limits[rate] = WriteLimit(folder, rate)
        except OSError as error:
            faults[rate] = f"the kernel limits no writes here: {error}"
    return limits, faults


def summarise(records):
    def median(key):
        return statistics.median(record[key] for record in records)
    walls = [record["wall_s"] for record in records]
    subject_bytes = records[0]["bytes"]
    return {"runs": len(records), "wall_s": median("wall_s"), "wall_min_s": min(walls),
            "wall_max_s": max(walls), "spread": (max(walls) - min(walls)) / median("wall_s"),
            "mib_per_s": subject_bytes / MIB / median("wall_s"),
            "cpu_s": median("cpu_s"), "cpu_s_per_gib": median("cpu_s") / (subject_bytes / GIB),
            "max_rss_mib": max(record["max_rss_kib"] for record in records) / 1024,
            "target_bytes": records[-1].get("target_bytes", 0)}


def print_table(summary):
    print(f"{'method':<42} {'median s':>8} {'spread':>6} {'MiB/s':>6} {'CPU s/GiB':>9} "
          f"{'RSS MiB':>7}")
    for name, row in summary.items():
        line = f"{row['wall_s']:8.3f} {row['spread']:6.0%} {row['mib_per_s']:6.0f} " \
            f"{row['cpu_s_per_gib']:9.2f} {row['max_rss_mib']:7.0f}"
        print(f"{name:<42} {line}" if len(name) <= 42 else f"{name}\n{'':<42} {line}")


def warnings_of(summary, context):
    found = [f"{name} itself varied by {row['spread']:.0%}: the disk was not steady, run again "
             "before believing a ratio" for name, row in summary.items()
             if name.startswith("fio") and row["spread"] > STEADY_SPREAD_MAX]
    if not context.caches_dropped:
        found.append("the page cache was not dropped (that needs root): "
                     "reads may be from memory")
    if not gnu_time():
        found.append("the program time is not installed: RSS below this runner's own size cannot "
                     "be told apart")
    return found


def results_path(arguments, machine):
    if arguments.output:
        return arguments.output
    name = arguments.name or f"{machine['cores']}-cores"
    folder = os.path.join(HERE, "results")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f"{datetime.date.today().isoformat()}-{name}.json")


def selected(arguments, volume):
    groups = all_groups(volume.get("filesystem", ""))
    names = list(groups) if arguments.group == ["all"] else arguments.group
    methods = [method for name in names for method in groups[name]
               if re.search(arguments.only, method.name)]
    if arguments.write_limit:
        methods = [dataclasses.replace(method, write_limit=method.write_limit or
                                       arguments.write_limit * 1_000_000) for method in methods]
    return methods


def measure(methods, context, arguments):
    """All rounds. Returns the runs, why some methods failed, and what this machine cannot do."""
    with Fixtures(context) as fixtures:
        faults = fixtures.make(wanted_fixtures(methods))
        limits, impossible = make_limits(methods, context.dir)
        failures, left_out = {}, {}
        for method in methods:
            for name in wanted_fixtures([method]):
                if name in faults:
                    where = left_out if isinstance(faults[name], NotHere) else failures
                    where.setdefault(method.name, f"{name}: {faults[name]}")
            if method.write_limit in impossible:
                left_out[method.name] = impossible[method.write_limit]
        able = [method for method in methods if method.name not in {**failures, **left_out}]
        try:
            runs, more = run_all(able, context, arguments, fixtures, limits)
        finally:
            remove(context.target)
            for limit in limits.values():
                limit.close()
        return runs, {**failures, **more}, left_out


def print_methods():
    for group, methods in all_groups("ntfs").items():
        print(f"{group}{' (by default)' if group in DEFAULT_GROUPS else ''}")
        for method in methods:
            print(f"  {method.name}\n      {method.about}")


def main():
    # SIGTERM ends it as Ctrl-C does: limits, fixtures and mounts are taken away.
    signal.signal(signal.SIGTERM, lambda *unused: sys.exit(143))
    arguments = parse_arguments()
    if arguments.list:
        print_methods()
        return 0
    arguments.dir = os.path.abspath(arguments.dir)
    arguments.tintype = os.path.abspath(arguments.tintype)
    os.makedirs(arguments.dir, exist_ok=True)
    if not os.access(arguments.tintype, os.X_OK):
        die(f"{arguments.tintype} is not there: build it (cmake --build --preset release)")

    volume = bench_volume(arguments)
    methods = selected(arguments, volume)
    if not methods:
        die(f"no method is named like '{arguments.only}' (see --list)")
    absent = {method.name: ", ".join(method.missing(arguments.tintype)) + " not installed"
              for method in methods if method.missing(arguments.tintype)}
    methods = [method for method in methods if method.name not in absent]
    context = Context(volume=volume["path"], volume_bytes=volume["bytes"],
                      allocated_bytes=volume["allocated_bytes"],
                      filesystem=volume.get("filesystem", ""), dir=arguments.dir,
                      target=os.path.join(arguments.dir, "bench-target"),
                      tintype=arguments.tintype, make_ese=os.path.abspath(arguments.make_ese))
    machine = describe_machine(arguments.dir)
    print(f"{volume['path']}: {volume['bytes'] / MIB:.0f} MiB, "
          f"{volume['allocated_bytes'] / MIB:.0f} MiB allocated, "
          f"{volume.get('filesystem', 'filesystem not known')}\n"
          f"{machine['cores']} cores, {machine['processor']}, {machine['filesystem']}\n")
    runs, failures, left_out = measure(methods, context, arguments)
    left_out.update(absent)
    if not runs:
        die("no method ran: " + "; ".join(f"{name}: {why}" for name, why in
                                          {**failures, **left_out}.items()))
    summary = {m.name: summarise(runs[m.name]) for m in methods if m.name in runs}
    ratios, limits = ratios_of(summary), limits_of(summary)
    warnings = warnings_of(summary, context)
    print_table(summary)
    print_verdicts(ratios, limits)
    print()
    for line in [f"left out: {name}: {why}" for name, why in left_out.items()] + \
            [f"failed: {name}: {why}" for name, why in failures.items()] + \
            [f"note: {line}" for line in warnings]:
        print(line)

    path = results_path(arguments, machine)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"kind": "copy", "date":
                   datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                   "machine": machine,
                   "volume": dict(volume, path=os.path.basename(volume["path"])),
                   "groups": arguments.group, "rounds": arguments.runs,
                   "caches_dropped": context.caches_dropped,
                   "programs": program_versions(methods, arguments.tintype), "summary": summary,
                   "ratios": ratios, "limits": limits, "warnings": warnings, "left_out": left_out,
                   "failures": failures, "runs": runs},
                  file, indent=1)
        file.write("\n")
    print(f"results: {path}")
    return 1 if any(name.startswith("tintype") for name in failures) else 0


if __name__ == "__main__":
    sys.exit(main())
