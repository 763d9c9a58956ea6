"""Groups throttled, tmpfs, sparse and curves: one circumstance changed at a time."""

import dataclasses
import os
import shlex

import methods_copy
import methods_peers
from bench_method import Method, fio, fio_seconds, shell, tintype, tintype_backup, tintype_copy

MB = 1_000_000
WRITE_LIMITS_MB = (200, 50)
IODEPTHS = (1, 2, 4, 8, 16, 32, 64)
DELAYED_IODEPTHS = (1, 8, 32, 64)


def limit_text(limit_mb):
    return f" at {limit_mb} MB/s"


THROTTLED = [
    method for limit_mb in WRITE_LIMITS_MB for method in [
        Method(f"fio write{limit_text(limit_mb)}", "shows that the limit is kept", ["fio"],
               fio(["write"]), own_seconds=fio_seconds, write_limit=limit_mb * MB),
        *(tintype_backup(compression, "--no-read-back", suffix=limit_text(limit_mb),
                         write_limit=limit_mb * MB) for compression in ("none", "lz4", "auto"))]
]

IN_TMPFS = ", tmpfs"
# They go through the page cache: on a disk, what that does is measured with them.
CACHED_COPIES = ("nbdcopy", "cp")
CACHED_PEERS = ("dd, tee, xxh128sum, lz4", "borg create + check", "restic backup + check")


def in_tmpfs(method):
    return dataclasses.replace(method, name=method.name + IN_TMPFS, in_tmpfs=True)


TMPFS = [
    in_tmpfs(method) for method in [
        Method("xxh128sum image", "the uncompressed image hashed", ["xxh128sum"],
               shell("xxh128sum {memory_image_none}"), fixtures=("memory_image_none",)),
        Method("lz4 -1, xxh128sum", "the volume compressed and hashed", ["lz4", "xxh128sum"],
               shell('lz4 -1 -q "$v" "$t"; xxh128sum "$v"')),
        Method("tintype verify none", "the uncompressed image verified", ["tintype"],
               tintype("verify", "{memory_image_none}"), fixtures=("memory_image_none",)),
        tintype_backup("lz4", "--no-read-back"), tintype_copy("--no-read-back"),
        tintype_backup("auto"),
        *(method for method in methods_copy.METHODS if method.name in CACHED_COPIES),
        *(method for method in methods_peers.methods("") if method.name in CACHED_PEERS)]
]


def of_fixture(fixture, name):
    return Method(name, f"backup of {fixture.replace('_', ' ')}", ["tintype"],
                  tintype("backup", f"{{{fixture}}}", "--to", "{t}", "--compress", "auto",
                          "--no-read-back"), makes_repository=True, fixtures=(fixture,),
                  subject="alone_volume")


SPARSE = [
    dataclasses.replace(of_fixture("sparse_volume", "tintype backup auto, 16 TiB sparse"),
                        fixtures=("sparse_volume", "alone_volume")),
    of_fixture("alone_volume", "tintype backup auto, its data alone"),
]


def on_cores(count):
    method = tintype_copy("--no-read-back")
    return dataclasses.replace(
        method, name=f"{method.name}, {count} core{'s' if count > 1 else ''}",
        needs=["tintype", "taskset"],
        argv=lambda context: ["taskset", "-c", core_list(count), *method.argv(context)])


def core_list(count):
    return ",".join(str(core) for core in sorted(os.sched_getaffinity(0))[:count])


def delayed(iodepth):
    """A backup over NBD, each request answered 5 ms late. Chunks of 64 KiB and a volume in memory,
    so that the delay is what is measured, not the server's rate or its page cache; and enough of
    them that starting, a quarter of a second with four connections, is little."""
    def argv(context):
        command = " ".join([shlex.quote(context.tintype), "backup", '"$uri"', "--to",
                            shlex.quote(context.target), "--compress", "none", "--no-read-back",
                            "--chunk-size", "64KiB", "--iodepth", str(iodepth), "--progress none"])
        return ["nbdkit", "-r", "-t", "64", "-U", "-", "--filter=delay", "file",
                context.fixtures["memory_small_volume"], "rdelay=5ms", "--run", command]
    return Method(f"tintype backup, source 5 ms late, --iodepth {iodepth}",
                  "an NBD server answers late", ["tintype", "nbdkit"], argv,
                  makes_repository=True, fixtures=("memory_small_volume",), subject="small_volume")


CURVES = [tintype_copy("--no-read-back", "--iodepth", str(iodepth)) for iodepth in IODEPTHS] + \
    [on_cores(count) for count in (1, 2) if count <= len(os.sched_getaffinity(0))] + \
    [delayed(iodepth) for iodepth in DELAYED_IODEPTHS]
