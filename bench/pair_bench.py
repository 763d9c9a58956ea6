#!/usr/bin/env python3
"""Two builds of Tintype beside each other: copy, LZ4 backup and verify of one volume, in turn.

  bench/pair_bench.py OLD NEW                     a 1 GiB volume, nine rounds
  bench/pair_bench.py OLD NEW --runs 3 --options '--tasks 8'

A round runs OLD and NEW once each, in an order that changes from round to round; before each run
its target is removed and the page cache dropped (needs root), and it reads and writes the same
disk. What counts is the ratio NEW/OLD of each round: the table has the median of the ratios and
the interval that holds the true median with 96 % at nine rounds (from the second least to the
second greatest), which says how much of the difference is the machine's. On a machine that does
other work as well only CPU and memory say anything.

The limits, after which the exit code is 1: CPU 5 %, wall time 3 % (if the whole interval lies
above), memory 5 MiB. Results are kept as JSON.
"""

import argparse
import datetime
import json
import os
import shlex
import statistics
import subprocess
import sys

from bench_machine import describe_machine
from bench_run import drop_caches, remove, run_once, tail

HERE = os.path.dirname(os.path.abspath(__file__))
ROOT = os.path.dirname(HERE)
CPU_RATIO_MAX, WALL_RATIO_MAX, MEMORY_MIB_MAX = 1.05, 1.03, 5.0


def parse_arguments():
    build = os.path.join(ROOT, "build")
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("old")
    parser.add_argument("new")
    parser.add_argument("--runs", type=int, default=9, help="rounds (default 9)")
    parser.add_argument("--volume", help="this volume instead of a made one of 1 GiB")
    parser.add_argument("--options", default="", help="for all commands of both: '--tasks 8'")
    parser.add_argument("--dir", default=os.path.join(build, "bench"),
                        help="where volume and targets lie (default build/bench)")
    parser.add_argument("--make-ese", default=os.path.join(build, "release", "tests", "support",
                                                           "make_ese"))
    parser.add_argument("--output", help="results file (default bench/results/DATE-pair.json)")
    parser.add_argument("--keep-cache", action="store_true", help="do not drop the page cache")
    return parser.parse_args()


def bench_volume(arguments):
    if arguments.volume:
        return os.path.abspath(arguments.volume)
    path = os.path.join(arguments.dir, "bench-volume-1GiB.img")
    if not os.path.exists(path + ".json"):
        subprocess.run([sys.executable, os.path.join(HERE, "make_bench_volume.py"), path, "--size",
                        str(1 << 30), "--make-ese", arguments.make_ese], check=True)
    return path


def make_repository(program, path):
    subprocess.run([program, "init", path], check=True, stdout=subprocess.DEVNULL)


def interval(ratios):
    """Of nine the second least and the second greatest: 96 %. Of fewer all of them."""
    ordered = sorted(ratios)
    out = 1 if len(ordered) >= 9 else 0
    return ordered[out], ordered[-1 - out]


def compare(name, runs):
    def ratios(key):
        return [new[key] / old[key] for old, new in zip(runs["old"], runs["new"])]
    wall = interval(ratios("wall_s"))
    row = {"cpu_ratio": statistics.median(ratios("cpu_s")),
           "cpu_interval": interval(ratios("cpu_s")),
           "wall_ratio": statistics.median(ratios("wall_s")), "wall_interval": wall,
           "memory_more_mib": statistics.median(
               (new["max_rss_kib"] - old["max_rss_kib"]) / 1024
               for old, new in zip(runs["old"], runs["new"])),
           "old_cpu_s": statistics.median(run["cpu_s"] for run in runs["old"]),
           "old_wall_s": statistics.median(run["wall_s"] for run in runs["old"])}
    row["missed"] = [what for what, is_missed in (
        ("CPU", row["cpu_ratio"] > CPU_RATIO_MAX), ("wall time", wall[0] > WALL_RATIO_MAX),
        ("memory", row["memory_more_mib"] > MEMORY_MIB_MAX)) if is_missed]
    cpu = row["cpu_interval"]
    print(f"{name:<8} {row['old_cpu_s']:6.2f} {row['cpu_ratio']:6.3f} ({cpu[0]:.3f}-{cpu[1]:.3f})"
          f" {row['old_wall_s']:7.2f} {row['wall_ratio']:6.3f} ({wall[0]:.3f}-{wall[1]:.3f})"
          f" {row['memory_more_mib']:+6.1f} MiB"
          f"{'  missed: ' + ', '.join(row['missed']) if row['missed'] else ''}")
    return row


def main():
    arguments = parse_arguments()
    arguments.dir = os.path.abspath(arguments.dir)
    os.makedirs(arguments.dir, exist_ok=True)
    programs = {"old": os.path.abspath(arguments.old), "new": os.path.abspath(arguments.new)}
    volume = bench_volume(arguments)
    target, repository = (os.path.join(arguments.dir, name) for name in ("pair-target", "pair-set"))
    log = os.path.join(arguments.dir, "pair.log")
    more = shlex.split(arguments.options) + ["--progress", "none"]
    backup = ["backup", volume, "--to", target, "--compress", "lz4", *more]
    commands = {"copy": ["copy", volume, target, *more], "backup": backup,
                "verify": ["verify", repository, *more]}
    remove(repository)
    make_repository(programs["old"], repository)
    subprocess.run([programs["old"], *backup[:3], repository, *backup[4:]], check=True,
                   stdout=subprocess.DEVNULL)
    runs = {name: {"old": [], "new": []} for name in commands}
    for number in range(arguments.runs):
        for name, command in commands.items():
            for which in ("old", "new") if number % 2 == 0 else ("new", "old"):
                remove(target)
                if name == "backup":
                    make_repository(programs[which], target)
                if not arguments.keep_cache:
                    drop_caches(volume)
                record = run_once([programs[which], *command], log)
                if record["exit_code"] not in (0, 3):
                    sys.exit(f"pair_bench: {which} {name} ended with {record['exit_code']}: "
                             f"{tail(log)}")
                runs[name][which].append(record)
    remove(target)
    remove(repository)

    print("           CPU s  ratio (interval)     wall s  ratio (interval)      memory")
    summary = {name: compare(name, runs[name]) for name in commands}
    path = arguments.output or os.path.join(HERE, "results",
                                            f"{datetime.date.today().isoformat()}-pair.json")
    with open(path, "w", encoding="utf-8") as file:
        json.dump({"kind": "pair", "machine": describe_machine(arguments.dir),
                   "rounds": arguments.runs, "options": arguments.options, "summary": summary,
                   "runs": runs}, file, indent=1)
        file.write("\n")
    print(f"results: {path}")
    return 1 if any(row["missed"] for row in summary.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
