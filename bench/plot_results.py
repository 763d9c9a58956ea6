#!/usr/bin/env python3
"""Draws what copy_bench.py measured: the plots of docs/performance.md.

  cd bench/results/epyc-zen4
  ../../plot_results.py 2026-11-28-{all-4GiB-1257,curves-sparse-4GiB}.json --to ../../../docs/images
  ../../plot_results.py 2026-11-28-throttled-1GiB.json --to ../../../docs/images

With --table it prints the targets and what was measured as a table for that page.

Several results are taken together; of a method that is in two of them, the later file counts. Each
plot is drawn if its methods are there: copies.svg, peers.svg, verify.svg (bars: median, and a line
from the fastest to the slowest run), throttled.svg, depth.svg.
"""

import argparse
import json
import os
import re
import sys

import matplotlib

matplotlib.use("svg")
from matplotlib import pyplot  # noqa: E402  (after the choice of what it draws with)

OURS, PEERS, CEILING = "#1f6f8b", "#b0b7bf", "#e0a030"
# Words of methods that are long, as a reader of a plot wants them.
SHORTER = [("tintype backup auto, source 5 ms late, ", ""), (" --no-read-back", ""),
           ("tintype", "Tintype")]

PLOTS = [
    (r"^(fio copy$|tintype copy( --no-read-back)?$|tintype backup (none|lz4|auto) --no-read-back$|"
     r"dd direct|qemu-img convert$|nbdcopy|cp|lz4 -1$)",
     "One copy of the volume", "copies.svg"),
    (r"^(fio backup|tintype backup auto$|.* \+ compare|.* create \+ check|dd, tee|restic backup|"
     r"partclone)",
     "A backup, and the proof that it is good", "peers.svg"),
    (r"^(fio read (image|database)|fio write$|tintype (verify (none|lz4)$|check|restore)|"
     r"qemu-img restore|restic restore)",
     "Verify, check, restore", "verify.svg"),
]


def load(paths):
    """The summaries of all methods; and the verdicts, by title: (value, target, met)."""
    summary, verdicts, volumes = {}, {}, set()
    for path in paths:
        with open(path, encoding="utf-8") as file:
            result = json.load(file)
        volumes.add(result["volume"]["bytes"])
        if len(volumes) > 1:
            sys.exit(f"plot_results: {path} is of another volume: its times are not comparable")
        summary.update(result["summary"])
        for row in result["ratios"] + result.get("limits", []):
            value = row.get("ratio", row.get("value"))
            verdicts[row["title"]] = (value, row["target"], row.get("met"))
    return summary, verdicts


def print_table(verdicts):
    print("| what | measured | target | |\n| --- | ---: | ---: | --- |")
    for title, (value, target, met) in verdicts.items():
        wanted = "" if target is None else f"{target:.2f}"
        verdict = "" if met is None else "met" if met else "**missed**"
        print(f"| {title} | {value:.2f} | {wanted} | {verdict} |")


def label_of(name):
    if re.match("tintype (copy|backup|restore)", name) and "--no-read-back" not in name:
        name += " + read-back"
    for long, short in SHORTER:
        name = name.replace(long, short)
    return name


def colour_of(name):
    return OURS if name.startswith("tintype") else CEILING if name.startswith("fio") else PEERS


def new_plot(width, height, title):
    figure, axes = pyplot.subplots(figsize=(width, height))
    axes.set_title(title, loc="left", fontsize=10, pad=12)
    axes.spines[["top", "right"]].set_visible(False)
    axes.tick_params(labelsize=8)
    return figure, axes


def save(figure, folder, name):
    path = os.path.join(folder, name)
    # The same figures give the same file: no date, no random names in it.
    figure.savefig(path, bbox_inches="tight", metadata={"Date": None})
    pyplot.close(figure)
    print(path)


def bars(summary, names, title, folder, file_name):
    names = sorted((name for name in names if name in summary),
                   key=lambda name: -summary[name]["wall_s"])
    if len(names) < 2:
        return
    figure, axes = new_plot(7.2, 0.32 * len(names) + 0.9, title)
    medians = [summary[name]["wall_s"] for name in names]
    below = [summary[name]["wall_s"] - summary[name]["wall_min_s"] for name in names]
    above = [summary[name]["wall_max_s"] - summary[name]["wall_s"] for name in names]
    axes.barh(range(len(names)), medians, color=[colour_of(name) for name in names], height=0.65)
    axes.errorbar(medians, range(len(names)), xerr=[below, above], fmt="none", ecolor="#404040",
                  elinewidth=0.8, capsize=2)
    axes.set_yticks(range(len(names)), [label_of(name) for name in names])
    longest = max(row["wall_max_s"] for row in (summary[name] for name in names))
    for place, name in enumerate(names):
        axes.text(summary[name]["wall_max_s"] + longest * 0.012, place,
                  f"{summary[name]['wall_s']:.1f}", va="center", fontsize=8)
    axes.set_xlim(0, longest * 1.08)
    axes.set_xlabel("seconds, less is better", fontsize=8)
    save(figure, folder, file_name)


def curve(summary, pattern):
    points = []
    for name, row in summary.items():
        found = re.fullmatch(pattern, name)
        if found:
            points.append((int(found.group(1)), row["mib_per_s"]))
    return sorted(points)


def depths(summary, folder):
    near = curve(summary, r"tintype copy --no-read-back --iodepth (\d+)")
    late = curve(summary, r"tintype backup, source 5 ms late, --iodepth (\d+)")
    drawn = [(points, words) for points, words in
             ((near, "copy on this disk"), (late, "backup of a source that answers 5 ms late"))
             if len(points) > 1]
    if not drawn:
        return
    figure, axes = new_plot(7.2, 3.4, "Throughput over --iodepth")
    for (points, words), marker in zip(drawn, "os"):
        axes.plot([depth for depth, _ in points], [rate for _, rate in points], marker=marker,
                  label=words, color=OURS if marker == "o" else CEILING)
    axes.set_xscale("log", base=2)
    axes.set_yscale("log", base=10)
    axes.set_xticks([1, 2, 4, 8, 16, 32, 64], ["1", "2", "4", "8", "16", "32", "64"])
    axes.set_xlabel("reads in flight", fontsize=8)
    axes.set_ylabel("MiB/s", fontsize=8)
    axes.grid(True, which="major", linewidth=0.4, color="#d0d4d8")
    axes.legend(fontsize=8, frameon=False)
    save(figure, folder, "depth.svg")


def throttled(summary, folder):
    limits = sorted({found.group(1) for name in summary
                     for found in [re.search(r" at (\d+) MB/s$", name)] if found}, key=int)
    if not limits:
        return
    names = [name for limit in limits for name in summary if name.endswith(f" at {limit} MB/s")]
    bars(summary, names, "Onto a disk that the kernel holds at a rate: backup in three modes",
         folder, "throttled.svg")


def main():
    parser = argparse.ArgumentParser(description=__doc__,
                                     formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("results", nargs="+")
    parser.add_argument("--to", help="folder of the plots; without it none is drawn")
    parser.add_argument("--table", action="store_true", help="print the table")
    arguments = parser.parse_args()
    pyplot.rcParams.update({"svg.hashsalt": "tintype", "svg.fonttype": "none",
                            "font.family": "sans-serif"})
    summary, verdicts = load(arguments.results)
    if arguments.table:
        print_table(verdicts)
    if not arguments.to:
        return 0
    os.makedirs(arguments.to, exist_ok=True)
    for pattern, title, file_name in PLOTS:
        bars(summary, [name for name in summary if re.search(pattern, name)], title, arguments.to,
             file_name)
    throttled(summary, arguments.to)
    depths(summary, arguments.to)
    return 0


if __name__ == "__main__":
    sys.exit(main())
