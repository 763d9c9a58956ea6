#!/usr/bin/env python3
"""Whole-copy bench: Tintype beside raw I/O and its peers, alternating on one volume and one disk.

  bench/copy_bench.py                         the 4 GiB bench volume, five rounds
  bench/copy_bench.py --only 'fio|copy' --runs 3
  bench/copy_bench.py --list                  the methods

A round runs every method once, in an order that changes from round to round. Before each run its
target is removed, dirty pages are written out and the page cache is dropped (needs root). The table
shows medians; bench/README.md says how to read it, bench/peers.md why each peer is run as it is.
Results are kept as JSON in bench/results/.
"""

import argparse
import datetime
import json
import os
import random
import re
import shutil
import statistics
import subprocess
import sys
import time

from bench_methods import FIO_COPY, FIO_COPY_READ_BACK, FIO_READ, METHODS, RATIOS, Context
from bench_machine import describe_machine, program_versions

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
    parser.add_argument("--keep-cache", action="store_true",
                        help="do not drop the page cache: for trying the bench out")
    parser.add_argument("--check", action="store_true",
                        help="compare every copy with the volume afterwards (not timed)")
    parser.add_argument("--list", action="store_true", help="print the methods and end")
    arguments = parser.parse_args()
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
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


def remove(path):
    if os.path.isdir(path):
        shutil.rmtree(path)
    elif os.path.exists(path):
        os.remove(path)


def drop_caches(volume):
    """True if the whole page cache was dropped; else at least the volume's pages are."""
    os.sync()
    try:
        with open("/proc/sys/vm/drop_caches", "w", encoding="ascii") as file:
            file.write("3")
        return True
    except OSError:
        with open(volume, "rb") as file:
            os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
        return False


def disk_bytes(path):
    """Bytes a file or folder takes on the disk, and bytes in its files."""
    used = size = 0
    paths = [path] if os.path.isfile(path) else [
        os.path.join(folder, name) for folder, _, names in os.walk(path) for name in names]
    for name in paths:
        status = os.stat(name)
        used += status.st_blocks * 512
        size += status.st_size
    return used, size


def run_once(argv, log_path):
    """Wall and CPU seconds, peak memory in KiB and exit code of one command and its children."""
    with open(log_path, "wb") as log:
        begin = time.monotonic()
        process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stdout=log,
                                   stderr=subprocess.STDOUT)
        _, status, usage = os.wait4(process.pid, 0)
        wall = time.monotonic() - begin
    process.returncode = os.waitstatus_to_exitcode(status)
    return {"wall_s": wall, "user_s": usage.ru_utime, "sys_s": usage.ru_stime,
            "max_rss_kib": usage.ru_maxrss, "exit_code": process.returncode}


def tail(path, lines=5):
    with open(path, encoding="utf-8", errors="replace") as file:
        return "".join(file.readlines()[-lines:]).rstrip()


def same_content(volume, target, size):
    with open(volume, "rb") as left, open(target, "rb") as right:
        for offset in range(0, size, MIB):
            if left.read(MIB) != right.read(MIB):
                return f"differs from the volume in the MiB at offset {offset}"
    return ""


def run_method(method, context, arguments):
    """One timed run. Returns its record, or a message that says why there is none."""
    remove(context.target)
    if not arguments.keep_cache:
        context.caches_dropped = drop_caches(context.volume)
    log_path = os.path.join(context.dir, "bench.log")
    argv = method.argv(context)
    record = run_once(argv, log_path)
    if record["exit_code"] != 0:
        return None, f"ended with {record['exit_code']}: {tail(log_path)}"
    if method.own_seconds:
        record["process_wall_s"] = record["wall_s"]
        record["wall_s"] = method.own_seconds(log_path)
    if os.path.exists(context.target):
        record["target_disk_bytes"], record["target_bytes"] = disk_bytes(context.target)
    if arguments.check and method.makes_copy:
        fault = same_content(context.volume, context.target, context.volume_bytes)
        if fault:
            return None, fault
    record["command"] = without_folders(" ".join(argv), context)
    return record, ""


def without_folders(command, context):
    """The command as anybody can read it: names instead of this machine's folders."""
    for path, name in ((context.tintype, "tintype"), (context.target, "TARGET"),
                       (context.volume, "VOLUME")):
        command = command.replace(os.path.abspath(path), name).replace(path, name)
    return command


def run_all(methods, context, arguments):
    runs = {method.name: [] for method in methods}
    failures = {}
    for number in range(arguments.runs):
        order = list(methods)
        random.Random(number).shuffle(order)
        for method in order:
            if method.name in failures:
                continue
            if sys.stderr.isatty():
                print(f"\r\033[Kround {number + 1}/{arguments.runs}: {method.name}", end="",
                      file=sys.stderr, flush=True)
            record, fault = run_method(method, context, arguments)
            if fault:
                failures[method.name] = fault
            else:
                runs[method.name].append(dict(record, round=number + 1))
            remove(context.target)
    if sys.stderr.isatty():
        print("\r\033[K", end="", file=sys.stderr)
    return {name: records for name, records in runs.items() if records}, failures


def summarise(records, allocated_bytes):
    def median(key):
        return statistics.median(record[key] for record in records)
    walls = [record["wall_s"] for record in records]
    cpu = statistics.median(record["user_s"] + record["sys_s"] for record in records)
    return {"runs": len(records), "wall_s": median("wall_s"), "wall_min_s": min(walls),
            "wall_max_s": max(walls), "spread": (max(walls) - min(walls)) / median("wall_s"),
            "mib_per_s": allocated_bytes / MIB / median("wall_s"),
            "cpu_s": cpu, "cpu_s_per_gib": cpu / (allocated_bytes / GIB),
            "max_rss_mib": max(record["max_rss_kib"] for record in records) / 1024,
            "target_bytes": records[-1].get("target_bytes", 0)}


def print_table(summary):
    def ratio(name, base):
        if base not in summary:
            return "-"
        return f"{summary[name]['wall_s'] / summary[base]['wall_s']:.2f}"
    width = max(len(name) for name in summary)
    print(f"{'method':<{width}} {'median s':>9} {'spread':>7} {'MiB/s':>7} {'CPU s/GiB':>9} "
          f"{'RSS MiB':>7} {'target MiB':>10} {'/ fio copy':>10} {'/ qemu-img':>10}")
    for name, row in summary.items():
        print(f"{name:<{width}} {row['wall_s']:9.3f} {row['spread']:7.0%} {row['mib_per_s']:7.0f} "
              f"{row['cpu_s_per_gib']:9.2f} {row['max_rss_mib']:7.0f} "
              f"{row['target_bytes'] / MIB:10.0f} {ratio(name, FIO_COPY):>10} "
              f"{ratio(name, 'qemu-img convert'):>10}")


def ratios_of(summary):
    found = []
    for title, above, below, target in RATIOS:
        if above in summary and below in summary:
            value = summary[above]["wall_s"] / summary[below]["wall_s"]
            found.append({"title": title, "ratio": value, "target": target})
    return found


def print_ratios(ratios):
    print("\nratios of medians")
    for row in ratios:
        verdict = "" if row["target"] is None else \
            f"   target {row['target']:.2f}: {'met' if row['ratio'] <= row['target'] else 'missed'}"
        print(f"  {row['ratio']:5.2f}  {row['title']}{verdict}")


def warnings_of(summary, context, smallest_rss_kib):
    found = []
    for name in (FIO_READ, FIO_COPY, FIO_COPY_READ_BACK):
        if name in summary and summary[name]["spread"] > STEADY_SPREAD_MAX:
            found.append(f"{name} itself varied by {summary[name]['spread']:.0%}: the disk was not "
                         "steady, run again before believing a ratio")
    if not context.caches_dropped:
        found.append("the page cache was not dropped (that needs root): "
                     "reads may be from memory")
    found.append(f"RSS below {smallest_rss_kib / 1024:.0f} MiB cannot be told apart: so much this "
                 "runner itself takes before a program starts")
    return found


def results_path(arguments, machine):
    if arguments.output:
        return arguments.output
    name = arguments.name or f"{machine['cores']}-cores"
    folder = os.path.join(HERE, "results")
    os.makedirs(folder, exist_ok=True)
    return os.path.join(folder, f"{datetime.date.today().isoformat()}-{name}.json")


def main():
    arguments = parse_arguments()
    methods = [method for method in METHODS if re.search(arguments.only, method.name)]
    if arguments.list:
        for method in METHODS:
            print(f"{method.name:<40} {method.about}")
        return 0
    if not methods:
        die(f"no method is named like '{arguments.only}' (see --list)")
    arguments.dir = os.path.abspath(arguments.dir)
    arguments.tintype = os.path.abspath(arguments.tintype)
    os.makedirs(arguments.dir, exist_ok=True)
    if not os.access(arguments.tintype, os.X_OK):
        die(f"{arguments.tintype} is not there: build it (cmake --build --preset release)")
    absent = [method for method in methods if not method.usable(arguments.tintype)]
    methods = [method for method in methods if method not in absent]

    volume = bench_volume(arguments)
    context = Context(volume=volume["path"], volume_bytes=volume["bytes"],
                      allocated_bytes=volume["allocated_bytes"], dir=arguments.dir,
                      target=os.path.join(arguments.dir, "bench-target"),
                      tintype=arguments.tintype)
    machine = describe_machine(arguments.dir)
    print(f"{volume['path']}: {volume['bytes'] / MIB:.0f} MiB, "
          f"{volume['allocated_bytes'] / MIB:.0f} MiB allocated, "
          f"{volume.get('filesystem', 'filesystem not known')}\n"
          f"{machine['cores']} cores, {machine['processor']}, {machine['filesystem']}\n")
    idle = run_once(["true"], os.devnull)
    runs, failures = run_all(methods, context, arguments)
    if not runs:
        die("no method ran: " + "; ".join(f"{name}: {why}" for name, why in failures.items()))
    summary = {m.name: summarise(runs[m.name], context.allocated_bytes)
               for m in methods if m.name in runs}
    ratios = ratios_of(summary)
    warnings = warnings_of(summary, context, idle["max_rss_kib"])
    print_table(summary)
    print_ratios(ratios)
    print()
    for line in [f"not installed, left out: {method.name}" for method in absent] + \
            [f"failed, left out: {name}: {why}" for name, why in failures.items()] + \
            [f"note: {line}" for line in warnings]:
        print(line)

    path = results_path(arguments, machine)
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"date": datetime.datetime.now().astimezone().isoformat(timespec="seconds"),
                   "machine": machine,
                   "volume": dict(volume, path=os.path.basename(volume["path"])),
                   "rounds": arguments.runs, "caches_dropped": context.caches_dropped,
                   "programs": program_versions(methods, arguments.tintype), "summary": summary,
                   "ratios": ratios, "warnings": warnings, "failures": failures, "runs": runs},
                  file, indent=1)
        file.write("\n")
    print(f"results: {path}")
    return 1 if any(name.startswith("tintype") for name in failures) else 0


if __name__ == "__main__":
    sys.exit(main())
