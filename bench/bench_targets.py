"""The targets: which figure of which method is held against which, and the most it may be."""

import dataclasses
from typing import Tuple

from methods_copy import FIO_BACKUP, FIO_COPY, FIO_COPY_READ_BACK
from methods_special import CACHED_COPIES, CACHED_PEERS, IN_TMPFS, WRITE_LIMITS_MB, limit_text
from methods_verify import FIO_WRITE, IN_MEMORY

COPY = "tintype copy --no-read-back"
LZ4 = "tintype backup lz4 --no-read-back"
BACKUP = "tintype backup auto"
PEAK_MIB = 96


@dataclasses.dataclass
class Ratio:
    """Median of a method over that of another, or over the least of several."""
    above: str
    below: Tuple[str, ...]
    target: float = 0  # 0: only shown
    key: str = "wall_s"
    what: str = ""  # in the title; "": wall time
    at_least: bool = False

    def title(self):
        if self.what.startswith("verification"):
            return f"{self.above}: {self.what}"
        below = self.below[0] if len(self.below) == 1 else \
            "the faster of none and lz4" + self.above.partition("read-back")[2]
        return f"{self.above} / {below}" + (f" ({self.what})" if self.what else "")

    def of(self, summary):
        if self.above not in summary or any(name not in summary for name in self.below):
            return None
        base = min(summary[name][self.key] for name in self.below)
        return summary[self.above][self.key] / base if base else None


def ratio(above, below, target=0.0, **more):
    return Ratio(above, (below,) if isinstance(below, str) else below, target, **more)


def auto_is_the_faster(suffix):
    none, lz4, auto = (f"tintype backup {mode} --no-read-back{suffix}"
                       for mode in ("none", "lz4", "auto"))
    return ratio(auto, (none, lz4), 1.03)


DELAYED = "tintype backup, source 5 ms late, --iodepth "

RATIOS = [
    ratio(COPY, FIO_COPY, 1.00), ratio(COPY, "dd direct", 0.80),
    ratio(COPY, "qemu-img convert", 0.65), ratio(COPY, "nbdcopy", 0.60),
    ratio("tintype copy", FIO_COPY_READ_BACK),
    ratio(LZ4, FIO_COPY, 1.00), ratio(LZ4, "lz4 -1", 1.02, key="target_bytes", what="size"),
    *(auto_is_the_faster(suffix)
      for suffix in ["", *(limit_text(limit_mb) for limit_mb in WRITE_LIMITS_MB)]),
    ratio(BACKUP, FIO_BACKUP, 1.05), ratio(BACKUP, FIO_COPY_READ_BACK),
    ratio(BACKUP, "qemu-img convert + compare", 0.40),
    ratio(BACKUP, "dd, tee, xxh128sum, lz4", 0.33), ratio(BACKUP, "borg create + check", 0.22),
    ratio(BACKUP, "partclone.ntfs + chkimg", 0.17), ratio(BACKUP, "partclone.extfs + chkimg", 0.17),
    ratio(BACKUP, "restic backup + check", 0.17),
    *(ratio(f"tintype {job} --no-read-back", f"tintype {job} --no-read-back --no-database-check",
            1.03, what="verification on / off")
      for job in ("copy", "backup none", "backup lz4", "backup auto")),
    ratio("tintype check database", "fio read database", 1.10),
    ratio("tintype verify none", "fio read image none", 1.10),
    ratio("tintype verify lz4", "fio read image lz4", 1.30),
    *(ratio(f"tintype restore {kind} --no-read-back", *against) for kind in ("none", "lz4")
      for against in ((FIO_WRITE, 1.10), (f"fio restore {kind}", 0), ("qemu-img restore", 0.60),
                      ("restic restore", 0.50))),
    *(ratio(f"tintype restore {kind} --no-read-back{IN_MEMORY}", *against)
      for kind in ("none", "lz4")
      for against in ((FIO_WRITE, 1.10), ("qemu-img restore" + IN_MEMORY, 0.60))),
    *(ratio(f"tintype restore {kind}", FIO_WRITE) for kind in ("none", "lz4")),
    ratio("tintype verify none" + IN_TMPFS, "xxh128sum image" + IN_TMPFS, 1.15),
    ratio(LZ4 + IN_TMPFS, "lz4 -1, xxh128sum" + IN_TMPFS, 0.85, key="cpu_s", what="CPU"),
    *(ratio(COPY + IN_TMPFS, name + IN_TMPFS) for name in CACHED_COPIES),
    *(ratio(BACKUP + IN_TMPFS, name + IN_TMPFS) for name in CACHED_PEERS),
    ratio("tintype backup auto, 16 TiB sparse", "tintype backup auto, its data alone", 1.50),
    ratio(DELAYED + "1", DELAYED + "32", 20, what="at least", at_least=True),
]

# Title, method, figure, the most it may be.
LIMITS = [("CPU seconds a GiB: " + COPY, COPY, "cpu_s_per_gib", 0.15),
          ("CPU seconds a GiB: " + LZ4, LZ4, "cpu_s_per_gib", 1.05)]


def ratios_of(summary):
    found = []
    for row in RATIOS:
        value = row.of(summary)
        if value is not None:
            met = None if not row.target else \
                value >= row.target if row.at_least else value <= row.target
            found.append({"title": row.title(), "ratio": value, "target": row.target or None,
                          "met": met})
    return found


def limits_of(summary):
    rows = [row for row in LIMITS if row[1] in summary]
    # A server that runs beside (nbdkit) would be counted with it. A deep queue is memory that was
    # asked for, so it has a line of its own.
    jobs = [name for name in summary if name.startswith("tintype") and not name.startswith(DELAYED)]
    deep = [name for name in jobs if "--iodepth" in name]
    for what, names in (("all", [name for name in jobs if name not in deep]),
                        ("any --iodepth", deep)):
        if names:
            highest = max(names, key=lambda name: summary[name]["max_rss_mib"])
            rows.append((f"peak memory, MiB, the most of {what}: {highest}", highest,
                         "max_rss_mib", PEAK_MIB))
    return [{"title": title, "value": summary[name][key], "target": target,
             "met": summary[name][key] <= target} for title, name, key, target in rows]


def print_verdicts(ratios, limits):
    def line(value, row):
        verdict = "" if row["met"] is None else \
            f"target {row['target']:.2f} {'met' if row['met'] else 'MISSED'}"
        print(f"{value:7.2f}  {verdict:<20}  {row['title']}")
    for heading, rows, key in (("ratios of medians", ratios, "ratio"), ("limits", limits, "value")):
        if rows:
            print(f"\n{heading}")
        for row in rows:
            line(row[key], row)
