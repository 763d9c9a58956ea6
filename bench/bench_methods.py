"""The methods of copy_bench.py: how each program is run. peers.md gives the reasons."""

import dataclasses
import json
import os
import shlex
import shutil
from typing import Callable, List, Optional


@dataclasses.dataclass
class Context:
    volume: str
    volume_bytes: int
    allocated_bytes: int
    dir: str
    target: str  # a file or a repository; not there when a method starts
    tintype: str
    caches_dropped: bool = False


@dataclasses.dataclass
class Method:
    name: str
    about: str
    needs: List[str]  # programs; "tintype" is the one under test
    argv: Callable[[Context], List[str]]
    makes_copy: bool = False  # the target is the volume again, byte for byte
    own_seconds: Optional[Callable[[str], float]] = None  # the method's own clock, from its log

    def usable(self, tintype):
        return all(shutil.which(tintype if name == "tintype" else name) for name in self.needs)


# Buffers in huge pages, as Tintype's are: without them a request of 1 MiB is up to 256 pieces of
# memory for the device, and fio itself is slower and varies by a third.
HUGE_PAGES = ["env", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"]

FIO_READ = "fio read"
FIO_COPY = "fio copy"
FIO_COPY_READ_BACK = "fio copy + read-back"


def fio(jobs):
    """fio with `jobs` (read or write) side by side, each of the allocated bytes."""
    def argv(context):
        command = [*HUGE_PAGES, "fio", "--output-format=json", "--direct=1", "--bs=1M",
                   "--ioengine=io_uring", "--iodepth=16", "--thread",
                   f"--size={context.allocated_bytes >> 20 << 20}"]
        for number, kind in enumerate(jobs):
            name = context.volume if kind == "read" else context.target
            command += [f"--name={kind}{number}", f"--filename={name}", f"--rw={kind}"]
            command += ["--end_fsync=1"] if kind == "write" else []
        return command
    return argv


def fio_seconds(log_path):
    """fio's own clock: the longest job, without the time fio takes to start and to report."""
    with open(log_path, encoding="utf-8") as file:
        text = file.read()
    jobs = json.loads(text[text.index("{"):])["jobs"]
    return max(max(job["read"]["runtime"], job["write"]["runtime"]) for job in jobs) / 1000


def shell(command):
    """`command` with $v (volume) and $t (target) for bash, which stops at the first failure."""
    def argv(context):
        return ["bash", "-euo", "pipefail", "-c",
                f"v={shlex.quote(context.volume)} t={shlex.quote(context.target)}; {command}"]
    return argv


def shell_onto_reserved(command):
    """The same, onto a target that has its room already. Direct writes that make a file longer wait
    for one another in ext4; Tintype and fio reserve the room by themselves."""
    return shell('fallocate -l "$(stat -c %s "$v")" "$t"; ' + command)


def tintype(*words):
    """tintype with `words`; {v} and {t} stand for volume and target."""
    def argv(context):
        return [context.tintype] + [word.format(v=context.volume, t=context.target)
                                    for word in words] + ["--progress", "none"]
    return argv


def tintype_copy(*options):
    name = " ".join(["tintype copy", *options])
    return Method(name, "straight copy, hashed and verified", ["tintype"],
                  tintype("copy", "{v}", "{t}", *options), makes_copy=True)


def tintype_backup(compression, *options):
    name = " ".join(["tintype backup", compression, *options])
    return Method(name, f"backup with --compress {compression}", ["tintype"],
                  tintype("backup", "{v}", "--to", "{t}", "--compress", compression, *options))


METHODS = [
    Method(FIO_READ, "raw read of as many bytes as are allocated: no reader is faster", ["fio"],
           fio(["read"]), own_seconds=fio_seconds),
    Method(FIO_COPY, "as many bytes read and, at the same time, written: no copier is faster",
           ["fio"], fio(["read", "write"]), own_seconds=fio_seconds),
    Method(FIO_COPY_READ_BACK, "the same, and as many bytes read a second time", ["fio"],
           fio(["read", "write", "read"]), own_seconds=fio_seconds),
    Method("dd direct", "the whole volume, one block after the other", ["dd"],
           shell_onto_reserved('dd if="$v" of="$t" bs=1M iflag=direct oflag=direct '
                               'conv=fsync,notrunc'), makes_copy=True),
    Method("qemu-img convert", "the whole volume, 16 coroutines, no cache", ["qemu-img"],
           shell_onto_reserved('qemu-img convert -n --target-is-zero -W -m 16 -t none -T none '
                               '-f raw -O raw "$v" "$t"'), makes_copy=True),
    Method("nbdcopy", "the whole volume, file to file, through the page cache", ["nbdcopy"],
           shell_onto_reserved('nbdcopy --destination-is-zero --flush "$v" "$t"'),
           makes_copy=True),
    Method("nbdcopy nbdkit", "the whole volume, read through an NBD server", ["nbdcopy", "nbdkit"],
           shell_onto_reserved('nbdcopy --destination-is-zero --flush -- [ nbdkit '
                               '--exit-with-parent -r file "$v" cache=none fadvise=sequential ] '
                               '"$t"'), makes_copy=True),
    Method("cp", "the whole volume, through the page cache", ["cp"],
           shell('cp --sparse=auto --reflink=never "$v" "$t"; sync "$t"'), makes_copy=True),
    Method("xxh128sum", "read and hashed only, through the page cache", ["xxh128sum"],
           shell('xxh128sum "$v"')),
    Method("lz4 -1", "compressed, through the page cache", ["lz4"],
           shell('lz4 -1 -q "$v" "$t"; sync "$t"')),
    tintype_copy("--no-read-back"),
    tintype_copy(),
    tintype_copy("--no-read-back", "--no-database-check"),
    tintype_backup("none", "--no-read-back"),
    tintype_backup("none"),
    tintype_backup("none", "--no-read-back", "--no-database-check"),
    tintype_backup("lz4", "--no-read-back"),
    tintype_backup("lz4"),
    tintype_backup("lz4", "--no-read-back", "--no-database-check"),
    tintype_backup("auto", "--no-read-back"),
    tintype_backup("auto"),
    tintype_backup("auto", "--no-read-back", "--no-database-check"),
]

# Title, method above the line, method below it, the most it should be (None: only shown).
RATIOS = [
    ("tintype copy --no-read-back / fio copy", "tintype copy --no-read-back", FIO_COPY, 1.10),
    ("tintype copy / fio copy", "tintype copy", FIO_COPY, None),
    ("tintype copy / fio copy + read-back", "tintype copy", FIO_COPY_READ_BACK, None),
    ("tintype copy --no-read-back / dd direct", "tintype copy --no-read-back", "dd direct", None),
    ("tintype copy --no-read-back / nbdcopy", "tintype copy --no-read-back", "nbdcopy", None),
    ("tintype backup auto / qemu-img convert", "tintype backup auto", "qemu-img convert", 1.00),
    ("tintype backup auto --no-read-back / qemu-img convert", "tintype backup auto --no-read-back",
     "qemu-img convert", 1.00),
] + [
    (f"tintype {job}: verification on / off", f"tintype {job} --no-read-back",
     f"tintype {job} --no-read-back --no-database-check", 1.05)
    for job in ("copy", "backup none", "backup lz4", "backup auto")
]
