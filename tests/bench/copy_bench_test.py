#!/usr/bin/env python3
"""Runs the whole-copy bench on a small volume, and looks at what it says and leaves.

  copy_bench_test.py short|long --folder FOLDER --tintype PROGRAM --make-ese PROGRAM

short: what Tintype and fio do in the groups that run by default. long: everything, also what is
slow by intention.
Every copy is compared with the volume, every method of Tintype must have run unless this machine
cannot do it, and Tintype must be able to read the results.
"""

import argparse
import json
import os
import re
import shutil
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BENCH = os.path.join(ROOT, "bench")
sys.path.insert(0, BENCH)

from bench_groups import DEFAULT_GROUPS, all_groups  # noqa: E402  (found by the line above)


def run(*argv):
    done = subprocess.run(argv, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          check=False)
    print(done.stdout)
    assert done.returncode == 0, f"{argv[0]} ended with {done.returncode}"
    return done.stdout


def check(results, groups, only):
    methods = [method for group in groups for method in all_groups("ext4")[group]
               if re.search(only, method.name)]
    for method in methods:
        if method.name in results["left_out"]:
            print(f"left out here: {method.name}: {results['left_out'][method.name]}")
            continue
        assert method.name not in results["failures"], results["failures"][method.name]
        runs = results["runs"][method.name]
        assert len(runs) == 1, method.name
        assert runs[0]["wall_s"] > 0 and runs[0]["bytes"] > 0, method.name
        assert runs[0]["max_rss_kib"] > 0 and runs[0]["exit_code"] == 0, method.name
    assert set(results["runs"]) == set(results["summary"])
    for row in results["ratios"]:
        assert row["ratio"] > 0 and (row["met"] is None) == (row["target"] is None), row
    assert any("peak memory" in row["title"] for row in results["limits"])


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("which", choices=("short", "long"))
    for name in ("--folder", "--tintype", "--make-ese"):
        parser.add_argument(name, required=True)
    arguments = parser.parse_args()
    short = arguments.which == "short"
    groups = list(DEFAULT_GROUPS if short else all_groups(""))
    only = "^(tintype|fio) " if short else ""
    shutil.rmtree(arguments.folder, ignore_errors=True)
    output = arguments.folder + ".json"
    run(sys.executable, os.path.join(BENCH, "copy_bench.py"), "--size", "64MiB", "--filesystem",
        "ext4", "--runs", "1", "--check", "--keep-cache", "--dir", arguments.folder,
        "--output", output, "--tintype", arguments.tintype, "--make-ese", arguments.make_ese,
        "--only", only,
        *[word for group in groups for word in ("--group", group)])
    left = sorted(os.listdir(arguments.folder))
    assert left == ["bench-volume-64MiB.img", "bench-volume-64MiB.img.json", "bench.log"], left
    with open(output, encoding="utf-8") as file:
        check(json.load(file), groups, only)
    compared = run(arguments.tintype, "bench", "compare", output, output)
    assert "tintype" in compared
    shutil.rmtree(arguments.folder)


if __name__ == "__main__":
    main()
