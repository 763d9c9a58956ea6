"""Group copy: the copying jobs, raw I/O and the other copiers. peers.md gives the reasons."""

import os

from bench_method import (Method, fio, fio_argv, fio_seconds, shell, shell_onto_reserved,
                          tintype_backup, tintype_copy)

FIO_READ = "fio read"
FIO_COPY = "fio copy"
FIO_COPY_READ_BACK = "fio copy + read-back"
FIO_BACKUP = "fio backup + read-back"


def fio_backup(context):
    """What a backup with --compress auto reads, writes and reads back, all at the same time."""
    stored = os.path.getsize(context.fixtures["image_auto"])
    return fio_argv([("read", context.volume, context.allocated_bytes),
                     ("write", context.target, stored), ("read", context.volume, stored)])


METHODS = [
    Method(FIO_READ, "raw read of as many bytes as are allocated: no reader is faster", ["fio"],
           fio(["read"]), own_seconds=fio_seconds),
    Method(FIO_COPY, "as many bytes read and, at the same time, written: no copier is faster",
           ["fio"], fio(["read", "write"]), own_seconds=fio_seconds),
    Method(FIO_COPY_READ_BACK, "the same, and as many bytes read a second time", ["fio"],
           fio(["read", "write", "read"]), own_seconds=fio_seconds),
    Method(FIO_BACKUP, "the bytes that backup auto reads, stores and reads back", ["fio"],
           fio_backup, own_seconds=fio_seconds, fixtures=("image_auto",)),
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
] + [
    tintype_backup(compression, *options)
    for compression in ("none", "lz4", "auto")
    for options in (("--no-read-back",), (), ("--no-read-back", "--no-database-check"))
]
