"""What a method of copy_bench.py is, and the ways in which programs are started for one."""

import dataclasses
import json
import os
import shlex
import shutil
from typing import Callable, Dict, List, Optional, Tuple


@dataclasses.dataclass
class Context:
    volume: str
    volume_bytes: int
    allocated_bytes: int
    filesystem: str
    dir: str
    target: str  # a file or a repository; not there when a method starts, or empty
    tintype: str
    make_ese: str
    # What was made once, untimed, before the first round: name (bench_fixtures.py) to path.
    fixtures: Dict[str, str] = dataclasses.field(default_factory=dict)
    caches_dropped: bool = False


@dataclasses.dataclass
class Method:
    name: str
    about: str
    needs: List[str]  # programs; "tintype" is the one under test
    argv: Callable[[Context], List[str]]
    makes_copy: bool = False  # the target is the volume again, byte for byte
    own_seconds: Optional[Callable[[str], float]] = None  # the method's own clock, from its log
    fixtures: Tuple[str, ...] = ()
    write_limit: int = 0  # bytes a second that the kernel lets it write; 0: no limit
    in_tmpfs: bool = False  # volume and target lie in tmpfs
    makes_repository: bool = False  # the target is one, empty and not measured, when it starts
    subject: str = ""  # the fixture whose bytes count for rates and CPU; "": the allocated bytes

    def missing(self, tintype):
        """The programs that are not there."""
        return [name for name in self.needs
                if not shutil.which(tintype if name == "tintype" else name)]


# Buffers in huge pages, as Tintype's are: without them a request of 1 MiB is up to 256 pieces of
# memory for the device, and fio itself is slower and varies by a third.
HUGE_PAGES = ["env", "GLIBC_TUNABLES=glibc.malloc.hugetlb=1"]
MIB = 1 << 20


def fio_argv(jobs):
    """fio with `jobs` side by side: (read or write, file, bytes)."""
    command = [*HUGE_PAGES, "fio", "--output-format=json", "--direct=1", "--bs=1M",
               "--ioengine=io_uring", "--iodepth=16", "--thread"]
    for number, (kind, path, size) in enumerate(jobs):
        command += [f"--name={kind}{number}", f"--filename={path}", f"--rw={kind}",
                    f"--size={max(size // MIB, 1) * MIB}"]
        command += ["--end_fsync=1"] if kind == "write" else []
    return command


def fio(kinds):
    """fio with `kinds` (read or write) side by side, each of the allocated bytes."""
    def argv(context):
        return fio_argv([(kind, context.target if kind == "write" else context.volume,
                          context.allocated_bytes) for kind in kinds])
    return argv


def fio_fixture(name):
    """fio reading all of one fixture."""
    def argv(context):
        path = context.fixtures[name]
        return fio_argv([("read", path, os.path.getsize(path))])
    return argv


def fio_seconds(log_path):
    """fio's own clock: the longest job, without the time fio takes to start and to report."""
    with open(log_path, encoding="utf-8") as file:
        text = file.read()
    jobs = json.loads(text[text.index("{"):])["jobs"]
    return max(max(job["read"]["runtime"], job["write"]["runtime"]) for job in jobs) / 1000


def shell(command):
    """`command` for bash, which stops at the first failure; $v is the volume, $t the target,
    {name} a fixture's path."""
    def argv(context):
        paths = {name: shlex.quote(path) for name, path in context.fixtures.items()}
        return ["bash", "-euo", "pipefail", "-c",
                f"v={shlex.quote(context.volume)} t={shlex.quote(context.target)}; "
                + command.format(**paths)]
    return argv


def shell_onto_reserved(command):
    """The same, onto a target that has its room already. Direct writes that make a file longer wait
    for one another in ext4; Tintype and fio reserve the room by themselves."""
    return shell('fallocate -l "$(stat -c %s "$v")" "$t"; ' + command)


def tintype(*words):
    """tintype with `words`; {v}, {t} and {name} stand for volume, target and a fixture."""
    def argv(context):
        return [context.tintype] + [word.format(v=context.volume, t=context.target,
                                                **context.fixtures)
                                    for word in words] + ["--progress", "none"]
    return argv


def tintype_copy(*options, **more):
    name = " ".join(["tintype copy", *options])
    return Method(name, "straight copy, hashed and verified", ["tintype"],
                  tintype("copy", "{v}", "{t}", *options), makes_copy=True, **more)


def tintype_backup(compression, *options, suffix="", **more):
    name = " ".join(["tintype backup", compression, *options]) + suffix
    return Method(name, f"backup with --compress {compression}", ["tintype"],
                  tintype("backup", "{v}", "--to", "{t}", "--compress", compression, *options),
                  makes_repository=True, **more)
